"""KPIs of both teams, measured: one declaration each, whatever the definition's targets.

Counts belong to the stretch in which the thing happened; shares and waiting times to the hand-overs
of the stretch, so that nobody looks good by handing over nothing.

To add a measure: 1 write it over :class:`KpiPeriod`; 2 declare it in ``MEASURES``, with its words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY
from features.core.text import Text
from serving.review.figures.counted import Middle, Proportion, middle
from serving.review.figures.handed_over import hours_until, in_time
from serving.review.figures.journeys import NEVER, Journeys
from serving.review.month_data import MonthData
from serving.review.populations import Population
from serving.review.records import ReviewFigure


@dataclass(frozen=True, kw_only=True)
class KpiPeriod:
    """The hand-overs of ``[start, end)`` as known before an instant.

    Attributes
    ----------
    every : Journeys
        All hand-overs, as known then: what happened in the stretch may belong to older ones.
    """

    month_data: MonthData
    start: int
    end: int
    known_before: int
    every: Journeys

    @cached_property
    def own(self) -> Journeys:
        """Those handed over in the stretch."""
        return self.every.handed_over_in(self.start, self.end)

    def count(self, at: IntArray) -> int:
        """How many of some instants lie in the stretch."""
        return int(self.lies_in(at).sum())

    def lies_in(self, at: IntArray) -> BoolArray:
        """Whether each of some instants lies in the stretch."""
        return (at >= self.start) & (at < self.end)

    def days_to(self, since: IntArray, until: IntArray) -> FloatArray:
        """Days between two instants of every hand-over for which the second lies in the stretch."""
        rows = (until >= self.start) & (until < self.end) & (since <= until)
        return (until[rows] - since[rows]) / DAY


Compute = Callable[[KpiPeriod], ReviewFigure]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A KPI that the review can measure.

    Attributes
    ----------
    population : str
        Whom it counts; the review names it beside the figure.
    kind : str
        ``count``, ``share``, ``hours`` or ``days``.
    reached_at : callable or None
        For shares that grow while hand-overs mature: when each hand-over got there.
    """

    name: str
    team: str
    population: Population
    label: Text
    kind: str
    compute: Compute
    bigger_is_better: bool = True
    reached_at: Callable[[MonthData, Journeys], IntArray] | None = None


def _created(stretch: KpiPeriod) -> ReviewFigure:
    created_at = stretch.month_data.history.created_at
    return _counted(stretch.count(created_at[created_at < stretch.known_before]))


def _accepted_at(month_data: MonthData, journeys: Journeys) -> IntArray:  # noqa: ARG001 (one shape)
    return np.where(journeys.accepted, journeys.verdict_at, NEVER)


def _opportunity_at(month_data: MonthData, journeys: Journeys) -> IntArray:
    return month_data.within_horizon(journeys, journeys.opportunity_at)


def _share_reaching(reached_at: Callable[[MonthData, Journeys], IntArray]) -> Compute:
    def compute(stretch: KpiPeriod) -> ReviewFigure:
        reached = reached_at(stretch.month_data, stretch.own) != NEVER
        return _share(Proportion(n=int(reached.sum()), of=len(stretch.own)))

    return compute


def _in_time(stretch: KpiPeriod) -> ReviewFigure:
    found = in_time(stretch.own, stretch.month_data, known_before=stretch.known_before)
    return ReviewFigure(value=None) if found is None else _share(found)


def _with_reason(stretch: KpiPeriod) -> ReviewFigure:
    reasons = stretch.own.reason[stretch.own.returned]
    n = sum(reason is not None for reason in reasons)
    return _share(Proportion(n=n, of=len(reasons)))


def _days_to_hand_over(stretch: KpiPeriod) -> ReviewFigure:
    created_at = stretch.month_data.history.created_at[stretch.every.lead]
    return _median(middle(stretch.days_to(created_at, stretch.every.at)))


def _days_to_accepted(stretch: KpiPeriod) -> ReviewFigure:
    every = stretch.every
    return _median(middle(stretch.days_to(every.at, _accepted_at(stretch.month_data, every))))


def _days_to_opportunity(stretch: KpiPeriod) -> ReviewFigure:
    every = stretch.every
    return _median(middle(stretch.days_to(every.at, every.opportunity_at)))


def _days_to_won(stretch: KpiPeriod) -> ReviewFigure:
    every = stretch.every
    return _median(middle(stretch.days_to(every.opportunity_at, every.won_at)))


def counted_leads(population: Population, stretch: KpiPeriod) -> IntArray:
    """Positions of the leads of a population in ``History.lead_ids``, each once."""
    every, own = stretch.every, stretch.own
    if population == "created":
        created_at = stretch.month_data.history.created_at
        return np.flatnonzero(stretch.lies_in(created_at) & (created_at < stretch.known_before))
    if population == "returned":
        return np.unique(own.lead[own.returned])
    reached = {
        "answered": _accepted_at(stretch.month_data, every),
        "opportunity": every.opportunity_at,
        "won": every.won_at,
    }
    return np.unique(every.lead[stretch.lies_in(reached.get(population, every.at))])


def _counted(n: int) -> ReviewFigure:
    return ReviewFigure(value=float(n))


def _share(found: Proportion) -> ReviewFigure:
    share = found.share
    if share is None:
        return ReviewFigure(value=None, n=0, of=0)
    return ReviewFigure(value=share.value, low=share.low, high=share.high, n=found.n, of=found.of)


def _median(found: Middle) -> ReviewFigure:
    return ReviewFigure(value=found.value, low=found.low, high=found.high, of=found.of)


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            name="lead_count",
            team="marketing",
            population="created",
            label=Text(ja="獲得リード数", en="Leads created"),
            kind="count",
            compute=_created,
        ),
        Measure(
            name="mql_count",
            team="marketing",
            population="handed_over",
            label=Text(ja="MQL数(引き渡し)", en="MQLs handed over"),
            kind="count",
            compute=lambda stretch: _counted(len(stretch.own)),
        ),
        Measure(
            name="accepted_share",
            team="marketing",
            population="handed_over",
            label=Text(ja="営業の受け入れ率", en="Share accepted by sales"),
            kind="share",
            compute=_share_reaching(_accepted_at),
            reached_at=_accepted_at,
        ),
        Measure(
            name="opportunity_share",
            team="marketing",
            population="handed_over",
            label=Text(ja="引き渡し後の商談化率", en="Share becoming opportunities"),
            kind="share",
            compute=_share_reaching(_opportunity_at),
            reached_at=_opportunity_at,
        ),
        Measure(
            name="days_to_hand_over",
            team="marketing",
            population="passed_on",
            label=Text(ja="獲得から引き渡しまで(中央値)", en="From creation to hand-over (median)"),
            kind="days",
            compute=_days_to_hand_over,
            bigger_is_better=False,
        ),
        Measure(
            name="sql_count",
            team="sales",
            population="answered",
            label=Text(ja="SQL数(営業が受け入れたもの)", en="SQLs (accepted by sales)"),
            kind="count",
            compute=lambda stretch: _counted(
                stretch.count(_accepted_at(stretch.month_data, stretch.every))
            ),
        ),
        Measure(
            name="opportunity_count",
            team="sales",
            population="opportunity",
            label=Text(ja="商談数", en="Opportunities"),
            kind="count",
            compute=lambda stretch: _counted(stretch.count(stretch.every.opportunity_at)),
        ),
        Measure(
            name="won_count",
            team="sales",
            population="won",
            label=Text(ja="受注数", en="Won"),
            kind="count",
            compute=lambda stretch: _counted(stretch.count(stretch.every.won_at)),
        ),
        Measure(
            name="answered_in_time_share",
            team="sales",
            population="handed_over",
            label=Text(ja="期限内の対応率", en="Share answered in time"),
            kind="share",
            compute=_in_time,
        ),
        Measure(
            name="response_hours",
            team="sales",
            population="handed_over",
            label=Text(ja="初回対応まで(中央値)", en="Until first answer (median)"),
            kind="hours",
            compute=lambda stretch: _median(middle(hours_until(stretch.own))),
            bigger_is_better=False,
        ),
        Measure(
            name="returned_with_reason_share",
            team="sales",
            population="returned",
            label=Text(ja="差し戻しに理由がある割合", en="Returned with a reason"),
            kind="share",
            compute=_with_reason,
        ),
        Measure(
            name="days_to_accepted",
            team="sales",
            population="answered",
            label=Text(ja="引き渡しから受け入れまで(中央値)", en="Hand-over to accepted (median)"),
            kind="days",
            compute=_days_to_accepted,
            bigger_is_better=False,
        ),
        Measure(
            name="days_to_opportunity",
            team="sales",
            population="opportunity",
            label=Text(ja="引き渡しから商談化まで(中央値)", en="Hand-over to opportunity (median)"),
            kind="days",
            compute=_days_to_opportunity,
            bigger_is_better=False,
        ),
        Measure(
            name="days_to_won",
            team="sales",
            population="won",
            label=Text(ja="商談化から受注まで(中央値)", en="Opportunity to won (median)"),
            kind="days",
            compute=_days_to_won,
            bigger_is_better=False,
        ),
    )
}
"""Every KPI the review measures, in the order in which they are shown."""
