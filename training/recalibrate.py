"""Between retrains: a new release, the champion's boosters at the level of the newest outcomes.

Only where the test of :mod:`training.base_rate.intercept_test` says that the level moved; a level
moved by habit chases noise. What is judged is honest though nothing is held back in time: each
newly matured snapshot gets the level that the *other* leads' outcomes give, and boosters that had
not seen it.

Where an input has left the range that was learned, no level helps: that is refused.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.core.arrays import FloatArray
from features.core.errors import Refusal
from features.core.progress import Progress, Steps, ignore_progress
from features.definition import LeadDefinition
from features.snapshot_rows import SnapshotRows, computed
from features.store import Store
from features.store.releases import past_leads_path, read_champion
from features.store.runs import finish_run, running
from training.base_rate.adjust import shift_cut_offs, shift_fit, shift_scored
from training.base_rate.evidence import BaseRateEvidence
from training.base_rate.intercept_test import (
    FEWEST_CONVERTED,
    check_intercept,
    evidence_since,
    level_of,
    scored_since,
)
from training.comparison.disagreements import find_disagreements
from training.comparison.policy_trial import try_policies
from training.comparison.replay import ReplayCohort
from training.cutoffs.choose import describe_again
from training.cutoffs.daily_looks import crossings_of, with_crossings
from training.dataset.dataset import Dataset, load_dataset, refuse_stopped_outcomes
from training.dataset.past_leads import past_leads_of
from training.dataset.snapshot_grid import known_end
from training.drift.drift import find_drift
from training.drift.drift_outcomes import expect_of_young
from training.evaluation.calibration_at_cutoffs import daily_looks
from training.evaluation.holdout import HoldoutResult, compare_with
from training.leakage.audit import audit_leakage
from training.learners.boosting.folds import deal_folds
from training.metrics.logistic import log_odds_of, probability_of
from training.metrics.sample_weights import mean
from training.metrics.with_intervals import measure
from training.model.cutoff_sample import ReleasePast
from training.model.out_of_range import out_of_range_at
from training.model.release import Release, load_release
from training.model.trained_model import TrainedModel
from training.promotion.gate import (
    Cutoffs,
    Evidence,
    GateRefusal,
    judge_release,
    raise_unless_passed,
)
from training.promotion.publish import Publication, RetrainSettings
from training.reports.model_card_text import moved_card_files
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line
from training.results.records import (
    AuditFinding,
    ChampionComparison,
    GateVerdict,
    InterceptTest,
    Recalibration,
    ReleaseCutOffs,
    to_json,
)
from training.results.scored import ScoredSnapshots
from training.results_store import keep_proposals, keep_retrain, read_proposals
from training.train.train import look_back

N_FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Recalibrated:
    """What the test said of the champion's level, and the new release where it had moved."""

    champion: str
    level: InterceptTest
    report: RetrainReport | None = None


def recalibrate(
    store: Store,
    definition: LeadDefinition,
    *,
    settings: RetrainSettings,
    progress: Progress | None = None,
) -> Recalibrated:
    """Shift the champion to the newest matured outcomes, if a test says its intercept is off.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    settings : RetrainSettings
    progress : callable, optional
        Told the step, how many parts of it are done, and of how many.

    Returns
    -------
    Recalibrated
        Without a report where the level stands, or too little has matured to tell.

    Raises
    ------
    Refusal
        If there is no champion, it answers another question, or an input has left its range.
    LockHeld
        If another run is at work on the store.
    """
    found: Recalibrated | None = None
    run_id = ""
    try:
        with running(store, "recalibrate") as run_id:
            publication = Publication(
                store=store,
                definition=definition,
                settings=settings,
                steps=Steps(told=progress or ignore_progress),
            )
            found = _Recalibration(publication).run()
            if found.report is not None:
                raise_unless_passed(found.report.verdict)
    except GateRefusal:
        if found is None:
            raise
    report = found.report
    state = "done" if report is None or report.verdict.passed else "refused"
    summary = "the level stands" if report is None else one_line(report)
    finish_run(store, run_id, state=state, detail=to_json(RecalibrationDetail(summary=summary)))
    return found


@dataclass(frozen=True, kw_only=True)
class RecalibrationDetail:
    """What the ledger keeps of a finished recalibration."""

    summary: str


@dataclass(frozen=True)
class _Recalibration:
    """One run: each method a step or two, in the order of :meth:`run`."""

    publication: Publication

    def run(self) -> Recalibrated:
        steps, settings = self.publication.steps, self.publication.settings
        definition = self.publication.definition
        champion = self._champion()
        with steps.step("read tables") as told:
            dataset = load_dataset(
                self.publication.store,
                definition,
                data_cutoff=settings.data_cutoff,
                seed=settings.seed,
                told=told,
            )
        refuse_stopped_outcomes(dataset)
        _refuse_out_of_range(dataset, champion)
        with steps.step("test the level"):
            evidence = evidence_since(champion, dataset)
            level = check_intercept(evidence)
            scored, snapshot = scored_since(champion, dataset)
        shift = level.shift
        if shift is None or not level.moved or scored.converted.sum() < FEWEST_CONVERTED:
            return Recalibrated(champion=champion.release_id, level=level)
        with steps.step("measure the moved level"):
            crossed = _cross_fitted(scored, evidence, dataset.seed)
            trial = _tried(champion, dataset, snapshot, crossed=crossed, shift=shift)
        release = self._release(champion, dataset, trial=trial, level=level, shift=shift)
        report = self._report(
            champion, dataset, trial=trial, release=release, before=scored.probability
        )
        return Recalibrated(champion=champion.release_id, level=level, report=report)

    def _champion(self) -> Release:
        definition = self.publication.definition
        entry = read_champion(self.publication.store)
        if entry is None or not definition.dated:
            got = "none" if entry is None else "a data set without dates"
            msg = (
                "recalibrating needs a champion and outcomes that matured since it learned; got "
                f"{got}. Use `awase retrain`."
            )
            raise Refusal(msg)
        champion = load_release(self.publication.settings.releases_dir / entry.release_id)
        if champion.card.model_fingerprint != definition.fingerprint.model:
            msg = (
                "recalibrating needs a champion of the same model part of the definition; got "
                f"{champion.release_id}, which was learned from another one. Use `awase retrain`."
            )
            raise Refusal(msg)
        return champion

    def _release(
        self,
        champion: Release,
        dataset: Dataset,
        *,
        trial: HoldoutResult,
        level: InterceptTest,
        shift: float,
    ) -> Release:
        shipped, tested = (shift_fit(fit, shift) for fit in (champion.fit, champion.tested))
        card, scored = champion.card, trial.scored
        before = card.tested_cut_offs
        described = _described(trial, shipped, dataset, since=card.trained_until)
        looks, rules = daily_looks(trial.replay), dataset.definition.cut_offs
        moved = Recalibration(
            from_release=champion.release_id,
            shift=shift,
            low=level.low or shift,
            high=level.high or shift,
            n_snapshots=level.n_snapshots,
            n_converted=level.n_converted,
        )
        card = replace(
            card,
            data_cutoff=dataset.data_cutoff,
            agreement_fingerprint=dataset.definition.fingerprint.agreement,
            trained_until=int(scored.as_of.max()),
            cut_offs=with_crossings(described, looks, tested=trial.cut_offs, rules=rules),
            metrics=trial.metrics,
            tested_cut_offs=None if before is None else shift_cut_offs(before, shift),
            recalibration=moved,
        )
        past = champion.past
        if past is not None:
            past = ReleasePast(
                shipped=shift_scored(past.shipped, shift), tested=shift_scored(past.tested, shift)
            )
        return Release.make(
            card,
            shipped=shipped,
            tested=tested,
            past=past,
            model_card=moved_card_files(
                champion, moved, trial.metrics, zone=dataset.definition.zone
            ),
            looks=looks,
        )

    def _judge(
        self,
        dataset: Dataset,
        trial: HoldoutResult,
        against: ChampionComparison,
        audit: tuple[AuditFinding, ...],
    ) -> GateVerdict:
        publication = self.publication
        evidence = Evidence(
            audit=audit,
            metrics=trial.metrics,
            comparison=trial.comparison,
            n_converted_leads=dataset.n_converted_leads,
            n_tested_leads=len(np.unique(trial.scored.lead[trial.scored.converted])),
            champion=against,
            volume_accepted=publication.settings.accept_volume_jump,
            cutoffs=Cutoffs.of(publication.store, dataset.data_cutoff, publication.definition),
            older_accepted=publication.settings.accept_older_cutoff,
        )
        return judge_release(evidence, publication.definition.gate)

    def _report(
        self,
        champion: Release,
        dataset: Dataset,
        *,
        trial: HoldoutResult,
        release: Release,
        before: FloatArray,
    ) -> RetrainReport:
        publication, steps = self.publication, self.publication.steps
        with steps.step("write the release"):
            folder = release.write(publication.settings.releases_dir)
        with steps.step("audit for leaks"):
            audit = audit_leakage(dataset)
        against = compare_with(
            champion, trial, probability=before, unseen=np.ones(len(before), dtype=np.bool_)
        )
        verdict = self._judge(dataset, trial, against, audit)
        publication.record(release, folder, verdict)
        report = RetrainReport(
            release_id=release.release_id,
            champion_before=champion.release_id,
            champion_after=release.release_id if verdict.passed else champion.release_id,
            data_cutoff=dataset.data_cutoff,
            dated=True,
            counts=dataset.count_rows(n_train=len(trial.scored), n_test=len(trial.scored)),
            metrics=trial.metrics,
            cut_offs=release.cut_offs,
            comparison=trial.comparison,
            verdict=verdict,
            promoted=verdict.passed and release.release_id != champion.release_id,
            release_dir=str(folder),
            against_champion=against,
            audit=audit,
            drift=find_drift(dataset, release.fit, unseen_from=champion.card.trained_until + 1),
            expected=expect_of_young(dataset, release.fit),
            recalibration=release.card.recalibration,
            proof=trial.calibration(seed=dataset.seed),
            crossings=crossings_of(release.cut_offs),
            handed_over=dataset.handed_over,
        )
        keep_retrain(publication.store, report, find_disagreements(trial.replay, dataset))
        past = past_leads_path(publication.settings.releases_dir, release.release_id)
        past_leads_of(dataset, release).write(past)
        # What a retrain proposes rests on what it learned, which is still the same.
        proposed = read_proposals(publication.store, champion.release_id)
        if proposed is not None:
            keep_proposals(publication.store, release.release_id, proposed)
        return publication.publish(release, report, why=f"recalibration of {champion.release_id}")


def _tried(
    champion: Release,
    dataset: Dataset,
    snapshot: SnapshotRows,
    *,
    crossed: ScoredSnapshots,
    shift: float,
) -> HoldoutResult:
    """The moved level on the snapshots that moved it, and replayed beside the rulebook.

    Parameters
    ----------
    crossed : ScoredSnapshots
        Each snapshot at the level that other leads' outcomes give.
    """
    cut_offs = shift_cut_offs(champion.cut_offs, shift)
    tested = shift_fit(champion.tested, shift)
    # As strict as can be: the base rate that the same outcomes give.
    base_rate = mean(crossed.converted, crossed.weight)
    return HoldoutResult(
        scored=crossed,
        snapshot=snapshot,
        qualification=cut_offs.qualify(crossed.probability),
        cohort=ReplayCohort(
            lead=crossed.lead.astype(np.int64),
            as_of=crossed.as_of,
            converted=crossed.converted,
            group=crossed.group,
        ),
        metrics=measure(crossed, base_rate=base_rate, seed=dataset.seed),
        replay=try_policies(tested, dataset, cut_offs=cut_offs, base_rate=base_rate),
        cut_offs=cut_offs,
        base_rate=base_rate,
    )


def _refuse_out_of_range(dataset: Dataset, champion: Release) -> None:
    history, at, agreed = dataset.history, dataset.data_cutoff, dataset.definition
    ended = known_end(dataset.tables, history, agreed)
    beyond = out_of_range_at(ended, history, as_of=at, definition=agreed, fit=champion.fit)
    if beyond:
        msg = (
            "a level can only be moved while inputs lie in the range that was learned; got "
            f"{len(beyond)} outside it. {' '.join(out.sentence.en for out in beyond)}"
        )
        raise Refusal(msg)


def _cross_fitted(
    scored: ScoredSnapshots, evidence: BaseRateEvidence, seed: int
) -> ScoredSnapshots:
    """Probabilities at the level that the outcomes of all other groups give."""
    folds = deal_folds(evidence.converted, evidence.group, n_folds=N_FOLDS, seed=seed)
    log_odds = log_odds_of(scored.probability)
    for fold in range(N_FOLDS):
        inside = np.isin(scored.group, evidence.group[folds == fold])
        log_odds[inside] += level_of(evidence.take(folds != fold))
    return replace(scored, probability=probability_of(log_odds))


def _described(
    trial: HoldoutResult, fit: TrainedModel, dataset: Dataset, *, since: int
) -> ReleaseCutOffs:
    """The cut-offs with what to expect: precision of outcomes told unseen, volumes of all."""
    rows = np.arange(len(dataset.moments))
    probability = computed(look_back(fit, dataset, rows), lambda some: fit.probability(some.matrix))
    matured = dataset.outcomes.matured & (dataset.moments.as_of > since)
    probability[matured] = trial.scored.probability
    past = ScoredSnapshots(
        probability=probability,
        converted=dataset.outcomes.converted,
        matured=matured,
        lead=dataset.moments.lead,
        group=dataset.groups_at(rows),
        as_of=dataset.moments.as_of,
        weight=dataset.outcomes.weight,
    )
    return describe_again(trial.cut_offs, past, dataset.definition)
