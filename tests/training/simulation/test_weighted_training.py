"""Training on outcomes as recorded is biased for leads nobody hands over; weighting mends it.

Sales make an opportunity several times as likely here, and the rulebook chose whom they work. The
simulator knows what each lead would have become, had it been handed over.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from features.catalogue import Catalogue
from features.definition.outcome import Learning
from features.moments import Moments
from features.snapshot import take_snapshot
from training.dataset.dataset import Dataset
from training.dataset.snapshot_grid import grid_moments
from training.metrics.logistic import fit_intercept_shift
from training.metrics.metrics import Rows, row_losses
from training.metrics.with_intervals import measure
from training.model.fit import fit
from training.model.trained import Trained
from training.results.scored import ScoredSnapshots
from training.simulation.behaviour.futures import true_probabilities
from training.simulation.company import SimulatedCompany
from training.simulation.truth import first_working_days, lots_drawn_among
from training.train.train import training_rows_of

pytestmark = pytest.mark.long

SURELY = 1.96
FUTURES = 20


@dataclass(frozen=True)
class Lesson:
    """Tables by one definition, and what was learned of them before the test window."""

    dataset: Dataset
    learned: Trained

    def told(self, moments: Moments) -> np.ndarray:
        """Probabilities of any moments."""
        fit, dataset = self.learned.model, self.dataset
        catalogue = Catalogue.from_dict(fit.catalogue, dataset.definition)
        return fit.probability(take_snapshot(dataset.history, catalogue, moments).matrix)


@dataclass(frozen=True)
class Decisions:
    """Moments of the test at which somebody decided, and what the leads were worth."""

    moments: Moments
    truth: np.ndarray


@pytest.fixture(scope="module")
def as_recorded(worked: Dataset) -> Lesson:
    return _lesson(worked)


@pytest.fixture(scope="module")
def weighted(worked: Dataset) -> Lesson:
    learning = Learning(weight_by_propensity=True)
    definition = worked.definition.model_copy(update={"learning": learning})
    moments = grid_moments(worked.tables, worked.history, definition, until=worked.data_cutoff)
    return _lesson(replace(worked, definition=definition, moments=moments))


@pytest.fixture(scope="module")
def below(worked_company: SimulatedCompany, weighted: Lesson) -> Decisions:
    """Everybody below the rulebook's cut-off on the test's first working days, drawn or not."""
    dataset = weighted.dataset
    last = dataset.moments.as_of[dataset.split.test.rows].max()
    pairs = [
        (lead, day)
        for day in first_working_days(worked_company).tolist()
        if dataset.split.test_from <= day <= last
        for lead in lots_drawn_among(worked_company, day).tolist()
    ]
    number = {name: position for position, name in enumerate(dataset.history.lead_ids)}
    lead = np.array([number[worked_company.lead_ids[lead]] for lead, _ in pairs])
    moments = Moments.of(lead, np.array([day for _, day in pairs]))
    return _decisions(worked_company, dataset, moments)


@pytest.fixture(scope="module")
def above(worked_company: SimulatedCompany, weighted: Lesson) -> Decisions:
    """The rulebook's hand-overs of the test."""
    dataset = weighted.dataset
    test = dataset.split.test
    assert test.weight is not None
    return _decisions(worked_company, dataset, dataset.at(test.rows[test.weight == 1]))


def test_outcomes_as_recorded_make_leads_below_the_cut_off_look_worthless(
    as_recorded: Lesson, below: Decisions
) -> None:
    assert as_recorded.told(below.moments).mean() < 0.8 * below.truth.mean()


def test_weighting_by_the_propensity_removes_the_bias_within_its_error(
    as_recorded: Lesson, weighted: Lesson, below: Decisions
) -> None:
    error = _error_of_the_level(weighted)
    recorded, mended = (
        fit_intercept_shift(_log_odds(lesson.told(below.moments)), below.truth)
        for lesson in (as_recorded, weighted)
    )

    assert recorded > SURELY * error
    assert abs(mended) < SURELY * error


def test_the_weighted_test_measures_the_log_loss_of_all_decisions(
    weighted: Lesson, below: Decisions, above: Decisions
) -> None:
    scored = _scored(weighted)
    losses = [
        _expected_losses(weighted.told(decisions.moments), decisions.truth)
        for decisions in (below, above)
    ]
    truth = np.concatenate(losses).mean()

    found = measure(scored, base_rate=0.1).log_loss
    unweighted = measure(replace(scored, weight=None), base_rate=0.1).log_loss

    assert found.low is not None
    assert found.high is not None
    assert unweighted.low is not None
    assert found.low < truth < found.high
    assert truth < unweighted.low


def test_leads_that_nobody_handed_over_are_counted_and_not_learned_from(weighted: Lesson) -> None:
    dataset = weighted.dataset
    counts = dataset.handed_over
    handed_over = set(dataset.tables.hand_over.column("lead_id").to_pylist())
    learned_from = dataset.history.lead_ids[dataset.moments.lead[dataset.matured.rows]]

    assert counts is not None
    assert set(learned_from) <= handed_over
    assert counts.n_leads_never == len(
        set(dataset.history.lead_ids[dataset.moments.lead]) - handed_over
    )
    assert counts.largest_weight == pytest.approx(5)
    assert 0.5 * counts.n_matured < counts.effective < counts.n_matured


def _lesson(dataset: Dataset) -> Lesson:
    split = dataset.split
    training_rows = training_rows_of(dataset, split.train, known_before=split.test_from)
    return Lesson(dataset=dataset, learned=fit(training_rows))


def _decisions(company: SimulatedCompany, dataset: Dataset, moments: Moments) -> Decisions:
    number = {name: position for position, name in enumerate(company.lead_ids)}
    lead = np.array([number[name] for name in dataset.history.lead_ids[moments.lead]])
    truth = true_probabilities(company, lead, moments.as_of, futures=FUTURES, handed_over=True)
    still_open = np.isfinite(truth)
    return Decisions(moments=moments.take(still_open), truth=truth[still_open])


def _log_odds(probability: np.ndarray) -> np.ndarray:
    nobody = np.zeros(len(probability), dtype=np.bool_)
    return Rows(probability=probability, converted=nobody, base_rate=0.5).log_odds


def _error_of_the_level(lesson: Lesson) -> float:
    """Standard error of the level below the cut-off, where only the drawn tell of it."""
    part = lesson.dataset.split.train
    assert part.weight is not None
    drawn = part.weight > 1
    told = lesson.learned.held_out[drawn]
    return float(np.sqrt(((part.converted[drawn] - told) ** 2).sum()) / (told * (1 - told)).sum())


def _scored(lesson: Lesson) -> ScoredSnapshots:
    """The test's hand-overs by what was learned before them."""
    dataset = lesson.dataset
    test = dataset.split.test
    moments = dataset.at(test.rows)
    return ScoredSnapshots(
        probability=lesson.told(moments),
        converted=test.converted,
        matured=np.ones(len(test), dtype=np.bool_),
        lead=moments.lead,
        group=dataset.groups_at(test.rows),
        as_of=moments.as_of,
        weight=test.weight,
    )


def _expected_losses(told: np.ndarray, truth: np.ndarray) -> np.ndarray:
    everybody = np.ones(len(told), dtype=np.bool_)
    return truth * row_losses(told, everybody) + (1 - truth) * row_losses(told, ~everybody)
