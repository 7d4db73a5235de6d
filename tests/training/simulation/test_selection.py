"""Outcomes depend on who was handed over: naive comparison is biased, propensities remove it.

The rulebook made the data: whoever it hands over is worked by sales, which makes an opportunity
several times as likely here. A rival that would hand over other leads looks worse than it is, since
nobody worked those. The simulator knows what would have become of them.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import local_days
from features.definition.rulebook import Rulebook
from features.families.category_levels import fit_levels
from features.moments import Moments
from features.rulebook import judge
from features.snapshot import take_snapshot
from training.comparison.daily_replay import Replayed, replay_test
from training.comparison.policy_sums import FirstCrossings
from training.comparison.propensity_weighting import RandomisedHandOvers, weighted_pair
from training.dataset.dataset import Dataset
from training.results.comparison_records import WeightedPair
from training.simulation.behaviour import codes
from training.simulation.behaviour.futures import state_at, true_probabilities
from training.simulation.company import SimulatedCompany
from training.simulation.truth import first_working_days, open_leads

RIVAL = Rulebook.model_validate(
    {
        "rules": [
            {
                "name": "looked_around",
                "label": {"ja": "よく見ている", "en": "Looked around"},
                "when": {"behaviour": "page_visit", "at_least": 3, "within_days": 30},
                "points": 10,
            }
        ],
        "mql": {"points": 10},
    }
)
"""Hands over whoever looked at a few pages, which today's rulebook gives no points for."""


@dataclass(frozen=True)
class Rivalry:
    """Both rulebooks replayed, what the weighting says of them, and what would have become."""

    replayed: Replayed
    crossings: FirstCrossings
    randomised: RandomisedHandOvers
    found: WeightedPair
    truth: float


@pytest.fixture(scope="module")
def dataset(worked: Dataset) -> Dataset:
    """The company's tables; seven months of test."""
    definition = worked.definition
    longer = definition.model_copy(
        update={"test": definition.test.model_copy(update={"months": 7})}
    )
    return replace(worked, definition=longer)


@pytest.fixture(scope="module")
def rivalry(worked_company: SimulatedCompany, dataset: Dataset) -> Rivalry:
    replayed = replay_test(dataset, _both_rulebooks(dataset))
    cohort = replayed.cohort
    rival, today = (cohort.first_crossing(column >= 1) for column in replayed.values.T)
    crossings = FirstCrossings(model=rival, rulebook=today)
    randomised = RandomisedHandOvers.of(dataset)
    assert randomised is not None
    true_rates = [
        _true_rate(worked_company, dataset, replayed, crossing=crossing, randomised=randomised)
        for crossing in (rival, today)
    ]
    return Rivalry(
        replayed=replayed,
        crossings=crossings,
        randomised=randomised,
        found=weighted_pair(cohort, crossings, randomised),
        truth=true_rates[0] - true_rates[1],
    )


def test_being_handed_over_raises_the_true_probability(worked_company: SimulatedCompany) -> None:
    company = worked_company
    as_of = first_working_days(company)[6]
    lead = open_leads(company, as_of)
    states = [state_at(company, position, as_of) for position in lead.tolist()]
    lead = lead[[state["phase"] == codes.FREE for state in states]][:200]

    alone = true_probabilities(company, lead, np.full(len(lead), as_of), futures=50)
    worked = true_probabilities(
        company, lead, np.full(len(lead), as_of), futures=50, handed_over=True
    )

    assert (worked > alone).mean() > 0.95


def test_outcomes_as_recorded_favour_the_policy_that_made_them(rivalry: Rivalry) -> None:
    recorded = rivalry.found.recorded_difference

    assert recorded is not None
    assert recorded.high is not None
    assert recorded.high < rivalry.truth


def test_weighting_by_the_propensity_removes_the_bias(rivalry: Rivalry) -> None:
    weighted = rivalry.found.difference

    assert rivalry.found.model.n_explored > 100
    assert weighted is not None
    assert weighted.low is not None
    assert weighted.high is not None
    assert weighted.low < rivalry.truth < weighted.high


def test_of_leads_left_to_chance_about_the_agreed_share_is_drawn(
    worked_company: SimulatedCompany, rivalry: Rivalry
) -> None:
    rate = rivalry.found.model
    n_free = rate.n_leads - rate.n_worked
    share = worked_company.settings.exploration_share

    assert abs(rate.n_explored / n_free - share) < 3 * np.sqrt(share * (1 - share) / n_free)


def test_too_few_drawn_leads_stand_for_nobody(rivalry: Rivalry) -> None:
    randomised = rivalry.randomised
    few = replace(
        randomised,
        by_chance=randomised.by_chance[:30],
        propensity=randomised.propensity[:30],
        drawn_for=randomised.drawn_for[:30],
    )

    found = weighted_pair(rivalry.replayed.cohort, rivalry.crossings, few)

    assert found.model.rate is None
    assert found.difference is None
    assert found.recorded_difference is not None


def _both_rulebooks(dataset: Dataset):
    definition, history = dataset.definition, dataset.history
    levels = fit_levels(history, definition, dataset.split.test_from)
    catalogue = build_catalogue(definition, levels)

    def qualify(moments: Moments) -> np.ndarray:
        snapshot = take_snapshot(history, catalogue, moments)
        books = (RIVAL, definition.rulebook)
        return np.column_stack([1.0 * judge(snapshot, book).qualification for book in books])

    return qualify


def _true_rate(
    company: SimulatedCompany,
    dataset: Dataset,
    replayed: Replayed,
    *,
    crossing: np.ndarray,
    randomised: RandomisedHandOvers,
) -> float:
    """Rate of opportunities, had every lead left to chance been handed over that day."""
    cohort = replayed.cohort
    rows = crossing[cohort.handed_over(crossing)]
    lead, as_of = cohort.lead[rows], cohort.as_of[rows]
    drawn = randomised.draw(lead, as_of)
    lead, as_of, settled = lead[drawn.counts], as_of[drawn.counts], drawn.settled[drawn.counts]
    days = local_days(as_of, dataset.definition.zone)
    draw_at = randomised.starts[np.searchsorted(randomised.days, days)]
    position = {name: number for number, name in enumerate(company.lead_ids)}
    free = ~settled
    simulated = np.array([position[name] for name in dataset.history.lead_ids[lead[free]]])
    worth = true_probabilities(company, simulated, draw_at[free], futures=30, handed_over=True)
    came = drawn.converted[drawn.counts][settled]
    return float((np.nansum(worth) + came.sum()) / len(lead))
