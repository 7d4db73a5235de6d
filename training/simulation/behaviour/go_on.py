"""Leads that live on from day to day while somebody else hands them over; compiled like `walk`.

Why the opportunity's rate is added up: its sum until the opportunity, or the end of the window, has
the chance of an opportunity as its mean and next to no noise, where counting opportunities has.
"""

import numpy as np
from numba import njit

from features.core.clock import DAY
from training.simulation.behaviour import codes as c
from training.simulation.behaviour.rates import fill_rates
from training.simulation.behaviour.state import JST, Ints, Record, Records, local_day, put
from training.simulation.behaviour.walk import be_created, begin_day, spend_day
from training.simulation.records.people import LEAD

GOING = np.dtype(
    [
        *((name, LEAD[name]) for name in LEAD.names or ()),  # until: the midnight to live up to
        ("since", "i8"),  # the midnight up to which it has lived
        ("handed_over", "i8"),  # code of a hand-over at that midnight; -1 without one
        ("opens", "i8"),  # seconds between which the opportunity's rate is added up
        ("closes", "i8"),
        ("expected", "f8"),  # opportunities expected between them so far
    ],
    align=True,
)
"""A lead that goes on: what it is, what is asked of it, and what is told."""


@njit(cache=True, nogil=True)
def live_on(
    states: Records, hazards: Record, journal: Records, calendar: Ints, leads: Records
) -> int:
    """Let every lead live from one midnight to another; gives the number of rows that came.

    Parameters
    ----------
    states : ndarray of state.STATE records
        As the midnight before left each lead; of leads to come, anything.
    hazards : record of state.HAZARDS
    journal : ndarray of state.ROW records
        Rows of these days alone, lead by lead.
    calendar : ndarray of shape (days,)
    leads : ndarray of GOING records
    """
    n_rows = 0
    for place in range(len(leads)):
        state, lead = states[place], leads[place]
        state.n_rows = n_rows
        if lead.created_at < lead.until:
            live_days(state, hazards, journal, calendar, lead)
        n_rows = state.n_rows
        lead.row_end = n_rows
    return n_rows


@njit(cache=True)
def live_days(
    state: Record, hazards: Record, journal: Records, calendar: Ints, lead: Record
) -> None:
    """Let one lead live its days, as :func:`live_on` says."""
    if lead.created_at >= lead.since:
        state.stream = lead.seed
        be_created(state, hazards, journal, lead.created_at, lead.given)
        fill_rates(state, hazards, calendar[state.day])
        expect(state, lead)
        spend_day(state, hazards, journal, lead.created_at + 1, lead.until)
    elif state.stage != c.CLOSED:
        begin_day(state, hazards, journal, calendar)
        if lead.handed_over >= 0:
            state.second = lead.since
            put(state, journal, c.HAND_OVER, lead.handed_over, np.nan)
            fill_rates(state, hazards, calendar[state.day])
        expect(state, lead)
        spend_day(state, hazards, journal, lead.since, lead.until)
    while state.day < local_day(lead.until - 1) and state.stage != c.CLOSED:
        begin_day(state, hazards, journal, calendar)
        expect(state, lead)
        spend_day(state, hazards, journal, state.day * DAY - JST, lead.until)


@njit(cache=True)
def expect(state: Record, lead: Record) -> None:
    """Add the day's chance of an opportunity, if it lies in the window."""
    midnight = state.day * DAY - JST
    if lead.opens <= midnight < lead.closes:
        lead.expected += state.rate[c.OPPORTUNITY]
