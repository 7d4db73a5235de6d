"""Twelve months of hand-overs and what became of them, and the month's funnel."""

import numpy as np

from features.core.arrays import BoolArray, IntArray
from features.core.clock import DAY
from serving.review.figures.counted import Proportion
from serving.review.figures.journeys import NEVER, Journeys
from serving.review.figures.maturing import Pace
from serving.review.month import Month
from serving.review.month_data import MonthData
from serving.review.records import FunnelStep, MonthLine
from training.results.backtest_records import Range

FUNNEL = ("handed_over", "acted", "accepted", "converted", "won")
"""Steps of the funnel; each counts on its own, since a lead may skip one."""


def months(month_data: MonthData) -> tuple[MonthLine, ...]:
    """The twelve months that end with the reviewed one."""
    converted_at = month_data.converted_at(month_data.by_now)
    pace = month_data.pace(converted_at)
    return tuple(
        _line(month_data, month, converted_at, pace) for month in month_data.month.year_until()
    )


def funnel(month_data: MonthData) -> tuple[FunnelStep, ...]:
    """The month's hand-overs step by step, as they stood at its end and by now."""
    then, now = (
        _steps(month_data, every.handed_over_in(month_data.start, month_data.end), when)
        for every, when in ((month_data.at_month_end, "then"), (month_data.by_now, "now"))
    )
    return tuple(FunnelStep(name=name, at_month_end=then[name], now=now[name]) for name in FUNNEL)


def expect_final(
    month_data: MonthData, month: Journeys, *, reached_at: IntArray, pace: Pace
) -> Range | None:
    """Expect how many hand-overs of a month reach a stage within their horizon.

    Parameters
    ----------
    month_data : MonthData
        Says what is known by now.
    month : Journeys
        Hand-overs of the month, as known by now.
    reached_at : ndarray of shape (n,)
        When each reached the stage, in seconds since 1970 UTC; ``NEVER`` where it has not.
    pace : Pace
        How long matured hand-overs took to reach it.
    """
    is_open = (reached_at == NEVER) & ~month_data.matured(month)
    ages = (month_data.known_before - month.at[is_open]) // DAY
    return pace.expect(int((reached_at != NEVER).sum()), ages)


def _line(month_data: MonthData, month: Month, converted_at: IntArray, pace: Pace) -> MonthLine:
    zone = month_data.definition.zone
    start, end = month.start(zone), month.end(zone)
    rows = (month_data.by_now.at >= start) & (month_data.by_now.at < end)
    journeys = month_data.by_now.take(rows)
    reached_at = converted_at[rows]
    matured = month_data.month_matured(month)
    created_at = month_data.history.created_at
    n_handed_over = month_data.count(f"{month.name}:handed_over", journeys.lead)

    def count(what: str, is_counted: BoolArray) -> int:
        return month_data.count(f"{month.name}:{what}", journeys.lead[is_counted])

    n_sql = count("sql", journeys.qualification == 1)
    return MonthLine(
        month=month,
        n_created=month_data.count(
            f"{month.name}:created", np.flatnonzero((created_at >= start) & (created_at < end))
        ),
        n_mql=n_handed_over - n_sql,
        n_sql=n_sql,
        n_accepted=count("accepted", journeys.accepted),
        n_returned=count("returned", journeys.returned),
        converted=count("converted", reached_at != NEVER),
        at_month_end=int((reached_at < end).sum()),
        n_won=count("won", journeys.won_at != NEVER),
        matured=matured,
        expected=None
        if matured
        else expect_final(month_data, journeys, reached_at=reached_at, pace=pace),
    )


def _steps(month_data: MonthData, journeys: Journeys, when: str) -> dict[str, Proportion]:
    n = len(journeys)
    reached = {
        "handed_over": np.ones(n, dtype=np.bool_),
        "acted": journeys.acted_at != NEVER,
        "accepted": journeys.accepted,
        "converted": month_data.converted_at(journeys) != NEVER,
        "won": journeys.won_at != NEVER,
    }
    return {
        name: Proportion(n=month_data.count(f"{when}:{name}", journeys.lead[rows]), of=n)
        for name, rows in reached.items()
    }
