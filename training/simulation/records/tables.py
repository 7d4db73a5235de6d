"""The hazards and the shipped rulebook as the arrays that the compiled walk takes."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from features.core.errors import DefinitionError
from features.core.parsing.job_title import Seniority
from features.definition.yaml.read import TEMPLATE, read_definition
from training.simulation.behaviour import codes
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.rates import FIRST_WORKING_DAY, WEEKEND_DAY, WORKING_DAY
from training.simulation.behaviour.state import HAZARDS, Floats, Ints, Record
from training.simulation.records.titles import TITLES
from training.simulation.settings import CompanySettings

NEVER: Final = 10**9
"""A local day that does not come."""


def build_hazards(settings: CompanySettings) -> Record:
    """Record of a company's hazards, its drift included."""
    hazards = np.zeros(1, dtype=HAZARDS)[0]
    _fill_linear(hazards, settings.sales_effect)
    _fill_categories(hazards)
    _fill_values(hazards)
    hazards["log1p"] = np.log1p(np.arange(256))
    hazards["handing_over"] = (0.0, *h.HANDING_OVER_PER_DAY)
    hazards["points"] = _rulebook_points()
    hazards["next_page"] = h.NEXT_PAGE
    hazards["restated"] = h.RESTATED
    hazards["reopens_after"] = h.REOPENS_AFTER
    hazards["weekend"] = h.WEEKEND
    hazards["explores"] = settings.exploration_share
    drift = settings.drift
    hazards["drift_day"] = local_day_of(settings.month(drift.month)) if drift else NEVER
    hazards["drift_factor"] = drift.hazard_factor if drift else 1.0
    hazards["size_factor"] = drift.size_factor if drift else 1.0
    return hazards


def build_calendar(settings: CompanySettings) -> Ints:
    """Kind of each local day since 1970, to a year beyond the end for the last leads' futures."""
    days = pd.date_range("1970-01-01", pd.Timestamp(settings.end_month) + pd.DateOffset(years=1))
    kinds = np.where(days.day_of_week >= 5, WEEKEND_DAY, WORKING_DAY)
    working = pd.Series(days[kinds == WORKING_DAY])
    firsts = working.groupby([working.dt.year, working.dt.month]).min()
    kinds[days.isin(firsts)] = FIRST_WORKING_DAY
    return kinds.astype(np.int64)


def local_day_of(day: date) -> int:
    """A calendar day as days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def _fill_linear(hazards: Record, sales_effect: float) -> None:
    coefficient = np.zeros((len(h.ROWS), len(h.TERMS)))
    hazards["base"] = -np.inf
    rates = {name: (np.log(rate), terms) for name, (rate, terms) in h.PER_DAY.items()}
    for name, (at_zero, terms) in {**rates, **h.LOG_ODDS, **h.REASONS}.items():
        row = h.ROWS.index(name)
        hazards["base"][row] = at_zero
        for term, value in terms.items():
            coefficient[row, h.TERMS.index(term)] = value
    for term_of_sales in (h.HANDED_OVER, h.IN_WORK):
        coefficient[codes.OPPORTUNITY, term_of_sales] *= sales_effect
    row_of, term_of = np.nonzero(coefficient)
    hazards["first"] = np.searchsorted(row_of, np.arange(len(h.ROWS) + 1))
    hazards["term_of"] = term_of
    hazards["coefficient"] = coefficient[row_of, term_of]


def _fill_categories(hazards: Record) -> None:
    hazards["channel_effect"] = [effect for _, effect, _ in h.CHANNELS.values()]
    hazards["industry_effect"] = [effect for _, effect in h.INDUSTRIES.values()]
    hazards["department_effect"] = [effect for _, effect in h.DEPARTMENTS.values()]
    hazards["title_is_senior"] = [seniority >= h.SENIOR_FROM for _, seniority in TITLES]
    hazards["channel_is_senior"] = [name in h.SENIOR_CHANNELS for name in h.CHANNELS]
    hazards["first_touch"] = _cumulative([touches for _, _, touches in h.CHANNELS.values()])
    hazards["titles"] = _title_shares()
    hazards["industries"] = _cumulative([[share for share, _ in h.INDUSTRIES.values()]])[0]
    hazards["departments"] = _cumulative([[share for share, _ in h.DEPARTMENTS.values()]])[0]
    for form, shares in h.FORMS.items():
        hazards["forms"][form] = shares


def _fill_values(hazards: Record) -> None:
    hazards["timings"] = _cumulative(h.TIMING_SHARES)
    hazards["timing_months"] = h.TIMING_MONTHS
    hazards["budgets"] = _cumulative(h.BUDGET_SHARES)
    hazards["budget_jpy"] = h.BUDGETS
    hazards["decides"] = h.DECIDES_SHARES
    hazards["size_log_mean"] = h.SIZE_LOG_MEAN
    hazards["size_log_sd"] = h.SIZE_LOG_SD


def _rulebook_points() -> Floats:
    rulebook = read_definition(TEMPLATE).rulebook
    names = tuple(rule.name for rule in rulebook.rules)
    if names != h.RULES:
        msg = f"the simulated company knows the rules {', '.join(h.RULES)}; got {', '.join(names)}."
        raise DefinitionError(
            f"{msg} Change training/simulation/behaviour/rates.py with the template."
        )
    thresholds = (rulebook.mql, rulebook.sql)
    # A threshold without points can only be reached by its checklist.
    needed = [t.points if t and t.points else np.inf for t in thresholds]
    return np.array([*(rule.points for rule in rulebook.rules), *needed])


def _title_shares() -> Floats:
    shares = np.zeros((2, len(TITLES)))
    for kind in range(2):
        for level in Seniority:
            of_level = [i for i, (_, seniority) in enumerate(TITLES) if seniority == level]
            # Each further way to write a level is half as common as the one before.
            weights = 0.5 ** np.arange(len(of_level))
            shares[kind, of_level] = h.SENIORITY_SHARES[level][kind] * weights / weights.sum()
    return _cumulative(shares)


def _cumulative(shares: Sequence[Sequence[float]] | Floats) -> Floats:
    table = np.asarray(shares, dtype=np.float64)
    return np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)
