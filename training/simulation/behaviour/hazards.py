"""What drives the leads of the simulated company: every number, as tables.

How it works
------------
Time goes in local days; all that happens falls between 9:00 and 19:00. At the start of a day the
terms below are computed from the lead's own rows so far, and give each arrival a rate that is
constant for the day: ``rate per day = rate at zero x exp(sum of coefficient x term)``, times a
calendar factor (`WEEKEND`). Arrivals are then Poisson, so what is left of a day never depends on
what the clock has already used up. There is no other state: two leads with the same rows have the
same future.

==================  ===============================================================
arrival             what it brings
==================  ===============================================================
page_visit          a visit: one event for each of its pages, minutes apart
other behaviours    one event; with a form, it may tell of attributes (FORMS)
unsubscribe         at most one; no e-mail is clicked afterwards
sales_call          only while handed over, in work or in a deal; sales learn too (FORMS)
handing_over        only while the rulebook says MQL or SQL; its rate depends on that alone
exploring           first working day of a month, only below MQL: a logged coin
verdict             accepted or returned, by log-odds of their own (LOG_ODDS)
opportunity         the outcome; faster once handed over
closing             won or lost, two weeks after the opportunity or later
==================  ===============================================================

Whoever has only behaviours and information, as a model has, does not see where a lead stands with
sales (`handed_over`, `in_work`), nor the weekday. What that costs is kept small on purpose: at
20,000 leads a fitted release comes within 2 to 3 % of the least expected log loss.

What points cannot express: a visit to the pricing page means next to nothing by itself and a great
deal from a lead whose purchase is near or who decides (`price_and_commitment`); seniority counts
only with visits (`senior_and_active`); downloads by people who tell nothing about themselves count
against them (`curious`).
"""

from typing import Final

from features.core.parsing.job_title import Seniority
from training.simulation.behaviour import codes

TERMS: Final = (
    "visits_7d",  # log(1 + count)
    "visits_30d",
    "clicks_30d",
    "downloads_90d",
    "webinars_90d",
    "case_studies_90d",
    "pricing_30d",  # yes or no
    "inquiry_30d",
    "consultation_30d",
    "unsubscribed",
    "called_30d",
    "quiet",  # months since the last visit to the site (since creation where none), at most 3
    "new",  # falls from 1 at creation to 0 after 30 days
    "channel",  # CHANNEL_EFFECT of the channel
    "industry",  # INDUSTRY_EFFECT, 0 while unknown
    "department",
    "free_mail",
    "mid_size",  # 100 to 999 employees
    "large",  # 1,000 employees or more
    "senior",  # department head or above
    "pain_known",
    "purchase_near",  # expected between 30 days ago and 100 days ahead
    "purchase_far",  # expected later
    "budget_enough",  # 5,000,000 JPY or more
    "budget_short",
    "decides",
    "does_not_decide",
    "handed_over",  # and not yet answered
    "in_work",  # accepted in the last 90 days
    "in_deal",
    "price_and_commitment",  # pricing_30d, and purchase_near or decides
    "senior_and_active",  # senior, and at least 3 visits in 30 days
    "curious",  # 2 downloads or more in 90 days; pain point and timing unknown
)

(
    VISITS_7D,
    VISITS_30D,
    CLICKS_30D,
    DOWNLOADS_90D,
    WEBINARS_90D,
    CASE_STUDIES_90D,
    PRICING_30D,
    INQUIRY_30D,
    CONSULTATION_30D,
    UNSUBSCRIBED,
    CALLED_30D,
    QUIET,
    NEW,
    CHANNEL,
    INDUSTRY,
    DEPARTMENT,
    FREE_MAIL,
    MID_SIZE,
    LARGE,
    SENIOR,
    PAIN_KNOWN,
    PURCHASE_NEAR,
    PURCHASE_FAR,
    BUDGET_ENOUGH,
    BUDGET_SHORT,
    DECIDES,
    DOES_NOT_DECIDE,
    HANDED_OVER,
    IN_WORK,
    IN_DEAL,
    PRICE_AND_COMMITMENT,
    SENIOR_AND_ACTIVE,
    CURIOUS,
) = range(33)

PER_DAY: Final[dict[str, tuple[float, dict[str, float]]]] = {
    # arrival: (rate per working day when every term is 0, coefficients)
    "page_visit": (
        0.022,
        {"visits_7d": 0.45, "visits_30d": 0.22, "clicks_30d": 0.30, "new": 1.9, "called_30d": 0.1,
         "quiet": -1.6, "unsubscribed": -0.7, "in_deal": -0.3, "inquiry_30d": 0.3},
    ),
    "email_click": (
        0.024,
        {"clicks_30d": 0.35, "visits_30d": 0.25, "quiet": -1.4, "new": 0.8, "in_deal": -0.5},
    ),
    "document_download": (
        0.0040,
        {"visits_7d": 0.50, "visits_30d": 0.30, "new": 0.5, "downloads_90d": 0.20, "quiet": -1.2},
    ),
    "webinar": (
        0.0022,
        {"clicks_30d": 0.60, "visits_30d": 0.20, "webinars_90d": 0.30, "quiet": -1.2},
    ),
    "pricing_page_visit": (
        0.0035,
        {"visits_7d": 0.65, "visits_30d": 0.20, "purchase_near": 0.6, "pricing_30d": 0.5,
         "case_studies_90d": 0.2, "quiet": -1.2},
    ),
    "case_study_view": (
        0.0040,
        {"visits_7d": 0.55, "visits_30d": 0.25, "pain_known": 0.4, "webinars_90d": 0.2,
         "quiet": -1.2},
    ),
    "inquiry": (
        0.0006,
        {"pricing_30d": 0.8, "visits_7d": 0.40, "case_studies_90d": 0.4, "purchase_near": 0.5,
         "handed_over": -0.5},
    ),
    "consultation_request": (
        0.0002,
        {"pricing_30d": 0.8, "inquiry_30d": 1.2, "visits_7d": 0.40, "purchase_near": 0.8,
         "webinars_90d": 0.2},
    ),
    "unsubscribe": (0.0006, {"clicks_30d": -0.2, "quiet": 0.1, "free_mail": 0.3}),
    "sales_call": (0.12, {"in_work": 0.1, "called_30d": -0.7, "in_deal": -0.4}),
    # Handing over is by qualification: HANDING_OVER_PER_DAY.
    "verdict": (0.35, {"inquiry_30d": 0.4, "consultation_30d": 0.6}),
    "opportunity": (
        0.00090,
        {"visits_30d": 0.30, "webinars_90d": 0.20, "case_studies_90d": 0.30,
         "inquiry_30d": 0.90, "consultation_30d": 1.10, "unsubscribed": -1.2, "quiet": -0.60,
         "channel": 1.0, "industry": 1.0, "department": 1.0, "free_mail": -0.7, "mid_size": 0.20,
         "large": 0.20, "pain_known": 0.30, "purchase_near": 0.80, "budget_enough": 0.50,
         "decides": 0.30, "does_not_decide": -0.10, "handed_over": 0.30, "in_work": 0.25,
         "price_and_commitment": 1.20, "senior_and_active": 0.70, "curious": -0.70},
    ),
    "closing": (0.020, {}),
}  # fmt: skip

LOG_ODDS: Final[dict[str, tuple[float, dict[str, float]]]] = {
    "accepts": (
        -0.4,
        {"pain_known": 0.5, "purchase_near": 0.9, "purchase_far": -0.3, "budget_enough": 0.6,
         "decides": 0.4, "visits_30d": 0.35, "inquiry_30d": 0.8, "consultation_30d": 1.0,
         "price_and_commitment": 0.6, "quiet": -0.6, "free_mail": -0.6, "curious": -0.6},
    ),
    "easy_to_act_on": (
        -1.0,
        {"pain_known": 0.8, "purchase_near": 0.7, "budget_enough": 0.5, "budget_short": 0.3,
         "decides": 0.6, "inquiry_30d": 0.4},
    ),
    "wins": (
        -0.6,
        {"budget_enough": 0.6, "decides": 0.5, "purchase_near": 0.4, "free_mail": -0.4},
    ),
}  # fmt: skip

REASONS: Final[dict[str, tuple[float, dict[str, float]]]] = {
    # reason of the definition: (log weight, coefficients); accepted ones first
    "clear_need": (0.0, {"pain_known": 1.2, "inquiry_30d": 0.5}),
    "right_person": (-0.7, {"decides": 1.5, "senior": 0.8}),
    "right_timing": (-1.0, {"purchase_near": 2.0}),
    "budget_secured": (-1.5, {"budget_enough": 2.0}),
    "no_need": (0.0, {"curious": 1.0, "pain_known": -1.0}),
    "too_early": (-0.5, {"purchase_far": 1.8, "purchase_near": -1.5}),
    "no_budget": (-1.0, {"budget_short": 2.0, "budget_enough": -1.5}),
    "not_the_right_person": (-0.7, {"does_not_decide": 1.5, "senior": -0.8}),
    "not_reachable": (-0.7, {"quiet": 0.8}),
    "not_a_fit": (-1.5, {"free_mail": 2.0}),
}
N_ACCEPTING: Final = 4
"""How many of the reasons are reasons to accept."""

ROWS: Final = (*codes.ARRIVALS, *LOG_ODDS, *REASONS)
"""Rows of `Hazards.coefficient`."""
ACCEPTS: Final = ROWS.index("accepts")
EASY_TO_ACT_ON: Final = ROWS.index("easy_to_act_on")
WINS: Final = ROWS.index("wins")
FIRST_REASON: Final = ROWS.index("clear_need")
N_COEFFICIENTS: Final = sum(
    len(terms) for table in (PER_DAY, LOG_ODDS, REASONS) for _, terms in table.values()
)

RULES: Final = (
    "document_downloaded",
    "webinar_attended",
    "pricing_page_visited",
    "inquiry_made",
    "consultation_requested",
    "unsubscribed",
    "department_head_or_above",
    "purchase_timing_stated",
    "budget_known",
    "decision_maker",
    "free_mail_address",
)
"""Rules of the shipped definition, in the order in which `rates.judge` adds their points."""
N_RULES: Final = len(RULES)

HANDING_OVER_PER_DAY: Final = (0.25, 0.60)
"""Rate at which sales capacity reaches a lead the rulebook calls MQL, SQL."""

NEXT_PAGE: Final = 0.81
"""Probability that a visitor looks at one more page."""

REOPENS_AFTER: Final = 90
"""Days after a return before the lead may be handed over again, if it did something in between."""

WEEKEND: Final = 0.25
"""What leads do on a Saturday or Sunday, against a working day; sales do nothing."""

# Channels with their share of new leads, their effect on the opportunity's log hazard, and the
# probability of each kind of first touch (FIRST_TOUCHES).
CHANNELS: Final = {
    "organic_search": (0.30, 0.15, (0.70, 0.14, 0.13, 0.00, 0.03)),
    "paid_ad": (0.18, -0.35, (0.80, 0.12, 0.07, 0.00, 0.01)),
    "webinar": (0.13, 0.00, (0.00, 1.00, 0.00, 0.00, 0.00)),
    "exhibition": (0.15, -0.20, (0.00, 0.00, 0.00, 1.00, 0.00)),
    "referral": (0.07, 0.70, (0.10, 0.10, 0.45, 0.10, 0.25)),
    "partner": (0.08, 0.35, (0.20, 0.20, 0.35, 0.10, 0.15)),
    "list": (0.08, -0.60, (0.30, 0.10, 0.00, 0.60, 0.00)),
    "social_ad": (0.01, -0.50, (0.85, 0.10, 0.05, 0.00, 0.00)),
}
CHANNEL_NAMES: Final = tuple(CHANNELS)
SOCIAL_AD: Final = CHANNEL_NAMES.index("social_ad")
SENIOR_CHANNELS: Final = ("exhibition", "referral", "partner")

BUSINESS_CARD = codes.N_BEHAVIOURS
"""First touch without an event: a card given at a stand or bought in a list."""

FIRST_TOUCHES: Final = (
    codes.DOCUMENT_DOWNLOAD,
    codes.WEBINAR,
    codes.INQUIRY,
    BUSINESS_CARD,
    codes.CONSULTATION_REQUEST,
)

# name: (share, effect on the opportunity's log hazard)
INDUSTRIES: Final = {
    "manufacturing": (0.26, 0.10),
    "it": (0.20, 0.05),
    "wholesale_retail": (0.14, -0.05),
    "finance": (0.09, 0.15),
    "construction": (0.09, -0.10),
    "logistics": (0.07, 0.05),
    "healthcare": (0.06, -0.10),
    "education": (0.05, -0.40),
    "public": (0.04, -0.40),
}
INDUSTRY_NAMES: Final = tuple(INDUSTRIES)
DEPARTMENTS: Final = {
    "it": (0.22, 0.20),
    "planning": (0.12, 0.20),
    "sales": (0.17, 0.05),
    "marketing": (0.14, 0.05),
    "general_affairs": (0.10, -0.15),
    "hr": (0.06, -0.30),
    "manufacturing": (0.08, 0.00),
    "research_and_development": (0.06, -0.05),
    "finance": (0.05, -0.05),
}
DEPARTMENT_NAMES: Final = tuple(DEPARTMENTS)

# How likely each unknown attribute is learned with an event. Columns: industry, company size, job
# title, department, pain point, purchase timing, budget, decision maker.
FORM_ATTRIBUTES: Final = tuple(range(codes.INDUSTRY, codes.DECISION_MAKER + 1))
FORMS: Final = {
    codes.DOCUMENT_DOWNLOAD: (0.20, 0.15, 0.35, 0.30, 0.06, 0.06, 0.01, 0.02),
    codes.WEBINAR: (0.25, 0.20, 0.40, 0.35, 0.12, 0.06, 0.02, 0.03),
    codes.INQUIRY: (0.20, 0.15, 0.45, 0.40, 0.55, 0.35, 0.18, 0.18),
    codes.CONSULTATION_REQUEST: (0.30, 0.30, 0.60, 0.50, 0.60, 0.50, 0.35, 0.30),
    codes.SALES_CALL: (0.15, 0.15, 0.20, 0.20, 0.15, 0.12, 0.08, 0.10),
    BUSINESS_CARD: (0.40, 0.10, 0.90, 0.80, 0.05, 0.03, 0.01, 0.03),
}
RESTATED: Final = 0.10
"""Probability that a consultation or a call states the purchase timing anew."""

TIMING_MONTHS: Final = (1, 3, 6, 12)
# Rows: has the lead visited the pricing page in 30 days, or asked for a consultation? no, yes.
TIMING_SHARES: Final = ((0.10, 0.25, 0.35, 0.30), (0.25, 0.40, 0.25, 0.10))

BUDGETS: Final = (1e6, 2e6, 3e6, 5e6, 8e6, 1e7, 1.5e7, 2e7, 3e7, 5e7)
# Rows: fewer than 100 employees or unknown, 100 to 999, 1,000 or more.
BUDGET_SHARES: Final = (
    (0.22, 0.24, 0.20, 0.16, 0.07, 0.05, 0.03, 0.02, 0.01, 0.00),
    (0.08, 0.14, 0.18, 0.22, 0.14, 0.11, 0.06, 0.04, 0.02, 0.01),
    (0.03, 0.07, 0.11, 0.18, 0.16, 0.17, 0.10, 0.09, 0.06, 0.03),
)
DECIDES_SHARES: Final = (0.30, 0.15, 0.65)
"""Seniority unknown, below department head, department head or above."""

SIZE_LOG_MEAN: Final = 5.2
SIZE_LOG_SD: Final = 1.5
"""Employees of a company are log-normal: median 180, one in eight above 1,000."""

SENIOR_FROM: Final = Seniority.DEPARTMENT_HEAD
# How often each level signs up: ordinary channels, and those where people meet (SENIOR_CHANNELS).
SENIORITY_SHARES: Final = {
    Seniority.STAFF: (0.30, 0.18),
    Seniority.SENIOR_STAFF: (0.15, 0.12),
    Seniority.TEAM_LEADER: (0.10, 0.09),
    Seniority.ASSISTANT_MANAGER: (0.05, 0.05),
    Seniority.MANAGER: (0.17, 0.20),
    Seniority.DEPUTY_HEAD: (0.05, 0.06),
    Seniority.DEPARTMENT_HEAD: (0.09, 0.13),
    Seniority.DIVISION_HEAD: (0.02, 0.04),
    Seniority.EXECUTIVE_OFFICER: (0.02, 0.04),
    Seniority.BOARD_DIRECTOR: (0.02, 0.03),
    Seniority.C_LEVEL: (0.01, 0.02),
    Seniority.REPRESENTATIVE: (0.02, 0.04),
}
