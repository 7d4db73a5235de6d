"""The day's terms, the rulebook's judgement and the rates of all arrivals; compiled."""

from math import exp, isnan, log1p

from numba import njit

from training.simulation.behaviour import codes as c
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.state import Floats, Record

WEEKEND_DAY, WORKING_DAY, FIRST_WORKING_DAY = range(3)
"""Kinds of day in `Hazards.calendar`."""


@njit(cache=True)
def judge(state: Record, hazards: Record) -> int:
    """Qualification by the legacy rulebook, once the terms are filled."""
    count, known, points = state.count, state.known, hazards.points
    budget, timing = not isnan(known[c.BUDGET]), not isnan(known[c.PURCHASE_TIMING])
    asked = count[c.INQUIRY, c.D90] + count[c.CONSULTATION_REQUEST, c.D90] > 0
    total = (
        points[0] * (count[c.DOCUMENT_DOWNLOAD, c.D90] > 0)
        + points[1] * (count[c.WEBINAR, c.D90] > 0)
        + points[2] * (count[c.PRICING_PAGE_VISIT, c.D30] > 0)
        + points[3] * (count[c.INQUIRY, c.D90] > 0)
        + points[4] * (count[c.CONSULTATION_REQUEST, c.D90] > 0)
        + points[5] * (count[c.UNSUBSCRIBE, c.EVER] > 0)
        + points[6] * state.term[h.SENIOR]
        + points[7] * timing
        + points[8] * budget
        + points[9] * (known[c.DECISION_MAKER] == 1)
        + points[10] * (known[c.EMAIL_DOMAIN] == 1)
    )
    if total >= points[12] or (asked and timing and budget and not isnan(known[c.DECISION_MAKER])):
        return 2
    attended = count[c.WEBINAR, c.EVER] > 0
    told = not isnan(known[c.PAIN_POINT]) and not isnan(known[c.DEPARTMENT])
    return 1 if total >= points[11] or (attended and told) else 0


@njit(cache=True)
def of_code(value: float, table: Floats) -> float:
    """Entry of a table for a known code, 0 while it is unknown."""
    return 0.0 if isnan(value) else table[int(value)]


@njit(cache=True)
def employees(state: Record, hazards: Record) -> float:
    """Company size as it was before the data provider changed its counting; NaN while unknown."""
    is_new = state.known_day[c.COMPANY_SIZE] >= hazards.drift_day
    return state.known[c.COMPANY_SIZE] / (hazards.size_factor if is_new else 1.0)


@njit(cache=True)
def log_count(hazards: Record, count: int) -> float:
    """log(1 + count)."""
    return hazards.log1p[min(count, len(hazards.log1p) - 1)]


@njit(cache=True)
def fill_behaviour_terms(state: Record, hazards: Record) -> None:
    """Compute the terms that come from what the lead did."""
    term, count, day = state.term, state.count, state.day
    term[h.VISITS_7D] = log_count(hazards, count[c.PAGE_VISIT, c.D7])
    term[h.VISITS_30D] = log_count(hazards, count[c.PAGE_VISIT, c.D30])
    term[h.CLICKS_30D] = log_count(hazards, count[c.EMAIL_CLICK, c.D30])
    term[h.DOWNLOADS_90D] = log_count(hazards, count[c.DOCUMENT_DOWNLOAD, c.D90])
    term[h.WEBINARS_90D] = log_count(hazards, count[c.WEBINAR, c.D90])
    term[h.CASE_STUDIES_90D] = log_count(hazards, count[c.CASE_STUDY_VIEW, c.D90])
    term[h.PRICING_30D] = count[c.PRICING_PAGE_VISIT, c.D30] > 0
    term[h.INQUIRY_30D] = count[c.INQUIRY, c.D30] > 0
    term[h.CONSULTATION_30D] = count[c.CONSULTATION_REQUEST, c.D30] > 0
    term[h.UNSUBSCRIBED] = count[c.UNSUBSCRIBE, c.EVER] > 0
    term[h.CALLED_30D] = count[c.SALES_CALL, c.D30] > 0
    since_visit = day - max(state.last_day[c.PAGE_VISIT], state.created_day)
    term[h.QUIET] = min(since_visit / 30.0, 3.0)
    term[h.NEW] = max(1.0 - (day - state.created_day) / 30.0, 0.0)
    term[h.HANDED_OVER] = state.phase == c.PENDING
    term[h.IN_WORK] = state.phase == c.IN_WORK and day - state.phase_day <= 90
    term[h.IN_DEAL] = state.stage == c.IN_DEAL


@njit(cache=True)
def fill_information_terms(state: Record, hazards: Record) -> None:
    """Compute the terms that come from what is known; what is unknown compares as False."""
    term, known = state.term, state.known
    term[h.CHANNEL] = of_code(known[c.CHANNEL], hazards.channel_effect)
    term[h.INDUSTRY] = of_code(known[c.INDUSTRY], hazards.industry_effect)
    term[h.DEPARTMENT] = of_code(known[c.DEPARTMENT], hazards.department_effect)
    term[h.FREE_MAIL] = known[c.EMAIL_DOMAIN]
    size = employees(state, hazards)
    term[h.MID_SIZE] = 100 <= size < 1000
    term[h.LARGE] = size >= 1000
    term[h.SENIOR] = of_code(known[c.JOB_TITLE], hazards.title_is_senior)
    term[h.PAIN_KNOWN] = not isnan(known[c.PAIN_POINT])
    due_on = state.known_day[c.PURCHASE_TIMING] + 30.0 * known[c.PURCHASE_TIMING]
    term[h.PURCHASE_NEAR] = -30 <= due_on - state.day <= 100
    term[h.PURCHASE_FAR] = due_on - state.day > 100
    term[h.BUDGET_ENOUGH] = known[c.BUDGET] >= 5e6
    term[h.BUDGET_SHORT] = known[c.BUDGET] < 5e6
    term[h.DECIDES] = known[c.DECISION_MAKER] == 1
    term[h.DOES_NOT_DECIDE] = known[c.DECISION_MAKER] == 0


@njit(cache=True)
def fill_terms(state: Record, hazards: Record) -> None:
    """Compute the terms of `hazards.TERMS` at the start of the state's day."""
    term, count, known = state.term, state.count, state.known
    fill_behaviour_terms(state, hazards)
    fill_information_terms(state, hazards)
    committed = term[h.PURCHASE_NEAR] == 1 or term[h.DECIDES] == 1
    term[h.PRICE_AND_COMMITMENT] = committed and term[h.PRICING_30D] == 1
    term[h.SENIOR_AND_ACTIVE] = term[h.SENIOR] == 1 and count[c.PAGE_VISIT, c.D30] >= 3
    tells_nothing = isnan(known[c.PAIN_POINT]) and isnan(known[c.PURCHASE_TIMING])
    term[h.CURIOUS] = tells_nothing and count[c.DOCUMENT_DOWNLOAD, c.D90] >= 2


@njit(cache=True)
def combine(state: Record, hazards: Record, row: int) -> float:
    """Log rate or log-odds of one row of the hazards."""
    total = hazards.base[row]
    for i in range(hazards.first[row], hazards.first[row + 1]):
        total += hazards.coefficient[i] * state.term[hazards.term_of[i]]
    return total


@njit(cache=True)
def may_be_handed_over(state: Record, hazards: Record) -> bool:
    """Whether the lead is open and in no cycle, or returned long enough ago and active since."""
    if state.stage != c.OPEN:
        return False
    if state.phase == c.FREE:
        return True
    return (
        state.phase == c.SENT_BACK
        and state.day - state.phase_day > hazards.reopens_after
        and state.last_day[: c.SALES_CALL].max() > state.phase_day
    )


@njit(cache=True)
def is_heard_of(state: Record) -> bool:
    """Whether the lead has done something in the last 90 days, or is as new as that."""
    last_day = max(state.last_day[: c.SALES_CALL].max(), state.created_day)
    return state.day - last_day <= 90


@njit(cache=True)
def can_arrive(state: Record, arrival: int) -> bool:
    """Whether an arrival is possible today at all; hand-overs have rules of their own."""
    if arrival in (c.EMAIL_CLICK, c.UNSUBSCRIBE):
        return state.term[h.UNSUBSCRIBED] == 0
    is_in_deal = state.stage == c.IN_DEAL
    if arrival == c.SALES_CALL:
        return state.phase == c.PENDING or state.term[h.IN_WORK] == 1 or is_in_deal
    if arrival == c.VERDICT:
        return state.phase == c.PENDING
    if arrival == c.OPPORTUNITY:
        return not is_in_deal
    if arrival == c.CLOSING:
        return is_in_deal and state.day - state.stage_day >= 14
    return arrival != c.HANDING_OVER


@njit(cache=True)
def fill_rates(state: Record, hazards: Record, kind_of_day: int) -> None:
    """Compute the day's rates from the state as it is at the day's start."""
    rate = state.rate
    rate[:] = 0.0
    if state.stage == c.CLOSED:
        return
    fill_terms(state, hazards)
    is_weekend = kind_of_day == WEEKEND_DAY
    # At the weekend sales rest, and sales are last.
    for arrival in range(c.SALES_CALL if is_weekend else c.EXPLORING):
        if can_arrive(state, arrival):
            rate[arrival] = exp(combine(state, hazards, arrival))
            if is_weekend:
                rate[arrival] *= hazards.weekend
    if state.day >= hazards.drift_day:
        rate[c.OPPORTUNITY] *= hazards.drift_factor
    if not is_weekend and may_be_handed_over(state, hazards):
        state.qualification = judge(state, hazards)
        rate[c.HANDING_OVER] = hazards.handing_over[state.qualification]
        is_below = state.qualification == 0 and is_heard_of(state)
        if kind_of_day == FIRST_WORKING_DAY and is_below:
            rate[c.EXPLORING] = -log1p(-hazards.explores)
