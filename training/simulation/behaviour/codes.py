"""The small integers by which the simulator names behaviours, attributes, row kinds and phases.

The walk runs compiled, on arrays; these constants are the only link between its integers and words.
numba's cache does not notice a change here: after renumbering, touch `walk.py`.
"""

from typing import Final

BEHAVIOURS: Final = (
    "page_visit",
    "email_click",
    "document_download",
    "webinar",
    "pricing_page_visit",
    "case_study_view",
    "inquiry",
    "consultation_request",
    "unsubscribe",
    "sales_call",
)
"""Event behaviours of the definition, in the order of their codes; the last is done by sales."""

(
    PAGE_VISIT,
    EMAIL_CLICK,
    DOCUMENT_DOWNLOAD,
    WEBINAR,
    PRICING_PAGE_VISIT,
    CASE_STUDY_VIEW,
    INQUIRY,
    CONSULTATION_REQUEST,
    UNSUBSCRIBE,
    SALES_CALL,
) = range(10)
N_BEHAVIOURS: Final = len(BEHAVIOURS)

# What can happen to a lead besides behaviours; together they are the walk's arrivals.
HANDING_OVER, VERDICT, OPPORTUNITY, CLOSING, EXPLORING = range(N_BEHAVIOURS, N_BEHAVIOURS + 5)
ARRIVALS: Final = (*BEHAVIOURS, "handing_over", "verdict", "opportunity", "closing", "exploring")
N_ARRIVALS: Final = len(ARRIVALS)

ATTRIBUTES: Final = (
    "channel",
    "email_domain",
    "industry",
    "company_size",
    "job_title",
    "department",
    "pain_point",
    "purchase_timing",
    "budget",
    "decision_maker",
)
"""Attributes with hazards, in the order of their codes."""

(
    CHANNEL,
    EMAIL_DOMAIN,
    INDUSTRY,
    COMPANY_SIZE,
    JOB_TITLE,
    DEPARTMENT,
    PAIN_POINT,
    PURCHASE_TIMING,
    BUDGET,
    DECISION_MAKER,
) = range(10)
N_ATTRIBUTES: Final = len(ATTRIBUTES)

# Kinds of journal rows and what their `code` and `value` hold.
EVENT = 0  # code: behaviour; value: minutes watched of a webinar
FACT = 1  # code: attribute; value: see `walk.draw_value`
HAND_OVER = 2  # code: one of the three below; value: propensity, where one was drawn
ACCEPTED = 3  # code: reason; value: 1 where sales found the lead easy to act on, else 0
RETURNED = 4  # same
OPPORTUNITY_MADE = 5
WON = 6  # value: JPY
LOST = 7

# What a hand-over row's code says: who handed over, at which qualification.
BY_EXPLORATION, MQL_BY_RULEBOOK, SQL_BY_RULEBOOK = range(3)

# Windows of the counts kept: days, then ever.
WINDOWS: Final = (7, 30, 90)
D7, D30, D90, EVER = range(4)

# Slots of `State.progress`.
(
    AT_DAY,  # local day the counts stand at
    CREATED_DAY,
    LAST_ACTIVE_DAY,  # day of the lead's last own event; creation counts as one
    PHASE,  # FREE, PENDING, IN_WORK or SENT_BACK
    PHASE_DAY,
    CYCLE,
    STAGE,  # OPEN, IN_DEAL or CLOSED
    STAGE_DAY,
) = range(8)
N_PROGRESS: Final = 8

FREE, PENDING, IN_WORK, SENT_BACK = range(4)
OPEN, IN_DEAL, CLOSED = range(3)
