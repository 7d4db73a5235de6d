"""What was handed over in the month, to whom it mattered, and how long it waited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.store.schema.columns import HANDED_OVER_BY, QUALIFICATIONS
from serving.review.figures.counted import SMALLEST_RANKED, Proportion, middle
from serving.review.figures.journeys import NEVER, Journeys
from serving.review.month_data import MonthData
from serving.review.records import Group, HandOversBy, MonthHandOvers
from training.dataset.segments import segments_of

HOUR = 3600
MONTHS_BEFORE = 3
"""A quarter: what the month is held against, so that one odd month does not decide."""


def handed_over(month_data: MonthData) -> MonthHandOvers:
    """The month's hand-overs as they are known by now."""
    month = month_data.by_now.handed_over_in(month_data.start, month_data.end)
    return MonthHandOvers(
        n=len(month),
        by_qualification=_counts(month.qualification, QUALIFICATIONS),
        by_whom=tuple(
            (name, month_data.count(f"by:{name}", month.lead[month.by == code]))
            for code, name in enumerate(HANDED_OVER_BY)
            if (month.by == code).any()
        ),
        waiting_hours=middle(hours_until(month)),
        in_time=in_time(month, month_data, known_before=month_data.known_before),
        untouched=Proportion(
            n=month_data.count("untouched", month.lead[month.acted_at == NEVER]), of=len(month)
        ),
        splits=_splits(month_data),
    )


def hours_until(journeys: Journeys) -> FloatArray:
    """Hours from each hand-over to the first thing sales did; infinite where they have not."""
    hours = (journeys.acted_at - journeys.at) / HOUR
    return np.where(journeys.acted_at == NEVER, np.inf, hours)


def in_time(journeys: Journeys, month_data: MonthData, *, known_before: int) -> Proportion | None:
    """Count hand-overs that sales acted on within the agreed hours.

    Hand-overs whose hours are not over yet count only if sales acted already. None where no
    response time is agreed.

    Parameters
    ----------
    journeys : Journeys
        The hand-overs.
    month_data : MonthData
        Gives the definition with the agreed hours.
    known_before : int
        Seconds since 1970 UTC before which everything is known.
    """
    agreed = month_data.definition.sales
    if agreed is None:
        return None
    hours = hours_until(journeys)
    counts = np.isfinite(hours) | (journeys.at + agreed.response_time_hours * HOUR <= known_before)
    kept = counts & (hours <= agreed.response_time_hours)
    return Proportion(n=int(kept.sum()), of=int(counts.sum()))


def _counts(codes: npt.NDArray[np.int8], names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    counted = np.bincount(codes, minlength=len(names)).tolist()
    return tuple((name, n) for name, n in zip(names, counted, strict=True) if n)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Which hand-overs of the last year lie where; their leads and masks of shape (n,)."""

    lead: IntArray
    in_month: BoolArray
    in_before: BoolArray
    matured: BoolArray
    converted: BoolArray


def _splits(month_data: MonthData) -> tuple[HandOversBy, ...]:
    journeys, snapshot = month_data.handed_over_snapshot
    if not len(journeys):
        return ()
    before = month_data.month.earlier(MONTHS_BEFORE).start(month_data.definition.zone)
    in_month = journeys.at >= month_data.start
    rows = _Rows(
        lead=journeys.lead,
        in_month=in_month,
        in_before=(journeys.at >= before) & ~in_month,
        matured=(journeys.at >= before) & ~in_month & month_data.matured(journeys),
        converted=month_data.converted_at(journeys) != NEVER,
    )
    every = np.arange(len(journeys))
    return tuple(
        _split(month_data, segment.attribute, segment.value, rows)
        for segment in segments_of(snapshot, every, month_data.definition)
    )


def _split(
    month_data: MonthData, attribute: str, value: npt.NDArray[np.str_], rows: _Rows
) -> HandOversBy:
    groups = []
    for name in np.unique(value[rows.in_month | rows.in_before]):
        here = value == name
        settled = here & rows.matured

        def count(what: str, is_counted: BoolArray, name: str = str(name)) -> int:
            return month_data.count(f"{attribute}:{name}:{what}", rows.lead[is_counted])

        groups.append(
            Group(
                value=str(name),
                n=count("month", here & rows.in_month),
                n_before=count("before", here & rows.in_before) / MONTHS_BEFORE,
                converted=Proportion(
                    n=count("converted", settled & rows.converted), of=int(settled.sum())
                ),
            )
        )
    ranked = [group for group in groups if group.n >= SMALLEST_RANKED]
    return HandOversBy(
        attribute=attribute,
        groups=tuple(sorted(ranked, key=lambda group: -group.n)),
        small=tuple(group for group in groups if group.n < SMALLEST_RANKED),
    )
