"""A lead's card in the terminal: the probability, the bars that add up to it, and what to do."""

from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text as Line

from features.core.formats import (
    UNDEFINED,
    local_date,
    local_minute,
    plain_number,
    points,
    probability,
    share,
)
from features.core.text import Language
from features.rulebook.explain import Progress
from serving.cli.output.console import heading, out, say
from serving.reasons.card import LeadCard, is_dated
from serving.reasons.phrases import fixed as words
from serving.reasons.reason import LeadReason
from serving.reasons.similar.similar import NearLead
from serving.reasons.what_to_ask import QuestionToAsk
from serving.reasons.why_moved import ExplainedMove

BAR_WIDTH = 16
MOST_REASONS = 10
"""The rest, each weaker than these, is summed into one line."""

MOST_ASKS = 3


def show_card(card: LeadCard, language: Language, zone: ZoneInfo) -> None:
    """Print a card in one language.

    Parameters
    ----------
    card : LeadCard
    language : Language
    zone : ZoneInfo
        Time zone of the printed dates.
    """
    _show_decision(card, language, zone)
    _show_reasons(card, language)
    _show_position(card, language)
    _show_asks(card.asks, language)
    if card.move is not None:
        _show_move(card.move, language)
    _show_nearest(card.nearest, language, zone)


def _show_decision(card: LeadCard, language: Language, zone: ZoneInfo) -> None:
    when = f"{local_minute(card.as_of, zone).read(language)}  " if is_dated(card.as_of) else ""
    heading(f"{card.lead_id}  {when}{card.release_id}")
    qualification = words.QUALIFICATIONS[card.qualification].read(language)
    likely = card.likelihood.read(language)
    say(f"  {words.PROBABILITY.read(language)}: {likely}  {qualification}")
    say(f"  {card.frequency.read(language)}")
    if card.between_words is not None:
        say(f"  {card.between_words.read(language)}")
    if card.level_words is not None:
        say(f"  {card.level_words.read(language)}")
    by_rules = words.QUALIFICATIONS[card.rulebook.qualification].read(language)
    because = [line.read(language) for line in card.rulebook.lines]
    because += [
        way.checklist.read(language)
        for way in card.rulebook.ways
        if way.reached and way.checklist is not None and _by_checklist(way, card.rulebook.points)
    ]
    lines = ", ".join(because) or UNDEFINED
    many = plain_number(card.rulebook.points)
    say(f"  {words.RULEBOOK.read(language)}: {many}  {by_rules}  ({lines})")


def _by_checklist(way: Progress, points: float) -> bool:
    return way.needed_points is None or points < way.needed_points


def _show_reasons(card: LeadCard, language: Language) -> None:
    heading(words.WHY.read(language))
    shown, rest = card.reasons[:MOST_REASONS], card.reasons[MOST_REASONS:]
    longest = max((abs(reason.points) for reason in card.reasons), default=0.0)
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(justify="right")
    drawn.add_row(f"  {points(card.base_points).en}", "", words.BASE.read(language))
    for reason in shown:
        drawn.add_row(
            points(reason.points).en, _bar(reason.points, longest), _said(reason, language)
        )
    if rest:
        others = sum(reason.points for reason in rest)
        name = f"{words.OTHER_REASONS.read(language)} ({len(rest)})"
        drawn.add_row(points(others).en, _bar(others, longest), name)
    if card.calibration_points:
        adjustment = words.CALIBRATION_ADJUSTMENT.read(language)
        drawn.add_row(points(card.calibration_points).en, "", adjustment)
    drawn.add_row(points(card.total_points).en, "", f"= {words.TOTAL.read(language)}")
    out.print(drawn, width=None if out.is_terminal else 200)


def _said(reason: LeadReason, language: Language) -> Line:
    axis = words.AXES[reason.axis].read(language)
    return Line.assemble(reason.words.read(language), (f"  {axis}", "dim"))


def _bar(points: float, longest: float) -> Line:
    """A bar from the middle: to the right for the lead, to the left against it."""
    length = round(BAR_WIDTH * min(abs(points) / longest, 1.0)) if longest else 0
    blocks = "█" * length
    if points < 0:
        return Line(blocks.rjust(BAR_WIDTH) + "│" + " " * BAR_WIDTH, style="red")
    return Line(" " * BAR_WIDTH + "│" + blocks.ljust(BAR_WIDTH), style="green")


def _show_position(card: LeadCard, language: Language) -> None:
    heading(words.POSITION.read(language))
    position = card.position
    behaviour, information = (words.AXES[axis].read(language) for axis in words.AXES)
    say(
        f"  {behaviour} {points(position.behaviour).en}  "
        f"{information} {points(position.information).en}  {position.name.read(language)}"
    )
    say(f"  {position.advice.read(language)}")


def _show_asks(asks: tuple[QuestionToAsk, ...], language: Language) -> None:
    if not asks:
        return
    heading(words.WHAT_TO_ASK.read(language))
    for number, ask in enumerate(asks[:MOST_ASKS], start=1):
        say(f"  {number}. {ask.label.read(language)}: {ask.question.read(language)}")
        if not ask.answers:
            say(f"     {words.NO_ANSWERS_YET.read(language)}")
        elif ask.changes_decision:
            changes = words.CHANGES_DECISION.read(language)
            say(f"     {changes.format(share=share(ask.changes_decision).en)}")
        for answer in ask.answers:
            qualified = words.QUALIFICATIONS[answer.qualification].read(language)
            said = f"{answer.words.read(language)} ({share(answer.share).en})"
            say(f"     {said} -> {probability(answer.probability).read(language)}  {qualified}")


def _show_move(move: ExplainedMove, language: Language) -> None:
    was = probability(move.probability_before).read(language)
    now = probability(move.probability_after).read(language)
    moved = points(move.points_after - move.points_before).en
    heading(f"{words.WHAT_MOVED.read(language)}: {was} -> {now} ({moved})")
    for part in move.parts:
        if round(part.points, 1):
            most = ", ".join(
                f"{concept.label.read(language)} {points(concept.points).en}"
                for concept in part.concepts[:3]
                if round(concept.points, 1)
            )
            label = f"{part.label.read(language)}{f' ({most})' if most else ''}"
            say(f"  {points(part.points).en:>6}  {label}")


def _show_nearest(nearest: tuple[NearLead, ...], language: Language, zone: ZoneInfo) -> None:
    if not nearest:
        return
    heading(words.NEAR_LEADS.read(language))
    for lead in nearest:
        became = words.CONVERTED if lead.converted else words.NOT_CONVERTED
        when = f"{local_date(lead.as_of, zone).read(language)}  " if is_dated(lead.as_of) else ""
        say(f"  {when}{probability(lead.probability).read(language)}  {became.read(language)}")
