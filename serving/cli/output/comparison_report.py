"""Two policies side by side in the terminal: volumes, rates, intervals, and how sure one may be."""

from zoneinfo import ZoneInfo

from features.core.formats import count, difference, local_date, number, share, signed
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from serving.cli.output.console import heading, say, table
from training.reports.comparison_text import (
    MODEL_AND_RULEBOOK,
    QUALIFICATION_WORDS,
    Names,
    agreement_line,
    agreement_summary,
    conclude,
    depends_on_the_unseen,
    how_replayed,
    matching_words,
    the,
    weighted_by_chance,
    what_it_works_with,
    who_said_yes,
)
from training.results.comparison_records import (
    Comparison,
    FourWayAgreement,
    Matching,
    PolicyPair,
    PolicyResult,
    SegmentResult,
)

SHOWN = (Qualification.MQL, Qualification.SQL)
MATCHINGS = (Matching.PAST, Matching.TUNED, Matching.HINDSIGHT)


def show_comparison(
    comparison: Comparison, zone: ZoneInfo, *, names: Names = MODEL_AND_RULEBOOK
) -> None:
    """Print two policies: at the volumes their cut-offs gave, then at equal volume.

    Parameters
    ----------
    comparison : Comparison
    zone : ZoneInfo
        Time zone of the dates in the heading.
    names : Names
        What the two policies are called.
    """
    _show_heading(comparison, zone, names)
    say(f"  {how_replayed(comparison).en}")
    works_with = what_it_works_with(comparison)
    if works_with is not None:
        say(f"  {works_with.en}")
    for qualification in SHOWN:
        for matching in MATCHINGS:
            pair = comparison.pair(qualification, matching)
            if pair is not None:
                shown = QUALIFICATION_WORDS[qualification].en
                say(f"\n  {shown}, {matching_words(matching, names).en}")
                _show_pair(pair, names)


def _show_heading(comparison: Comparison, zone: ZoneInfo, names: Names) -> None:
    title = f"{names.first.en.capitalize()} against {names.second.en}"
    if comparison.months is None:
        heading(f"{title} on {count(comparison.n_leads).en} leads")
        return
    heading(
        f"{title}, {local_date(comparison.first_as_of - 1, zone).en} to "
        f"{local_date(comparison.last_as_of - 1, zone).en}: {count(comparison.n_leads).en} leads, "
        f"{count(comparison.n_converted).en} with an outcome"
    )


def _show_pair(pair: PolicyPair, names: Names) -> None:
    rows = [
        _policy_row(f"  {name.en}", result)
        for name, result in ((names.first, pair.model), (names.second, pair.rulebook))
    ]
    columns = ("", "handed over", "a month", "opportunity rate", "caught", "of all outcomes")
    table((*columns, "lift", "hours per opportunity"), rows)
    say(f"  {conclude(pair, names).en}")
    say(
        f"  caught, {names.first.en} less {names.second.en}: "
        f"{difference(pair.caught_difference).en} of all outcomes"
    )
    if (
        pair.matching is Matching.HINDSIGHT
        and pair.model.n_handed_over != pair.rulebook.n_handed_over
    ):
        say(
            "  (leads with equal probability come together: the nearest volume the "
            f"{names.first.en} has)"
        )
    _show_days(pair, names)
    if pair.matching is Matching.HINDSIGHT:
        cells = "; ".join(
            f"{_cell(cell.name, names)} {count(cell.n_leads).en}: {share(cell.converted_share).en}"
            for cell in pair.cells
        )
        say(f"  all leads, those of the days before included (rate of outcome): {cells}")
    chance = weighted_by_chance(pair, names) if pair.matching is Matching.PAST else None
    for sentence in (chance, depends_on_the_unseen(pair, names)):
        if sentence is not None:
            say(f"  {sentence.en}")


def _policy_row(name: str, result: PolicyResult) -> tuple[str, ...]:
    hours = result.hours_per_opportunity
    return (
        name,
        count(result.n_handed_over).en,
        count(result.per_month).en,
        share(result.opportunity_rate).en,
        count(result.n_caught).en,
        share(result.caught_share).en,
        number(None if result.lift is None else result.lift.value, 2).en,
        number(None if hours is None else hours.value, 1).en,
    )


def _show_days(pair: PolicyPair, names: Names) -> None:
    days = pair.days_earlier
    if days is None:
        return
    say(
        f"  leads both found ({count(days.n_leads).en}): {the(names.first)} was "
        f"{signed(days.mean_days, 1).en} days ahead on average, "
        f"{signed(days.median_days, 0).en} at the median; earlier for "
        f"{share(days.earlier_share).en}, the same day for {share(days.same_day_share).en}, "
        f"later for {share(days.later_share).en}"
    )


def _cell(name: str, names: Names) -> str:
    only = {"model_only": f"{names.first.en} only", "rulebook_only": f"{names.second.en} only"}
    return only.get(name, name)


def show_segments(
    comparison: Comparison, definition: LeadDefinition, *, names: Names = MODEL_AND_RULEBOOK
) -> None:
    """Print the comparison within each segment, such as channel, industry or company size.

    Parameters
    ----------
    comparison : Comparison
    definition : LeadDefinition
        Labels the segments.
    names : Names
        What the two policies are called.
    """
    for qualification in SHOWN:
        pair = comparison.pair(qualification, Matching.PAST)
        if pair is None or not pair.segments:
            continue
        heading(f"By segment: {QUALIFICATION_WORDS[qualification].en}, cut-offs set on past data")
        rows = [_segment_row(segment, definition) for segment in pair.segments]
        first, second = names.first.en, names.second.en
        table(
            ("segment", "leads", first, "opportunity rate", second, "opp. rate", "difference"), rows
        )


def _segment_row(segment: SegmentResult, definition: LeadDefinition) -> tuple[str, ...]:
    label = segment.label or definition.attribute(segment.attribute).label
    value = segment.value if segment.value_label is None else segment.value_label.en
    return (
        f"{label.en}: {value}",
        count(segment.n_leads).en,
        count(segment.model.n_handed_over).en,
        share(segment.model.opportunity_rate).en,
        count(segment.rulebook.n_handed_over).en,
        share(segment.rulebook.opportunity_rate).en,
        difference(segment.rate_difference).en,
    )


def show_agreement(found: FourWayAgreement | None) -> None:
    """Print how far marketing, sales, rulebook and model agree on what sales answered."""
    if found is None:
        return
    heading(f"Who agrees with whom: {agreement_summary(found).en}")
    rows = [
        (who_said_yes(pattern.yes).en, count(pattern.n_hand_overs).en, share(pattern.share).en)
        for pattern in found.patterns
    ]
    table(("said yes", "hand-overs", "share"), rows)
    for pair in found.pairs:
        say(f"  {agreement_line(pair).en}")
