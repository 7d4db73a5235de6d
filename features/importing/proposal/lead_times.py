"""When leads came and reached the outcome: what horizons and cut-offs are proposed from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.core.arrays import BoolArray
from features.core.clock import DAY
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.tables import Tables

STORED_TIMES = (
    ColumnRole.CREATED,
    ColumnRole.OUTCOME,
    ColumnRole.BEHAVIOUR,
    ColumnRole.TIME,
    ColumnRole.HAND_OVER,
)
"""Roles of columns of times that an import stores."""

HORIZONS = (14, 30, 60, 90, 120, 180, 365)
COVERED = 0.85
"""Share of outcomes that the horizon should reach."""

LEAST_DAYS, LEAST_LEARNED = 15, 0.2
"""Days, and share of the data's span, that must be left to learn from before the test."""

TRUNCATED_DAYS = 60
MONTH_DAYS = 30.4


@dataclass(frozen=True, kw_only=True)
class LeadTimes:
    """One row a lead: ``created`` and ``reached`` in seconds since 1970 UTC, NaN where unknown."""

    created: "pd.Series[float]"
    reached: "pd.Series[float]"
    until: float
    """The latest time in the files that is not in the future."""

    @property
    def n_leads(self) -> int:
        """Leads."""
        return len(self.created)

    @property
    def span_days(self) -> float:
        """Days from the first lead to the end of the data."""
        return max((self.until - float(self.created.min())) / DAY, 1) if self.n_leads else 1

    @property
    def lags(self) -> "pd.Series[float]":
        """Days from creation to outcome of the leads that reached it."""
        days = (self.reached - self.created).dropna() / DAY
        return days[days >= 0]

    def _lasts(self, horizon_days: float) -> float:
        """Days over which leads came that had the horizon to mature, from the first that counts."""
        start = float(self.created.min())
        if self.starts_on is not None:
            start = max(start, pd.Timestamp(self.starts_on).timestamp())
        return (min(float(self.created.max()), self.until - horizon_days * DAY) - start) / DAY

    def test_months(self, horizon_days: float) -> int:
        """Months to test on: a quarter of what has matured, one to three."""
        return max(1, min(3, round(self._lasts(horizon_days) / MONTH_DAYS / 4)))

    def _leaves_enough(self, horizon_days: float) -> bool:
        """Whether leads of before the test mature in time to be learned from."""
        lasts = self._lasts(horizon_days)
        rest = lasts - self.test_months(horizon_days) * MONTH_DAYS - horizon_days
        return rest >= max(LEAST_DAYS, LEAST_LEARNED * lasts)

    @property
    def horizon_days(self) -> int:
        """The shortest horizon that most outcomes keep, as far as the data allow."""
        allowed = [days for days in HORIZONS if self._leaves_enough(days)] or [HORIZONS[0]]
        if self.lags.empty:
            return min(60, allowed[-1])
        return next((d for d in allowed if (self.lags < d).mean() >= COVERED), allowed[-1])

    @property
    def per_month(self) -> float:
        """Leads a month."""
        return self.n_leads / max(self.span_days / MONTH_DAYS, 1)

    @property
    def starts_on(self) -> str | None:
        """First day from which outcomes are recorded, where leads go much further back."""
        if self.reached.notna().sum() == 0:
            return None
        first = float(self.reached.min())
        if first - float(self.created.min()) < max(TRUNCATED_DAYS, 3 * self.lags.median()) * DAY:
            return None
        month = pd.Timestamp(first, unit="s").to_period("M") + 1
        return str(month.start_time.date())


def lead_times(found: Understanding, now: float) -> LeadTimes:
    """Read creation and outcome of each lead from the columns that were found.

    Parameters
    ----------
    found : Understanding
    now : float
        Seconds since 1970 UTC; later times say nothing of how far the data reach.
    """
    tables = found.tables
    empty = pd.Series(dtype=float)
    if found.created is None:
        return LeadTimes(created=empty, reached=empty, until=now)
    created = _first(tables.key, tables.leads.column(found.created.header))
    reached = empty
    for outcome in found.outcomes[:1]:
        file = _file(found, outcome)
        if outcome.time is not None:
            rows, time = _reached_rows(file, outcome), file.column(outcome.time)
            reached = (
                _first(tables.key, time, rows)
                if file is tables.leads
                else _first_of_linked(tables, file, time, rows)
            )
    # Times of columns that are left out reach no store: data would end before these days.
    stored = {(c.file, c.header) for c in found.columns if c.role in STORED_TIMES}
    seconds = [
        float(s)
        for f in (tables.leads, *(link.file for link in tables.linked))
        for c in f.times
        if (f.name, c.header) in stored
        and (s := c.instants[_stored_rows(found, f, c) & (c.instants <= now)].max(initial=0)) > 0
    ]
    return LeadTimes(
        created=created, reached=reached.reindex(created.index), until=max(seconds, default=now)
    )


def _stored_rows(found: Understanding, file: LookedAt, time: ColumnProfile) -> BoolArray:
    """Rows whose time an import stores: a deal that is open has a day on which it may close."""
    told = [o for o in found.outcomes if o.values and (o.file, o.time) == (file.name, time.header)]
    rows = np.full(len(time.rows), not told)
    for outcome in told:
        column = file.column(outcome.column)
        rows |= column.says_one_of(outcome.values)
    return rows


def _file(found: Understanding, outcome: OutcomeGuess) -> LookedAt:
    files = (found.tables.leads, *(link.file for link in found.tables.linked))
    return next(file for file in files if file.name == outcome.file)


def _first_of_linked(
    tables: Tables, file: LookedAt, time: ColumnProfile, rows: BoolArray
) -> "pd.Series[float]":
    """Earliest time of each lead, by the column of the leads that the file names them by."""
    link = next(link for link in tables.linked if link.file is file)
    first = _first(link.column, time, rows)
    if link.key is tables.key:
        return first
    own, other = tables.key, link.key
    names = dict(zip(other.texts.take(other.rows), own.texts.take(own.rows), strict=True))
    return first.groupby(first.index.map(names)).min()


def _reached_rows(file: LookedAt, outcome: OutcomeGuess) -> BoolArray:
    column = file.column(outcome.column)
    if not outcome.values:
        return column.filled
    reached = {text for text, stage in outcome.values.items() if stage == outcome.stage}
    return column.says_one_of(reached)


def _first(
    key: ColumnProfile,
    time: ColumnProfile,
    rows: BoolArray | None = None,
) -> "pd.Series[float]":
    """Earliest time of each lead."""
    seconds = time.instants.astype(float)
    keep = (seconds > 0) & key.filled
    keep &= True if rows is None else rows
    first = pd.Series(seconds[keep]).groupby(key.rows[keep]).min()
    first.index = pd.Index(list(key.texts.take(first.index.to_numpy())))
    return first
