"""What came of the last meeting's decisions: the KPI each aimed at, before and after.

A change is told only where chance does not explain it: the interval of a difference is made of the
intervals of both figures (Zou and Donner, 2008, "Construction of confidence intervals about effect
measures", the MOVER), and a count gets the exact interval of a Poisson mean first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import gamma

from features.core import formats
from features.core.estimate import INTERVAL_SHARE, Measured
from features.core.text import Text
from features.definition import LeadDefinition
from features.store import Store
from serving.ledger.minutes import MeetingDecision, last_meeting, read_minutes
from serving.review import figure_cells
from serving.review.figures.kpi_lines import kpi_label
from serving.review.make_review import read_review
from serving.review.month import Month, parse_month
from serving.review.records import KpiLine, Review, ReviewFigure
from training.reports.document import cells
from training.reports.document.blocks import Cell, Section, Table, columns
from training.reports.document.cells import row

UNSURE = Text(ja="偶然の範囲内", en="within chance")
OPEN = Text(ja="まだ確定していません", en="can still change")
NONE = formats.same("–")
BETTER, WORSE = Text(ja="改善", en="better"), Text(ja="悪化", en="worse")


@dataclass(frozen=True, kw_only=True)
class FollowedDecision:
    """A decision of the last meeting, and what came of it.

    Attributes
    ----------
    kpi : Text or None
        What it was meant to move; None where nothing was named.
    before, after : Cell
        The KPI in the month that was reviewed then, and in this one.
    change : Cell
        The difference with its interval, or why there is none.
    verdict : Text or None
        Better, worse, or neither beyond chance.
    tone : str
        ``good``, ``bad`` or ``muted``.
    """

    decision: MeetingDecision
    kpi: Text | None
    before: Cell = cells.NOTHING
    after: Cell = cells.NOTHING
    change: Cell = cells.NOTHING
    verdict: Text | None = None
    tone: str = "muted"


def follow_decisions(
    store: Store, definition: LeadDefinition, review: Review
) -> tuple[FollowedDecision, ...]:
    """Read what the meeting before a review decided, with what came of each decision.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
        Names the KPIs.
    review : Review
        Of the month now looked at.
    """
    name = last_meeting(store, before=review.month.name)
    if name is None:
        return ()
    then = _figures_of(store, definition, parse_month(name), review)
    lines = {line.name: line for line in review.kpis if line.measured}
    return tuple(
        _followed(decision, lines.get(decision.kpi or ""), then, definition)
        for decision in read_minutes(store, name)
    )


def difference_of(before: Measured, after: Measured) -> Measured:
    """The difference of two independent figures, with its interval.

    Examples
    --------
    >>> difference_of(Measured(value=4, low=3, high=5), Measured(value=9, low=6, high=13))
    Measured(value=5, low=1.8377223398316205, high=9.123105625617661)
    """
    value = after.value - before.value
    if None in (before.low, before.high, after.low, after.high):
        return Measured(value=value)
    below = ((after.value - after.low) ** 2 + (before.high - before.value) ** 2) ** 0.5  # type: ignore[operator]
    above = ((after.high - after.value) ** 2 + (before.value - before.low) ** 2) ** 0.5  # type: ignore[operator]
    return Measured(value=value, low=value - below, high=value + above)


def with_interval(found: ReviewFigure, kind: str) -> Measured | None:
    """A KPI's figure with the interval of chance; None where it is not defined."""
    if found.value is None:
        return None
    if kind != "count":
        return Measured(value=found.value, low=found.low, high=found.high)
    tail = (1 - INTERVAL_SHARE) / 2
    low = float(gamma.ppf(tail, found.value)) if found.value else 0.0
    return Measured(value=found.value, low=low, high=float(gamma.ppf(1 - tail, found.value + 1)))


def _figures_of(
    store: Store, definition: LeadDefinition, month: Month, review: Review
) -> Mapping[str, ReviewFigure]:
    """Each KPI of the month that the last meeting reviewed, as well as it is known."""
    if month == review.month.earlier(1):
        return {line.name: line.before for line in review.kpis}
    kept = read_review(store, definition, month)
    return {} if kept is None else {line.name: line.now for line in kept.review.kpis}


def _followed(
    decision: MeetingDecision,
    line: KpiLine | None,
    then: Mapping[str, ReviewFigure],
    definition: LeadDefinition,
) -> FollowedDecision:
    if line is None or line.name not in then:
        return FollowedDecision(decision=decision, kpi=None)
    before = with_interval(then[line.name], line.kind)
    after = with_interval(line.now, line.kind)
    label = kpi_label(line.name, definition.kpis)
    found = FollowedDecision(
        decision=decision,
        kpi=label,
        before=_shown(before, then[line.name], line.kind),
        after=_shown(after, line.now, line.kind),
    )
    if before is None or after is None:
        return found
    change = difference_of(before, after)
    verdict, tone = _verdict(line, change)
    parts = {"change": _difference(change, line.kind), "verdict": verdict, "tone": tone}
    return FollowedDecision(**(vars(found) | parts))


def _verdict(line: KpiLine, change: Measured) -> tuple[Text, str]:
    if not line.matured:
        return OPEN, "muted"
    if change.sign == 0:
        return UNSURE, "muted"
    is_better = (change.sign > 0) == line.bigger_is_better
    return (BETTER, "good") if is_better else (WORSE, "bad")


def _shown(found: Measured | None, figure: ReviewFigure, kind: str) -> Cell:
    if found is None or kind != "count":
        return figure_cells.figure(figure, kind)
    return cells.cell(formats.count(found))


def _difference(change: Measured, kind: str) -> Cell:
    if kind == "share":
        return cells.cell(formats.difference(change))
    return cells.number(change, 1 if kind != "count" else 0)


def last_time_section(followed: tuple[FollowedDecision, ...]) -> Section:
    """What the meeting before decided, and what came of it."""
    rows = tuple(
        row(
            *_said(one.decision),
            one.kpi or NONE,
            one.before,
            one.after,
            one.change,
            one.verdict or NONE,
        )
        for one in followed
    )
    return Section(
        name="last-time",
        heading=Text(ja="前回決めたこと", en="What was decided last time"),
        tables=(Table(columns=(*_DECIDED, *_CAME), rows=rows),),
    )


def decisions_section(decided: tuple[MeetingDecision, ...], definition: LeadDefinition) -> Section:
    """What this meeting decided; room to write where it has decided nothing yet."""
    rows = tuple(
        row(
            *_said(one),
            kpi_label(one.kpi, definition.kpis) if one.kpi else NONE,
            NONE if one.version is None else formats.same(str(one.version)),
        )
        for one in decided
    )
    version = columns(Text(ja="合意の版", en="Version of the agreement"))
    blank = (row(*5 * (formats.same(""),)),) * 2
    return Section(
        name="decisions",
        heading=Text(ja="決定事項", en="Decisions"),
        tables=(Table(columns=(*_DECIDED, *version), rows=rows or blank),),
    )


def _said(decision: MeetingDecision) -> tuple[Text, Text, Text]:
    due = NONE if decision.due is None else formats.calendar_date(decision.due)
    return formats.same(decision.what), formats.same(decision.owner), due


_DECIDED = columns(
    Text(ja="決めたこと", en="What was decided"),
    Text(ja="担当", en="Who"),
    Text(ja="期限", en="By when"),
    Text(ja="動かすKPI", en="KPI it aims at"),
    n_words=4,
)
_CAME = columns(
    Text(ja="前", en="Before"),
    Text(ja="後", en="After"),
    Text(ja="差", en="Difference"),
    Text(ja="結果", en="What came of it"),
    n_words=0,
)
