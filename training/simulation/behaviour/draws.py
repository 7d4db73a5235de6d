"""The random stream, and values drawn at the moment they become known; compiled."""

from math import cos, exp, floor, isnan, log, pi, sqrt

import numpy as np
from numba import njit

from training.simulation.behaviour import codes as c
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.rates import employees
from training.simulation.behaviour.state import Floats, Record, Records, put


@njit(cache=True)
def uniform(state: Record) -> float:
    """Draw from (0, 1): splitmix64 (Steele, Lea & Flood 2014), the same on every machine."""
    state.stream += np.uint64(0x9E3779B97F4A7C15)
    z = state.stream
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (float(z >> np.uint64(11)) + 0.5) * 2.0**-53


@njit(cache=True)
def pick(state: Record, cumulative: Floats) -> int:
    """Index drawn by cumulative shares."""
    return min(np.searchsorted(cumulative, uniform(state), side="right"), len(cumulative) - 1)


@njit(cache=True)
def draw_size(state: Record, hazards: Record) -> float:
    """Number of employees, in the data provider's counting of the day."""
    normal = sqrt(-2 * log(uniform(state))) * cos(2 * pi * uniform(state))
    size = max(floor(exp(hazards.size_log_mean + hazards.size_log_sd * normal)), 2.0)
    return size * (hazards.size_factor if state.day >= hazards.drift_day else 1.0)


@njit(cache=True)
def draw_intent(state: Record, hazards: Record, attribute: int) -> float:
    """Purchase timing, budget or decision maker, given what is known by then."""
    if attribute == c.PURCHASE_TIMING:
        warm = state.count[c.PRICING_PAGE_VISIT, c.D30] + state.count[c.CONSULTATION_REQUEST, c.D30]
        return hazards.timing_months[pick(state, hazards.timings[int(warm > 0)])]
    if attribute == c.BUDGET:
        size = employees(state, hazards)
        row = int(size >= 100) + int(size >= 1000)
        return hazards.budget_jpy[pick(state, hazards.budgets[row])]
    title = state.known[c.JOB_TITLE]
    row = 0 if isnan(title) else 1 + int(hazards.title_is_senior[int(title)])
    return 1.0 if uniform(state) < hazards.decides[row] else 0.0


@njit(cache=True)
def draw_value(state: Record, hazards: Record, attribute: int) -> float:
    """Value of an attribute at the moment it becomes known."""
    if attribute == c.INDUSTRY:
        return float(pick(state, hazards.industries))
    if attribute == c.COMPANY_SIZE:
        return draw_size(state, hazards)
    if attribute == c.JOB_TITLE:
        senior_channel = hazards.channel_is_senior[int(state.known[c.CHANNEL])]
        return float(pick(state, hazards.titles[senior_channel]))
    if attribute == c.DEPARTMENT:
        return float(pick(state, hazards.departments))
    if attribute == c.PAIN_POINT:
        return 1.0  # only that it is known matters; `values` finds the words
    return draw_intent(state, hazards, attribute)


@njit(cache=True)
def fill_form(state: Record, hazards: Record, journal: Records, form: int) -> None:
    """Let an event tell some of what is not known yet."""
    for column, attribute in enumerate(h.FORM_ATTRIBUTES):
        told = uniform(state) < hazards.forms[form, column]
        if told and isnan(state.known[attribute]):
            value = draw_value(state, hazards, attribute)
            put(state, journal, c.FACT, attribute, value)
    restates = form in (c.CONSULTATION_REQUEST, c.SALES_CALL)
    restates &= 0 <= state.known_day[c.PURCHASE_TIMING] < state.day
    if restates and uniform(state) < hazards.restated:
        value = draw_value(state, hazards, c.PURCHASE_TIMING)
        put(state, journal, c.FACT, c.PURCHASE_TIMING, value)
