"""Both policies replayed day by day: what each would have said of every lead on every day.

A month has thirty times as many days as month starts, too many to keep. But a lead can first cross
a cut-off, whichever one, only on a day on which it is rated higher than on every day before. So the
days are looked at slice by slice, in blocks of leads, and of each lead only those record days stay.

A definition that looks at a lead once (at its creation, at an event) or whose data have no dates is
replayed at those moments: between them it judges nobody.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, ends_of_days, local_days
from features.core.compiled import Compiled
from features.core.progress import Progress, ignore_progress
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from training.comparison.replay import NO_WARM_UP, ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.outcomes import Outcomes, OutcomesKnown
from training.dataset.snapshot_grid import known_end, last_sign_of_life, wanted_leads
from training.results.comparison_records import Cadence

PAIRS_AT_ONCE = 1 << 18
"""Pairs of lead and day looked at in one slice, of which up to two thirds are judged: 100 MB of
features. Half or twice as many are as fast."""

DAYS_OF_WEEK = 7

_OF_COHORT = "cohort_"
"""Before the names of a cohort's parts in a file."""

REPLAY = "replay day by day"
"""The step that progress is told of."""

JudgeMoments = Callable[[Moments], FloatArray]
"""What policies say of moments, shape (n_moments, n_values): each a number that qualifies the more
the higher it is."""


@dataclass(frozen=True, kw_only=True)
class ReplayPeriod:
    """Ends of days from the beginning of a warm-up to the end of a period; seconds since 1970.

    Attributes
    ----------
    ticks : ndarray of shape (n_ticks,)
        Ascending.
    warm_until : int
        Last moment of the warm-up; ``NO_WARM_UP`` where there is none.
    """

    ticks: IntArray
    warm_until: int
    cadence: Cadence

    @property
    def warm_up_days(self) -> int:
        """Days of the warm-up, whole ones."""
        return round(max(self.warm_until - int(self.ticks[0]), 0) / DAY)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """Record days of every lead, with what the policies said on them.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_values)
        Of each row of the cohort.
    n_moments : int
        Moments looked at, of which the cohort keeps the record days.
    """

    cohort: ReplayCohort
    values: FloatArray
    cadence: Cadence
    warm_up_days: int
    n_moments: int

    def to_bytes(self) -> bytes:
        """Everything as one ``.npz`` without pickle."""
        told = {name: value for name, value in vars(self.cohort).items() if value is not None}
        arrays = {name: told[name] for name in told.keys() & ReplayCohort.__dataclass_fields__}
        written = io.BytesIO()
        np.savez(
            written,
            values=self.values,
            cadence=self.cadence.value,
            warm_up_days=self.warm_up_days,
            n_moments=self.n_moments,
            **{_OF_COHORT + name: array for name, array in arrays.items()},
        )
        return written.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Replayed":
        """What :meth:`to_bytes` gave."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            cohort: dict[str, Any] = {
                name.removeprefix(_OF_COHORT): file[name] if file[name].ndim else int(file[name])
                for name in file.files
                if name.startswith(_OF_COHORT)
            }
            return cls(
                cohort=ReplayCohort(**cohort),
                values=file["values"],
                cadence=Cadence(str(file["cadence"])),
                warm_up_days=int(file["warm_up_days"]),
                n_moments=int(file["n_moments"]),
            )

    def moments(self, rows: IntArray) -> Moments:
        """Ascending rows of the cohort as moments to look back from."""
        return Moments(lead=self.cohort.lead[rows].astype(np.int32), as_of=self.cohort.as_of[rows])


def replay_test(
    dataset: Dataset,
    judge: JudgeMoments,
    *,
    cadence: Cadence = Cadence.DAY,
    progress: Progress = ignore_progress,
) -> Replayed:
    """Replay policies over the test period, with one horizon before it as warm-up.

    The tested fit has learned nothing of the warm-up: it had not matured when the test began.

    Parameters
    ----------
    dataset : Dataset
    judge : callable
        From moments to what the policies say of them.
    cadence : Cadence
        ``SNAPSHOT``, without a warm-up, wherever the definition itself names the moments.
    progress : callable
        Told how many leads are replayed, of how many.

    Raises
    ------
    Refusal
        If nothing has matured in the test window, or before it.
    """
    if cadence is Cadence.SNAPSHOT or dataset.definition.snapshots.at != "monthly":
        return _at_snapshots(dataset, judge)
    stretch = _test_stretch(dataset, cadence)
    tables, history, definition = dataset.tables, dataset.history, dataset.definition
    known = OutcomesKnown.of(
        tables, history, definition=definition, data_cutoff=dataset.data_cutoff
    )
    ended = known_end(tables, history, definition)
    leads = _replayed_leads(history, definition, stretch, ended)
    slices, done = [], 0
    progress(REPLAY, done, len(leads))
    for some in _some_at_once(leads, stretch):
        moments = _open_days(some, history, definition, stretch=stretch, ended=ended)
        slices.append(_record_days(moments, known.at(moments), judge, stretch))
        done += len(some)
        progress(REPLAY, done, len(leads))
    return _joined(slices, dataset, stretch)


def _test_stretch(dataset: Dataset, cadence: Cadence) -> ReplayPeriod:
    definition = dataset.definition
    begins = dataset.split.test_from
    horizon = (definition.outcome.horizon_days or 0) * DAY
    until = dataset.data_cutoff - horizon - definition.outcome.outcome_delay_days * DAY
    first_day, last_day = local_days(np.array([begins - horizon, until]), definition.zone) - 1
    ticks = ends_of_days(np.arange(first_day, last_day + 1), definition.zone)
    ticks = ticks[(ticks >= begins - horizon) & (ticks <= until)]
    if cadence is Cadence.WEEK:
        anchor = int(np.searchsorted(ticks, begins, side="right")) - 1
        ticks = ticks[(np.arange(len(ticks)) - anchor) % DAYS_OF_WEEK == 0]
    return ReplayPeriod(ticks=ticks, warm_until=begins, cadence=cadence)


def _replayed_leads(
    history: History, definition: LeadDefinition, stretch: ReplayPeriod, ended: IntArray
) -> IntArray:
    """Leads that were there on any of the days."""
    first, last = int(stretch.ticks[0]), int(stretch.ticks[-1])
    alive = (history.created_at < last) & (ended >= first) & wanted_leads(history, definition)
    return np.flatnonzero(alive)


def _some_at_once(leads: IntArray, stretch: ReplayPeriod) -> Iterator[IntArray]:
    n_leads = max(PAIRS_AT_ONCE // len(stretch.ticks), 1)
    for start in range(0, len(leads), n_leads):
        yield leads[start : start + n_leads]


def _open_days(
    some: IntArray,
    history: History,
    definition: LeadDefinition,
    *,
    stretch: ReplayPeriod,
    ended: IntArray,
) -> Moments:
    """Days of some leads on which they are open and not silent for too long."""
    lead = np.repeat(some, len(stretch.ticks))
    as_of = np.tile(stretch.ticks, len(some))
    is_open = (as_of > history.created_at[lead]) & (as_of <= ended[lead])
    lead, as_of = lead[is_open], as_of[is_open]
    silent_for = as_of - last_sign_of_life(history, lead, as_of)
    heard = silent_for <= definition.snapshots.silent_after_days * DAY
    return Moments(lead=lead[heard].astype(np.int32), as_of=as_of[heard])


@dataclass(frozen=True, kw_only=True)
class _Slice:
    """Record days of some leads, and of each of these leads whether an outcome was in reach."""

    moments: Moments
    values: FloatArray
    converted: BoolArray
    within_reach: BoolArray
    n_moments: int


def _record_days(
    moments: Moments, outcomes: Outcomes, judge: JudgeMoments, stretch: ReplayPeriod
) -> _Slice:
    in_period = moments.as_of > stretch.warm_until
    present = np.unique(moments.lead[outcomes.matured & in_period])
    kept = outcomes.matured & np.isin(moments.lead, present)
    moments, converted, in_period = moments.take(kept), outcomes.converted[kept], in_period[kept]
    values = judge(moments)
    lead = moments.lead.astype(np.int64)
    starts = np.flatnonzero(np.diff(lead, prepend=-1))
    is_first = np.zeros(len(lead), dtype=np.bool_)
    periods = np.flatnonzero(in_period)
    is_first[periods[np.diff(lead[periods], prepend=-1) != 0]] = True
    rows = is_first | record_highs(lead, values)
    reach = converted & in_period
    return _Slice(
        moments=moments.take(rows),
        values=values[rows],
        converted=converted[rows],
        within_reach=np.logical_or.reduceat(reach, starts) if len(lead) else reach,
        n_moments=len(lead),
    )


def record_highs(lead: IntArray, values: FloatArray) -> BoolArray:
    """Rows on which any value is higher than on every earlier row of the same lead.

    Parameters
    ----------
    lead : ndarray of shape (n,)
        Ascending; the rows of a lead in the order of time.
    values : ndarray of shape (n, n_values)
        Not NaN.

    Returns
    -------
    ndarray of shape (n,)
        True on a lead's first row, too.
    """
    is_record = np.zeros(len(lead), dtype=np.bool_)
    for column in values.T:
        _mark_highs(lead, np.ascontiguousarray(column), is_record)
    return is_record


@Compiled
def _mark_highs(lead: IntArray, values: FloatArray, is_record: BoolArray) -> None:
    """Mark the rows of each lead whose value is above all before it."""
    highest = 0.0
    for row in range(len(lead)):
        if row == 0 or lead[row] != lead[row - 1] or values[row] > highest:
            is_record[row] = True
            highest = values[row]


def _joined(slices: list[_Slice], dataset: Dataset, stretch: ReplayPeriod) -> Replayed:
    lead = np.concatenate([part.moments.lead for part in slices]).astype(np.int64)
    return Replayed(
        cohort=ReplayCohort(
            lead=lead,
            as_of=np.concatenate([part.moments.as_of for part in slices]),
            converted=np.concatenate([part.converted for part in slices]),
            group=dataset.group[lead],
            warm_until=stretch.warm_until,
            until=int(stretch.ticks[-1]),
            within_reach=np.concatenate([part.within_reach for part in slices]),
        ),
        values=np.concatenate([part.values for part in slices]),
        cadence=stretch.cadence,
        warm_up_days=stretch.warm_up_days,
        n_moments=sum(part.n_moments for part in slices),
    )


def _at_snapshots(dataset: Dataset, judge: JudgeMoments) -> Replayed:
    test = dataset.recorded_test
    moments = dataset.at(test.rows)
    return Replayed(
        cohort=ReplayCohort(
            lead=moments.lead.astype(np.int64),
            as_of=moments.as_of,
            converted=test.converted,
            group=dataset.groups_at(test.rows),
            warm_until=NO_WARM_UP,
        ),
        values=judge(moments),
        cadence=Cadence.SNAPSHOT,
        warm_up_days=0,
        n_moments=len(moments),
    )
