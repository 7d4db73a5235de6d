"""Outcomes depend on who was handed over: naive comparison is biased, propensities remove it."""

from dataclasses import dataclass

import numpy as np
import pytest

from training.company import codes
from training.company.company import Company
from training.company.futures import MOMENT, replay, true_probabilities
from training.company.rates import FIRST_WORKING_DAY
from training.company.settings import CompanySettings
from training.company.simulation import simulate
from training.company.state import JST, STATE
from training.company.truth import open_leads, opportunities_made_at

DAY = 86_400
HORIZON = 60 * DAY
SHARE = 0.2


@dataclass(frozen=True)
class Picks:
    """Leads below the rulebook's cut-off that a rival policy would hand over, at month starts."""

    converted: np.ndarray
    explored: np.ndarray
    if_handed_over: np.ndarray


@pytest.fixture(scope="module")
def worked_company() -> Company:
    return simulate(
        CompanySettings(leads=7000, months=12, seed=5, exploration_share=SHARE, sales_effect=5.0)
    )


@pytest.fixture(scope="module")
def picks(worked_company: Company) -> Picks:
    """The rival hands over whoever looked at a few pages; the rulebook passed all of these by."""
    company = worked_company
    made_at = opportunities_made_at(company)
    found = []
    for midnight in _first_working_days(company)[2:-2]:
        lead = open_leads(company, midnight)
        states = [_state(company, position, midnight) for position in lead.tolist()]
        might_be_explored = np.array([s["rate"][codes.EXPLORING] > 0 for s in states])
        visits = np.array([s["count"][codes.PAGE_VISIT, codes.D30] for s in states])
        lead = lead[might_be_explored & (visits >= 3)]
        explored = np.isin(lead, _explored_on(company, midnight))
        as_of = np.full(len(lead), midnight)
        worth = true_probabilities(company, lead, as_of, futures=30, handed_over=True)
        found.append((made_at[lead] < midnight + HORIZON, explored, worth))
    return Picks(*(np.concatenate(column) for column in zip(*found, strict=True)))


def test_being_handed_over_raises_the_true_probability(worked_company: Company) -> None:
    company = worked_company
    as_of = _first_working_days(company)[6]
    lead = open_leads(company, as_of)
    states = [_state(company, position, as_of) for position in lead.tolist()]
    lead = lead[[state["phase"] == codes.FREE for state in states]][:200]

    alone = true_probabilities(company, lead, np.full(len(lead), as_of), futures=50)
    worked = true_probabilities(
        company, lead, np.full(len(lead), as_of), futures=50, handed_over=True
    )

    assert (worked > alone).mean() > 0.95


def test_outcomes_as_recorded_understate_what_a_rival_policy_would_have_caught(
    picks: Picks,
) -> None:
    naive = picks.converted.mean()
    noise = np.sqrt(naive * (1 - naive) / len(picks.converted))

    assert naive < picks.if_handed_over.mean() - 3 * noise


def test_weighting_by_the_propensity_removes_the_bias(picks: Picks) -> None:
    # Of the rival's choice only the explored were handed over, each with the same propensity.
    weight = picks.explored / SHARE
    estimate = (weight * picks.converted).sum() / weight.sum()
    noise = np.sqrt(estimate * (1 - estimate) / picks.explored.sum())

    assert picks.explored.sum() > 200
    assert abs(picks.explored.mean() - SHARE) < 0.02
    assert abs(estimate - picks.if_handed_over.mean()) < 2.6 * noise


def _first_working_days(company: Company) -> np.ndarray:
    days = np.flatnonzero(company.calendar == FIRST_WORKING_DAY) * DAY - JST
    created = company.leads["created_at"][0]
    return days[(days > created) & (days < company.data_cutoff)]


def _explored_on(company: Company, midnight: int) -> np.ndarray:
    """Leads handed over by chance on a day."""
    journal = company.journal
    rows = (journal["kind"] == codes.HAND_OVER) & (journal["code"] == codes.BY_EXPLORATION)
    rows &= (journal["at"] >= midnight) & (journal["at"] < midnight + DAY)
    return company.lead_of_row[rows]


def _state(company: Company, lead: int, as_of: int) -> np.void:
    moment = np.zeros(1, dtype=MOMENT)[0]
    moment["as_of"], moment["created_at"] = as_of, company.leads["created_at"][lead]
    moment["first_row"], moment["end_row"] = company.row_start[lead], company.leads["row_end"][lead]
    state = np.zeros(1, dtype=STATE)[0]
    replay(state, company.hazards, company.calendar, company.journal, moment)
    return state
