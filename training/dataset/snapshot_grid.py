"""Which snapshots exist: the moments from which leads are judged, for training and for scoring.

Whether a snapshot exists depends only on history before its ``as_of``. A fixed number per lead, or
weights of one over a lead's number of snapshots, would tell how long the lead lived, hence how it
ended: in a trial that turned a true rate of 4 % into 11 to 14 %.

Monthly: every month start while the lead is open and not silent for too long, plus the end of days
on which it did something. The gap between two ends of days does not count month starts: an inquiry
three days after a month start is just what must not be missed. Where only hand-overs are learned
from, their own seconds as well.
"""

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.clock import DAY, ends_of_days, local_days, month_starts, start_of_day
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from features.timeline.time_index import END_OF_TIME, probes
from training.dataset.selection_weights import WeightedHandOvers

UNDATED_AS_OF = 1
"""Everything in an undated data set happened at 0, so all of it is history from here."""

STILL_OPEN = END_OF_TIME


def grid_moments(
    tables: LeadTables, history: History, definition: LeadDefinition, *, until: int
) -> Moments:
    """List every moment of the definition's grid, up to and including an instant.

    Parameters
    ----------
    tables : LeadTables
        Of which only outcomes are read, to tell which leads were known to have ended, and
        hand-overs where only they are learned from.
    history : History
        Of the same tables.
    definition : LeadDefinition
    until : int
        Seconds since 1970 UTC; ignored where the data set has no dates.
    """
    if not definition.dated:
        leads = np.arange(history.n_leads)
        return Moments.of(leads, np.full(history.n_leads, UNDATED_AS_OF))
    ended = known_end(tables, history, definition)
    if history.looks is not None:
        lead, look = np.nonzero(history.looks < END_OF_TIME)
        as_of = history.looks[lead, look]
    else:
        lead, as_of = _monthly(history, definition, ended=ended, until=until)
        if definition.learning.weight_by_propensity:
            handed_over = WeightedHandOvers.of(tables, history, definition).packed
            pairs = np.union1d(probes(lead, as_of), handed_over)
            lead, as_of = pairs // END_OF_TIME, pairs % END_OF_TIME
    exists = (
        (as_of <= until)
        & (as_of <= ended[lead])
        & (as_of > history.created_at[lead])
        & wanted_leads(history, definition)[lead]
    )
    return Moments.of(lead[exists], as_of[exists])


def known_end(tables: LeadTables, history: History, definition: LeadDefinition) -> SecondArray:
    """Find when it became known that each lead has ended; ``STILL_OPEN`` where it has not.

    Parameters
    ----------
    tables : LeadTables
        Of which only outcomes are read.
    history : History
        Of the same tables.
    definition : LeadDefinition
        Names the stages that end a lead.

    Returns
    -------
    ndarray of shape (n_leads,)
        The first stage that ends a lead, counted from ``max(occurred_at, known_at)``.
    """
    outcome = tables.outcome
    ends = (*definition.outcome.ends, definition.outcome.stage)
    lead = codes_of(outcome.column("lead_id").combine_chunks(), pa.array(history.lead_ids))
    ending = codes_of(outcome.column("stage").combine_chunks(), ends) != ABSENT
    known = np.maximum(
        outcome.column("occurred_at").to_numpy(), outcome.column("known_at").to_numpy()
    )
    ended = np.full(history.n_leads, STILL_OPEN, dtype=np.int64)
    counts = ending & (lead != ABSENT)
    np.minimum.at(ended, lead[counts], known[counts])
    return ended


def _monthly(
    history: History, definition: LeadDefinition, *, ended: SecondArray, until: int
) -> tuple[IntArray, SecondArray]:
    lead, as_of = _month_starts(history, definition, ended=ended, until=until)
    if definition.snapshots.after_activity:
        active_lead, active_end = _ends_of_active_days(history, definition, until=until)
        lead = np.concatenate((lead, active_lead))
        as_of = np.concatenate((as_of, active_end))
    pairs = np.unique(probes(lead, as_of))
    return pairs // END_OF_TIME, pairs % END_OF_TIME


def _month_starts(
    history: History, definition: LeadDefinition, *, ended: SecondArray, until: int
) -> tuple[IntArray, SecondArray]:
    """Month starts of each lead from its creation to its end, without those after long silence."""
    nothing = np.empty(0, dtype=np.int64)
    if not history.n_leads or until <= int(history.created_at.min()):
        return nothing, nothing
    ticks = month_starts(int(history.created_at.min()), until, definition.zone)
    first = np.searchsorted(ticks, history.created_at, side="right")
    last = np.searchsorted(ticks, np.minimum(ended, until), side="right")
    n_ticks = np.maximum(last - first, 0)
    lead = np.repeat(np.arange(history.n_leads), n_ticks)
    within = np.arange(len(lead)) - np.repeat(np.cumsum(n_ticks) - n_ticks, n_ticks)
    as_of = ticks[first[lead] + within]
    silent_for = as_of - last_sign_of_life(history, lead, as_of)
    heard = silent_for <= definition.snapshots.silent_after_days * DAY
    return lead[heard], as_of[heard]


def last_sign_of_life(history: History, lead: IntArray, as_of: SecondArray) -> SecondArray:
    """Find the last event strictly before each moment; the creation where there is none later.

    Parameters
    ----------
    history : History
    lead : ndarray of shape (n,)
        Positions in the history.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC.

    Returns
    -------
    ndarray of shape (n,)
        Seconds since 1970 UTC.
    """
    activity = history.timeline.activity
    before = activity.position(0, probes(lead, as_of))
    has_any = before > activity.starts(0)[lead]
    last = history.created_at[lead]
    seen = activity.seconds_at(0, before[has_any] - 1)
    last[has_any] = np.maximum(last[has_any], seen)
    return last


def _ends_of_active_days(
    history: History, definition: LeadDefinition, *, until: int
) -> tuple[IntArray, SecondArray]:
    """Ends of the days on which leads did something, no two of a lead within the smallest gap."""
    timeline = history.timeline
    # Its last entry stands for the place after the last event.
    is_first = np.diff(timeline.activity_day[:-1], prepend=0) > 0
    second = timeline.activity.second(0)[is_first]
    lead = timeline.activity.owner(0)[is_first]
    day = local_days(second, definition.zone)
    as_of = ends_of_days(day, definition.zone)
    exists = (as_of > history.created_at[lead]) & (as_of <= until)
    lead, day, as_of = lead[exists], day[exists], as_of[exists]
    kept = keep_with_gap(lead, day, definition.snapshots.min_gap_days)
    return lead[kept], as_of[kept]


def keep_with_gap(lead: IntArray, day: IntArray, min_gap: int) -> BoolArray:
    """Which days to keep so that no two of a lead are closer than a gap, the earliest first.

    Parameters
    ----------
    lead, day : ndarray of shape (n,)
        Sorted by lead, then day.
    min_gap : int
        Days.
    """
    kept = np.zeros(len(lead), dtype=np.bool_)
    if not len(lead):
        return kept
    # Each day points at the first one of its lead that is far enough; all leads step together.
    pair = lead * _DAYS_OF_A_LEAD + day
    following = np.searchsorted(pair, pair + min_gap)
    here = np.flatnonzero(np.diff(lead, prepend=-1) != 0)
    while len(here):
        kept[here] = True
        ahead = following[here]
        inside = ahead < len(lead)
        here, ahead = here[inside], ahead[inside]
        here = ahead[lead[ahead] == lead[here]]
    return kept


def wanted_leads(history: History, definition: LeadDefinition) -> BoolArray:
    """Which leads the definition looks at: those created since its first day, if it names one."""
    starts_on = definition.snapshots.starts_on
    if starts_on is None:
        return np.ones(history.n_leads, dtype=np.bool_)
    return history.created_at >= start_of_day(starts_on, definition.zone)


_DAYS_OF_A_LEAD = 1 << 20
"""More days than seconds since 1970 can make; a lead and a day share one integer."""
