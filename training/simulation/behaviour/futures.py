"""True probabilities: a lead's possible futures, run from the exact state its rows leave it in.

The outcome itself is never drawn. Along each future that has not converted, the chance not to
convert is exp(-sum of the opportunity's rates), and the mean over futures of one minus that is the
probability. Counting conversions would give the same number with several times the noise.

It is exact at every second but those within a visit: the pages still to come are not foreseen.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from math import expm1

import numpy as np
from numba import njit

from features.core.clock import DAY
from features.core.errors import LeadDataError
from training.simulation.behaviour import codes as c
from training.simulation.behaviour.rates import fill_rates
from training.simulation.behaviour.state import (
    CLOSES,
    HOURS,
    JST,
    OPENS,
    STATE,
    Floats,
    Ints,
    Record,
    Records,
    advance,
    apply,
    local_day,
    reset,
)
from training.simulation.behaviour.walk import begin_day, spend_day
from training.simulation.company import SimulatedCompany

HORIZON_DAYS = 60
"""Horizon of the shipped definition's outcome."""


def true_probabilities(
    company: SimulatedCompany, lead: Ints, as_of: Ints, *, futures: int, handed_over: bool = False
) -> Floats:
    """Simulate the probability that an opportunity follows within the horizon of each moment.

    Parameters
    ----------
    company : SimulatedCompany
    lead : ndarray of shape (n_moments,)
        Positions in `company.leads`.
    as_of : ndarray of shape (n_moments,)
        Seconds since 1970 UTC, after the lead's creation and at or before the company's data cut-
        off; of a lead's rows only those strictly before count.
    futures : int
        Futures run from each moment; 2,000 leave a relative error of about 1 %.
    handed_over : bool
        As if the rulebook had handed the lead over at as_of, instead of by its rows alone.

    Returns
    -------
    ndarray of shape (n_moments,)
        NaN for a lead that was no longer open at as_of.

    Raises
    ------
    LeadDataError
        If a moment lies before its lead was created or after the data cut-off.
    """
    created_at = company.leads["created_at"][lead]
    if wrong := int(((as_of <= created_at) | (as_of > company.data_cutoff)).sum()):
        msg = (
            f"moments must lie after creation and up to the data cut-off; got {wrong} that do not."
        )
        raise LeadDataError(f"{msg} Leave them out.")
    moments = np.zeros(len(lead), dtype=MOMENT)
    moments["as_of"], moments["created_at"] = as_of, created_at
    moments["until"] = as_of + HORIZON_DAYS * DAY
    moments["first_row"] = company.row_start[lead]
    moments["end_row"] = company.leads["row_end"][lead]
    moments["futures"], moments["is_handed_over"] = futures, handed_over
    # Streams depend on the lead and the moment only, never on what else is asked.
    moments["seed"] = company.leads["seed"][lead] ^ (as_of.astype(np.uint64) << np.uint64(20))

    def run(part: Records) -> None:
        states = np.zeros(2, dtype=STATE)
        run_futures(states, company.hazards, company.calendar, company.journal, part)

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, np.array_split(moments, min(os.cpu_count() or 1, 8))))
    return moments["probability"]


MOMENT = np.dtype(
    [
        ("as_of", "i8"),
        ("created_at", "i8"),
        ("until", "i8"),
        ("first_row", "i8"),
        ("end_row", "i8"),
        ("futures", "i8"),
        ("is_handed_over", "i8"),
        ("seed", "u8"),
        ("probability", "f8"),
    ],
    align=True,
)


@njit(cache=True)
def replay(
    state: Record, hazards: Record, calendar: Ints, journal: Records, moment: Record
) -> None:
    """Bring a state to as_of by the lead's rows, with the rates its day began with."""
    reset(state, moment.created_at)
    midnight = local_day(moment.as_of) * DAY - JST
    # The rates of the day of creation come from the rows of the creation itself.
    basis = max(midnight, moment.created_at + 1)
    has_rates = False
    for row in range(moment.first_row, moment.end_row):
        at = journal[row].at
        if at >= moment.as_of:
            break
        if at >= basis and not has_rates:
            advance(state, local_day(basis))
            fill_rates(state, hazards, calendar[state.day])
            has_rates = True
        advance(state, local_day(at))
        apply(state, journal[row].kind, journal[row].code, journal[row].value)
        state.second = at
    if not has_rates:
        advance(state, local_day(basis))
        fill_rates(state, hazards, calendar[state.day])


def state_at(company: SimulatedCompany, lead: int, as_of: int) -> np.void:
    """Replay a lead's rows up to an instant and give its state, with the rates of that day.

    Parameters
    ----------
    company : SimulatedCompany
    lead : int
        Position in ``company.leads``.
    as_of : int
        Seconds since 1970 UTC; rows strictly before count.
    """
    moment = np.zeros(1, dtype=MOMENT)[0]
    moment["as_of"], moment["created_at"] = as_of, company.leads["created_at"][lead]
    moment["first_row"], moment["end_row"] = company.row_start[lead], company.leads["row_end"][lead]
    state: np.void = np.zeros(1, dtype=STATE)[0]
    replay(state, company.hazards, company.calendar, company.journal, moment)
    return state


@njit(cache=True)
def withhold_outcome(state: Record, start: int, until: int) -> float:
    """Take the opportunity out of the day's arrivals; its cumulated rate is the answer."""
    midnight = state.day * DAY - JST
    seconds = min(until, midnight + CLOSES) - max(start, midnight + OPENS)
    cumulated = state.rate[c.OPPORTUNITY] * max(seconds, 0) / HOURS
    state.rate[c.OPPORTUNITY] = 0.0
    return cumulated


@njit(cache=True, nogil=True)
def run_futures(
    states: Records, hazards: Record, calendar: Ints, journal: Records, moments: Records
) -> None:
    """Fill in the probability of each moment; `states` is room for two."""
    unwritten = journal[:0]
    for moment in moments:
        start, state = states[0], states[1]
        replay(start, hazards, calendar, journal, moment)
        if start.stage != c.OPEN:
            moment.probability = np.nan
            continue
        if moment.is_handed_over:
            apply(start, c.HAND_OVER, c.MQL_BY_RULEBOOK, np.nan)
            fill_rates(start, hazards, calendar[start.day])
        state.stream = moment.seed
        total = 0.0
        for _ in range(moment.futures):
            start.stream = state.stream  # one stream runs through all futures of a moment
            states[1] = states[0]
            cumulated = withhold_outcome(state, moment.as_of, moment.until)
            spend_day(state, hazards, unwritten, moment.as_of, moment.until)
            while state.day < local_day(moment.until - 1):
                begin_day(state, hazards, unwritten, calendar)
                midnight = state.day * DAY - JST
                cumulated += withhold_outcome(state, midnight, moment.until)
                spend_day(state, hazards, unwritten, midnight, moment.until)
            total -= expm1(-cumulated)
        moment.probability = total / moment.futures
