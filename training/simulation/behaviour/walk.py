"""One lead's life, compiled: from its creation, or from any state, until a second.

The same functions make the company and run a lead's possible futures.
"""

from math import exp, floor, isnan, log

import numpy as np
from numba import njit

from features.core.clock import DAY
from training.simulation.behaviour import codes as c
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.draws import fill_form, pick, uniform
from training.simulation.behaviour.rates import combine, fill_rates
from training.simulation.behaviour.state import (
    CLOSES,
    HOURS,
    JST,
    OPENS,
    Floats,
    Ints,
    Record,
    Records,
    advance,
    local_day,
    put,
    reset,
)

N_REASONS = len(h.REASONS)


@njit(cache=True)
def do_behaviour(state: Record, hazards: Record, journal: Records, behaviour: int) -> None:
    """Write an event and what its form tells."""
    minutes = floor(10 + 50 * uniform(state)) if behaviour == c.WEBINAR else np.nan
    put(state, journal, c.EVENT, behaviour, minutes)
    if behaviour == c.PAGE_VISIT:
        # A visit looks at several pages, each within three minutes of the last.
        while uniform(state) < hazards.next_page:
            state.second += 10 + int(170 * uniform(state))
            put(state, journal, c.EVENT, c.PAGE_VISIT, np.nan)
    fill_form(state, hazards, journal, behaviour)


@njit(cache=True)
def answer(state: Record, hazards: Record, journal: Records) -> None:
    """Accept or return a lead, with a reason that fits it."""
    accepts = uniform(state) < 1 / (1 + exp(-combine(state, hazards, h.ACCEPTS)))
    easy = uniform(state) < 1 / (1 + exp(-combine(state, hazards, h.EASY_TO_ACT_ON)))
    first, end = (0, h.N_ACCEPTING) if accepts else (h.N_ACCEPTING, N_REASONS)
    weights = np.zeros(end - first)
    for i in range(first, end):
        weights[i - first] = exp(combine(state, hazards, h.FIRST_REASON + i))
    reason = first + pick(state, np.cumsum(weights) / weights.sum())
    put(state, journal, c.ACCEPTED if accepts else c.RETURNED, reason, 1.0 if easy else 0.0)


@njit(cache=True)
def happen(state: Record, hazards: Record, journal: Records, arrival: int) -> None:
    """Carry out one arrival, unless an earlier one of the same day has made it impossible."""
    stage = state.stage
    if arrival < c.N_BEHAVIOURS:
        if arrival in (c.EMAIL_CLICK, c.UNSUBSCRIBE) and state.count[c.UNSUBSCRIBE, c.EVER] > 0:
            return
        do_behaviour(state, hazards, journal, arrival)
    elif arrival == c.VERDICT:
        if state.phase == c.PENDING:
            answer(state, hazards, journal)
    elif arrival == c.OPPORTUNITY:
        put(state, journal, c.OPPORTUNITY_MADE, 0, np.nan)
        state.rate[c.OPPORTUNITY] = 0.0
    elif arrival == c.CLOSING:
        wins = uniform(state) < 1 / (1 + exp(-combine(state, hazards, h.WINS)))
        worth = 3e6 if isnan(state.known[c.BUDGET]) else state.known[c.BUDGET]
        worth = floor(worth * (0.6 + 0.6 * uniform(state)) / 1e4) * 1e4
        put(state, journal, c.WON if wins else c.LOST, 0, worth if wins else np.nan)
        state.rate[:] = 0.0
    elif stage == c.OPEN and state.phase != c.PENDING:
        explored = arrival == c.EXPLORING
        code = c.BY_EXPLORATION if explored else state.qualification
        put(state, journal, c.HAND_OVER, code, hazards.explores if explored else np.nan)


@njit(cache=True)
def wait(state: Record) -> float:
    """Seconds of working hours until the next arrival, at the day's rates."""
    total = state.rate.sum()
    return np.inf if total == 0 else -log(uniform(state)) * HOURS / total


@njit(cache=True)
def draw_arrival(state: Record) -> int:
    """Which of the arrivals it is."""
    threshold = uniform(state) * state.rate.sum()
    arrival = 0
    while arrival < c.N_ARRIVALS - 1 and threshold >= state.rate[arrival]:
        threshold -= state.rate[arrival]
        arrival += 1
    return arrival


@njit(cache=True)
def spend_day(state: Record, hazards: Record, journal: Records, start: int, until: int) -> None:
    """Live the rest of a day at the rates it began with; rows fall on seconds of their own."""
    midnight = state.day * DAY - JST
    end = min(until, midnight + CLOSES)
    clock = max(start, midnight + OPENS) + wait(state)
    while clock < end:
        second = max(int(clock), state.second + 1)
        if second >= end:
            return
        state.second = second
        happen(state, hazards, journal, draw_arrival(state))
        clock += wait(state)


@njit(cache=True)
def redeliver_size(state: Record, hazards: Record, journal: Records) -> None:
    """Have the data provider send the company size anew, in its new counting."""
    size = state.known[c.COMPANY_SIZE]
    if hazards.size_factor != 1.0 and state.known_day[c.COMPANY_SIZE] < state.day and size > 0:
        state.second = state.day * DAY - JST + OPENS
        put(state, journal, c.FACT, c.COMPANY_SIZE, size * hazards.size_factor)


@njit(cache=True)
def begin_day(state: Record, hazards: Record, journal: Records, calendar: Ints) -> None:
    """Enter the next day: its rates, and what comes without being drawn."""
    advance(state, state.day + 1)
    fill_rates(state, hazards, calendar[state.day])
    if state.day == hazards.drift_day:
        redeliver_size(state, hazards, journal)


@njit(cache=True)
def be_created(
    state: Record, hazards: Record, journal: Records, created_at: int, given: Floats
) -> None:
    """Write a lead's first rows, all at its creation: what was given, then its first touch."""
    reset(state, created_at)
    for attribute in (c.CHANNEL, c.EMAIL_DOMAIN, c.INDUSTRY, c.COMPANY_SIZE):
        if not isnan(given[attribute]):
            put(state, journal, c.FACT, attribute, given[attribute])
    touch = h.FIRST_TOUCHES[pick(state, hazards.first_touch[int(given[c.CHANNEL])])]
    if touch == h.BUSINESS_CARD:
        fill_form(state, hazards, journal, touch)
    else:
        do_behaviour(state, hazards, journal, touch)


@njit(cache=True, nogil=True)
def live_all(
    state: Record, hazards: Record, journal: Records, calendar: Ints, leads: Records
) -> None:
    """Simulate leads one after the other; their rows end at `leads.row_end` in the journal.

    Parameters
    ----------
    calendar : ndarray of shape (days,)
        Kind of each local day, counted from 1970.
    leads : ndarray of people.LEAD records
        Their row_end is filled in.
    """
    for lead in leads:
        state.stream = lead.seed
        be_created(state, hazards, journal, lead.created_at, lead.given)
        fill_rates(state, hazards, calendar[state.day])
        spend_day(state, hazards, journal, lead.created_at + 1, lead.until)
        while state.day < local_day(lead.until - 1) and state.stage != c.CLOSED:
            begin_day(state, hazards, journal, calendar)
            spend_day(state, hazards, journal, state.day * DAY - JST, lead.until)
        lead.row_end = state.n_rows
