"""The test of a fit on later snapshots: its metrics, its rulebook, the champion beside it."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from features.core.qualification import Qualification
from features.core.text import Text
from features.snapshot_rows import SnapshotRows, computed, read_in_blocks
from training.comparison.policies import Policies
from training.comparison.policy_trial import PolicyTrial, tested_with, try_policies
from training.comparison.replay import ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.selection_uncertainty import inflate_metrics, interval_inflation_of
from training.evaluation.baselines import compare_baselines, fit_logistic
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.calibration_error import calibration_report
from training.metrics.metrics import row_losses
from training.metrics.sample_weights import as_effective, mean
from training.metrics.with_intervals import measure
from training.model.fit import LearningMatrix
from training.model.release import Release, load_release
from training.model.trained import Trained
from training.model.trained_model import TrainedModel
from training.results.calibration_records import CalibrationReport
from training.results.comparison_records import Comparison
from training.results.records import (
    BaselineResult,
    ChampionComparison,
    Measured,
    Metrics,
    ReleaseCutOffs,
)
from training.results.scored import ScoredSnapshots
from training.train.kept_findings import NOTHING_KEPT, KeptFindings
from training.train.train import look_back

CHAMPION_REPEATS = 1000
"""Losses differ from row to row, so each repetition costs; ends wobble by a seventh of a width."""


@dataclass(frozen=True, kw_only=True)
class HoldoutResult:
    """The tested fit on the test snapshots, and replayed day by day beside the rulebook.

    Attributes
    ----------
    scored, snapshot, qualification, cohort
        The snapshots of the definition's grid, on which the fit is measured.
    replay : PolicyTrial
        Who would have been handed over, by model and rulebook.
    """

    scored: ScoredSnapshots
    snapshot: SnapshotRows
    qualification: npt.NDArray[np.int8]
    cohort: ReplayCohort
    metrics: Metrics
    replay: PolicyTrial
    cut_offs: ReleaseCutOffs
    base_rate: float

    @property
    def comparison(self) -> Comparison:
        """Model against rulebook."""
        return self.replay.comparison

    def calibration(self, *, seed: int) -> CalibrationReport | None:
        """The calibration report, whose slope and shift are those of the metrics."""
        found = calibration_report(self.scored, curve=True, seed=seed)
        if found is None:
            return None
        return replace(
            found,
            slope=self.metrics.calibration_slope,
            intercept=self.metrics.calibration_intercept,
        )


@dataclass(frozen=True, kw_only=True)
class AgainstChampion:
    """The comparison with the champion, or why there is none.

    Attributes
    ----------
    must : bool
        Whether there is a champion of the same question, so that no comparison is a gap.
    """

    found: ChampionComparison | None = None
    why_alone: Text | None = None
    must: bool = False


def evaluate_holdout(
    tested: TrainedModel,
    dataset: Dataset,
    *,
    cut_offs: ReleaseCutOffs,
    base_rate: float,
    kept: KeptFindings = NOTHING_KEPT,
) -> HoldoutResult:
    """Score the test snapshots by the tested fit, and replay it beside the rulebook.

    Parameters
    ----------
    tested : TrainedModel
        Fitted on nothing later than the start of the test window.
    dataset : Dataset
    cut_offs : ReleaseCutOffs
        Set on nothing later than the start of the test window.
    base_rate : float
        Share of the snapshots learned from that converted, 0 to 1.
    kept : KeptFindings
        Where the same test may have been finished before.
    """
    test = dataset.split.test
    snapshot = look_back(tested, dataset, test.rows)
    probability = computed(snapshot, lambda some: tested.probability(some.matrix))
    scored = ScoredSnapshots(
        probability=probability,
        converted=test.converted,
        matured=np.ones(len(test), dtype=np.bool_),
        lead=snapshot.moments.lead,
        group=dataset.groups_at(test.rows),
        as_of=snapshot.moments.as_of,
        weight=test.weight,
    )
    metrics = kept.record(
        Metrics,
        lambda: measure(scored, base_rate=base_rate, seed=dataset.seed),
        follows_from=(scored, base_rate, dataset.seed),
    )
    policies = Policies(dataset.history, dataset.definition, tested, cut_offs)
    replay = kept.files(
        lambda: try_policies(tested, dataset, cut_offs=cut_offs, base_rate=base_rate),
        to_files=PolicyTrial.to_files,
        from_files=partial(PolicyTrial.from_files, policies=policies, base_rate=base_rate),
        follows_from=(dataset.content, tested.to_files(), cut_offs),
    )
    return HoldoutResult(
        scored=scored,
        snapshot=snapshot,
        qualification=cut_offs.qualify(probability),
        cohort=ReplayCohort(
            lead=snapshot.moments.lead.astype(np.int64),
            as_of=scored.as_of,
            converted=scored.converted,
            group=scored.group,
        ),
        metrics=inflate_metrics(metrics, interval_inflation_of(tested, dataset)),
        replay=replay,
        cut_offs=cut_offs,
        base_rate=base_rate,
    )


def evaluate_baselines(
    trial: HoldoutResult,
    dataset: Dataset,
    tested: Trained,
    *,
    kept: KeptFindings = NOTHING_KEPT,
) -> tuple[BaselineResult, ...]:
    """Evaluate on the trial's test rows what else could be learned from the same rows.

    Logistic regression and base rate, and the same boosters with Platt's calibrator where another
    was chosen.

    Parameters
    ----------
    trial : HoldoutResult
    dataset : Dataset
    tested : Trained
        Whose test it was.
    kept : KeptFindings
        Where they may have been evaluated before.
    """
    return kept.record(
        tuple[BaselineResult, ...],
        lambda: _compared(trial, dataset, tested),
        follows_from=(dataset.content, tested.to_files(), trial.base_rate),
    )


def _compared(
    trial: HoldoutResult, dataset: Dataset, tested: Trained
) -> tuple[BaselineResult, ...]:
    train = dataset.split.train
    catalogue = trial.snapshot.catalogue
    learned_from = read_in_blocks(dataset.history, catalogue, dataset.at(train.rows))
    logistic = fit_logistic(
        LearningMatrix(learned_from),
        train.converted,
        categorical=catalogue.categorical,
        weight=None if train.weight is None else as_effective(train.weight),
    )
    platt = tested.summary.platt
    if platt is not None:
        margin = computed(trial.snapshot, lambda some: tested.model.margin(some.matrix))
    return compare_baselines(
        trial.scored,
        logistic=computed(trial.snapshot, lambda some: logistic.probability(some.matrix)),
        base_rate=trial.base_rate,
        platt=None if platt is None else platt.predict(margin),
        seed=dataset.seed,
    )


def try_again(release: Release, dataset: Dataset) -> HoldoutResult:
    """The test of a release once more, from the tables it was made from; nothing is learned.

    Raises
    ------
    LeadDataError
        If the release was made before its tested cut-offs were kept, or by another model part.
    """
    cut_offs, base_rate = tested_with(release)
    return evaluate_holdout(release.tested, dataset, cut_offs=cut_offs, base_rate=base_rate)


def try_champion(folder: Path | None, trial: HoldoutResult, dataset: Dataset) -> AgainstChampion:
    """Evaluate the champion's tested fit on test snapshots that neither tested fit has seen.

    Parameters
    ----------
    folder : path or None
        The champion's; None while there is none.
    trial : HoldoutResult
        Of the challenger's tested fit.
    dataset : Dataset
    """
    if folder is None:
        return AgainstChampion()
    try:
        champion = load_release(folder)
    except LeadDataError:
        return AgainstChampion(why_alone=_DAMAGED, must=True)
    # The later of two test windows: before it, one of the two may have learned from the row.
    unseen = trial.scored.as_of >= champion.card.tested_from
    why_alone = _why_alone(champion, dataset, unseen)
    if why_alone is not None:
        return AgainstChampion(why_alone=why_alone, must=why_alone is _NOTHING_UNSEEN)
    fit, snapshot = champion.tested, trial.snapshot
    catalogue = Catalogue.from_dict(fit.catalogue, dataset.definition)
    if catalogue.fingerprint != snapshot.catalogue.fingerprint:
        snapshot = read_in_blocks(dataset.history, catalogue, snapshot.moments)
    probability = computed(snapshot, lambda some: fit.probability(some.matrix))
    return AgainstChampion(
        found=compare_with(champion, trial, probability=probability, unseen=unseen)
    )


def _why_alone(champion: Release, dataset: Dataset, unseen: npt.NDArray[np.bool_]) -> Text | None:
    """Why the two cannot be compared, or None."""
    if not dataset.definition.dated:
        return _NO_DATES
    if champion.card.model_fingerprint != dataset.definition.fingerprint.model:
        return _OTHER_MODEL_PART
    try:
        # Behaviours in another order leave the fingerprint as it is, but not the columns.
        Catalogue.from_dict(champion.tested.catalogue, dataset.definition)
    except LeadDataError:
        return _OTHER_MODEL_PART
    return None if unseen.any() else _NOTHING_UNSEEN


def compare_with(
    champion: Release,
    trial: HoldoutResult,
    *,
    probability: FloatArray,
    unseen: npt.NDArray[np.bool_],
) -> ChampionComparison:
    """Compare challenger and champion on the test rows that neither has seen.

    Parameters
    ----------
    champion : Release
    trial : HoldoutResult
        Of the challenger's tested fit.
    probability : ndarray of shape (n,)
        The champion's, of every row of the trial.
    unseen : ndarray of shape (n,)
        Mask over the rows of the trial: those that neither was fitted on.
    """
    rows = trial.scored.take(unseen)
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    theirs = row_losses(probability[unseen], rows.converted)
    ours = row_losses(rows.probability, rows.converted)
    columns = np.column_stack([weight, (ours - theirs) * weight])
    sums = sums_by_group(rows.group, columns)
    difference = measured(
        lambda s: s[:, 1] / s[:, 0],
        sums.sum(axis=0),
        resampled_sums(sums, seed=0, repeats=CHAMPION_REPEATS),
    )
    months = trial.comparison.months or 1.0
    by_champion = champion.qualify(probability) >= Qualification.MQL
    by_challenger = trial.qualification >= Qualification.MQL
    return ChampionComparison(
        champion_id=champion.release_id,
        n_snapshots=len(ours),
        n_converted=int(rows.converted.sum()),
        champion_log_loss=mean(theirs, rows.weight),
        challenger_log_loss=mean(ours, rows.weight),
        difference=difference or Measured(value=0.0),
        per_month_champion=float((trial.cohort.first_crossing(by_champion) >= 0).sum()) / months,
        per_month_challenger=float((trial.cohort.first_crossing(by_challenger) >= 0).sum())
        / months,
    )


_DAMAGED = Text(
    ja="チャンピオンのフォルダーが読めないため、比較できません。",
    en="The champion's folder cannot be read, so the two were not compared.",
)
_OTHER_MODEL_PART = Text(
    ja="定義のモデル部分が変わったため、チャンピオンとは比較できません。",
    en="The model part of the definition changed, so the champion answers another question.",
)
_NO_DATES = Text(
    ja="日付がないため、チャンピオンが何を見たかわからず、比較できません。",
    en="Without dates nobody knows what the champion had seen, so the two were not compared.",
)
_NOTHING_UNSEEN = Text(
    ja="どちらも未見の行がないため、チャンピオンとは比較できません。",
    en="There is no row that neither had seen, so the champion was not compared.",
)
