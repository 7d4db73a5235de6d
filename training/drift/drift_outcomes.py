"""Outcomes that moved: observed against predicted among the matured, and those that come early.

A cohort that has not matured yet still says two things. Outcomes of the first two weeks, held
against the predicted probabilities, show a changed rate months before the horizon ends. And the
calibrated probabilities themselves say how well the fit will do on the cohort, should they hold:
the expected log loss of a probability p is its entropy (confidence-based estimation).
"""

import numpy as np
from scipy.special import ndtr

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY
from features.core.text import Text
from features.snapshot_rows import computed, read_in_blocks
from training.dataset.dataset import Dataset
from training.dataset.selection_weights import observe_handed_over
from training.drift.suspicion import TestedFinding
from training.metrics.bootstrap import sums_by_group
from training.model.trained_model import TrainedModel
from training.results.records import DriftFinding, ExpectedPerformance

EARLY_DAYS = 14
NEWEST_DAYS = 30
RATE_RATIO = 1.25
"""Factor between predicted and observed below which nobody would act differently."""

FEWEST_CONVERTED = 20
RATE_CONSEQUENCE = 5.0
"""Below a broken tag, above any input: the outcome is what everything is about."""


def tested_outcomes(
    dataset: Dataset, fit: TrainedModel, catalogue: Catalogue, *, unseen_from: int
) -> list[TestedFinding]:
    """Test whether rates moved, on snapshots the fit did not learn from.

    Parameters
    ----------
    dataset : Dataset
    fit : TrainedModel
    catalogue : Catalogue
        Of the fit.
    unseen_from : int
        Seconds since 1970 UTC; snapshots from then on were not learned from.
    """
    rows = np.flatnonzero(dataset.moments.as_of >= unseen_from)
    if not len(rows):
        return []
    moments = dataset.at(rows)
    snapshot = read_in_blocks(dataset.history, catalogue, moments)
    probability = computed(snapshot, lambda some: fit.probability(some.matrix))
    group = dataset.groups_at(rows)
    tested_findings = []
    matured = dataset.outcomes.matured[rows]
    newest = matured & _newest_part(moments.as_of, matured)
    if newest.any():
        tested_findings += predicted_and_observed(
            probability[newest], dataset.outcomes.converted[rows][newest], group[newest]
        )
    tested_findings += _early_outcomes(dataset, rows, probability)
    return tested_findings


def expect_of_young(dataset: Dataset, fit: TrainedModel) -> ExpectedPerformance | None:
    """What a fit is expected to do on the snapshots that have not matured; None of none."""
    rows = np.flatnonzero(dataset.outcomes.young)
    if not dataset.definition.dated or not len(rows):
        return None
    catalogue = Catalogue.from_dict(fit.catalogue, dataset.definition)
    snapshot = read_in_blocks(dataset.history, catalogue, dataset.at(rows))
    return expected_performance(computed(snapshot, lambda some: fit.probability(some.matrix)))


def expected_performance(probability: FloatArray) -> ExpectedPerformance | None:
    """How well calibrated probabilities will do on a cohort that has not matured.

    Parameters
    ----------
    probability : ndarray of shape (n,)

    References
    ----------
    Guillory et al. (2021), Predicting with confidence on unseen distributions.
    """
    if not len(probability):
        return None
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    entropy = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    return ExpectedPerformance(
        n_snapshots=len(p),
        conversion_rate=float(p.mean()),
        log_loss=float(entropy.mean()),
        auc=_expected_auc(p),
    )


def _expected_auc(probability: FloatArray) -> float | None:
    """Chance that of two leads with other outcomes the more probable one converts."""
    ascending = np.sort(probability)
    wins, losses = ascending.sum(), (1 - ascending).sum()
    pairs = wins * losses - float((ascending * (1 - ascending)).sum())
    if pairs <= 0:
        return None
    lost_below = np.cumsum(1 - ascending) - (1 - ascending)
    return float(np.clip((ascending * lost_below).sum() / pairs, 0.0, 1.0))


def _newest_part(as_of: IntArray, matured: BoolArray) -> BoolArray:
    last = int(as_of[matured].max(initial=0))
    return as_of > last - NEWEST_DAYS * DAY


def predicted_and_observed(
    probability: FloatArray, converted: BoolArray, group: IntArray
) -> list[TestedFinding]:
    """Test whether as many snapshots converted as were predicted; nothing of too few.

    Parameters
    ----------
    probability : ndarray of shape (n,)
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    group : ndarray of shape (n,)
        Account or lead: what shares its outcome.
    """
    promised, came = float(probability.sum()), float(converted.sum())
    if min(promised, came) == 0 or max(promised, came) < FEWEST_CONVERTED:
        return []
    off = sums_by_group(group, (converted - probability)[:, None])[:, 0]
    chance = 2 * ndtr(-abs(off.sum()) / max(float(np.sqrt((off**2).sum())), 1e-12))
    ratio = came / promised
    finding = DriftFinding(
        name="conversion_rate",
        kind="calibration",
        statistic=max(ratio, 1 / ratio),
        threshold=RATE_RATIO,
        consequence=RATE_CONSEQUENCE + abs(float(np.log(ratio))),
        sentence=Text(
            ja=f"直近の成熟した月の{len(converted):,}件では{promised:,.0f}件の見込みに対し"
            f"{came:,.0f}件が成果に至りました。",
            en=f"Of {len(converted):,} snapshots of the newest matured month {promised:,.0f} were "
            f"predicted to convert and {came:,.0f} did.",
        ),
    )
    return [TestedFinding(finding=finding, chance=float(chance))]


def _early_outcomes(
    dataset: Dataset, rows: IntArray, probability: FloatArray
) -> list[TestedFinding]:
    """Outcomes of the first two weeks per predicted outcome, newest month against those before."""
    definition, moments = dataset.definition, dataset.at(rows)
    horizon = definition.outcome.horizon_days
    if horizon is None or horizon <= EARLY_DAYS:
        return []
    early = definition.model_copy(
        update={"outcome": definition.outcome.model_copy(update={"horizon_days": EARLY_DAYS})}
    )
    seen = observe_handed_over(
        dataset.tables,
        dataset.history,
        moments,
        definition=early,
        data_cutoff=dataset.data_cutoff,
    )
    newest = seen.matured & _newest_part(moments.as_of, seen.matured)
    before = seen.matured & ~newest
    n_new, n_before = (int(seen.converted[part].sum()) for part in (newest, before))
    p_new, p_before = (float(probability[part].sum()) for part in (newest, before))
    if min(p_new, p_before) == 0 or n_before < FEWEST_CONVERTED or not newest.any():
        return []
    usual = n_before / p_before
    group = dataset.groups_at(rows)
    off = np.where(newest, seen.converted - usual * probability, 0.0)
    off -= np.where(before, (seen.converted - usual * probability) * p_new / p_before, 0.0)
    spread = np.sqrt((sums_by_group(group, off[:, None]) ** 2).sum())
    chance = 2 * ndtr(-abs(n_new - usual * p_new) / max(float(spread), 1e-12))
    ratio = max(n_new, 0.5) / (usual * p_new)
    finding = DriftFinding(
        name="conversion_rate",
        kind="early_outcomes",
        statistic=max(ratio, 1 / ratio),
        threshold=RATE_RATIO,
        consequence=RATE_CONSEQUENCE + abs(float(np.log(ratio))),
        sentence=Text(
            ja=f"直近の月では最初の{EARLY_DAYS}日の成果が{usual * p_new:,.0f}件の見込みに対し"
            f"{n_new:,}件でした。",
            en=f"In the newest month {n_new:,} outcomes came within {EARLY_DAYS} days, where "
            f"{usual * p_new:,.0f} were to be expected.",
        ),
    )
    return [TestedFinding(finding=finding, chance=float(chance))]
