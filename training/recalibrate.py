"""Between retrains: a new release, the champion's boosters at the level of the newest outcomes.

Only where the test of :mod:`training.calibration.base_rate.intercept_test` says that the level
moved; a level moved by habit chases noise. What is judged is honest though nothing is held back in
time: each newly matured snapshot gets the level that the *other* leads' outcomes give, and boosters
that had not seen it.

Where an input has left the range that was learned, no level helps: that is refused.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.core.arrays import FloatArray
from features.core.errors import Refusal
from features.core.progress import Progress, Steps, ignore_progress
from features.definition import LeadDefinition
from features.snapshot import Snapshot
from features.store import Store
from features.store.releases import read_champion
from features.store.runs import finish_run, running
from training.calibration.base_rate.adjust import move_cut_offs, move_fit, move_judged
from training.calibration.base_rate.evidence import LevelEvidence
from training.calibration.base_rate.intercept_test import (
    FEWEST_CONVERTED,
    check_intercept,
    evidence_since,
    judged_since,
    level_of,
)
from training.calibration.calibrator import log_odds_of, probability_of
from training.comparison.policy_trial import try_policies
from training.comparison.replay import Cohort
from training.cutoffs.choose import describe_again
from training.dataset.dataset import Gathered, gather
from training.drift.drift import find_drift
from training.drift.drift_outcomes import expect_of_young
from training.drift.missing_outcomes import silence_of_outcomes
from training.drift.out_of_range import out_of_range_at
from training.evaluation.calibration_at_cutoffs import calibration_at_crossings
from training.evaluation.holdout import Trial, compare_with
from training.evaluation.metrics.calibration_error import prove
from training.evaluation.metrics.with_intervals import measure
from training.evaluation.train import look_back
from training.leakage.audit import audit_leakage
from training.model.boosting.folds import deal_folds
from training.model.boosting.sample_weights import mean
from training.model.cutoff_sample import ReleasePast
from training.model.release import Fit, Release, load_release
from training.model.results import CutOffs, InterceptTest, Recalibration, to_json
from training.model.scored import Judged
from training.promotion.gate import Evidence, GateRefusal, judge_release, raise_unless_passed
from training.promotion.publish import Publication, RetrainSettings
from training.reports.model_card_text import moved_card_files
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line
from training.results_store import keep_proposals, keep_retrain, read_proposals

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
    """Move the champion's level to the newest matured outcomes, if a test says it is off.

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
        with steps.step("read tables"):
            gathered = gather(
                self.publication.store,
                definition,
                data_cutoff=settings.data_cutoff,
                seed=settings.seed,
            )
        _refuse_out_of_range(gathered, champion)
        with steps.step("test the level"):
            evidence = evidence_since(champion, gathered)
            level = check_intercept(evidence)
            judged, snapshot = judged_since(champion, gathered)
        shift = level.shift
        if shift is None or not level.moved or judged.converted.sum() < FEWEST_CONVERTED:
            return Recalibrated(champion=champion.release_id, level=level)
        _refuse_silence(gathered)
        with steps.step("measure the moved level"):
            crossed = _cross_fitted(judged, evidence, gathered.seed)
            trial = _tried(champion, gathered, snapshot, crossed=crossed, shift=shift)
        release = self._release(champion, gathered, trial=trial, level=level, shift=shift)
        report = self._report(
            champion, gathered, trial=trial, release=release, before=judged.probability
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
        gathered: Gathered,
        *,
        trial: Trial,
        level: InterceptTest,
        shift: float,
    ) -> Release:
        shipped, tested = (move_fit(fit, shift) for fit in (champion.fit, champion.tested))
        card, judged = champion.card, trial.judged
        before = card.tested_cut_offs
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
            data_cutoff=gathered.data_cutoff,
            agreement_fingerprint=gathered.definition.fingerprint.agreement,
            trained_until=int(judged.as_of.max()),
            cut_offs=_described(trial.cut_offs, shipped, gathered, since=card.trained_until),
            metrics=trial.metrics,
            tested_cut_offs=None if before is None else move_cut_offs(before, shift),
            recalibration=moved,
        )
        past = champion.past
        if past is not None:
            past = ReleasePast(
                shipped=move_judged(past.shipped, shift), tested=move_judged(past.tested, shift)
            )
        return Release.make(
            card,
            shipped=shipped,
            tested=tested,
            past=past,
            model_card=moved_card_files(champion, moved, trial.metrics),
        )

    def _report(
        self,
        champion: Release,
        gathered: Gathered,
        *,
        trial: Trial,
        release: Release,
        before: FloatArray,
    ) -> RetrainReport:
        publication, steps = self.publication, self.publication.steps
        with steps.step("write the release"):
            folder = release.write(publication.settings.releases_dir)
        with steps.step("audit for leaks"):
            audit = audit_leakage(gathered)
        against = compare_with(
            champion, trial, probability=before, unseen=np.ones(len(before), dtype=np.bool_)
        )
        verdict = judge_release(
            Evidence(
                audit=audit,
                metrics=trial.metrics,
                comparison=trial.comparison,
                n_converted_leads=gathered.n_converted_leads,
                champion=against,
                volume_accepted=publication.settings.accept_volume_jump,
            ),
            publication.definition.gate,
        )
        publication.record(release, folder, verdict)
        report = RetrainReport(
            release_id=release.release_id,
            champion_before=champion.release_id,
            champion_after=release.release_id if verdict.passed else champion.release_id,
            data_cutoff=gathered.data_cutoff,
            dated=True,
            counts=gathered.count_rows(n_train=len(trial.judged), n_test=len(trial.judged)),
            metrics=trial.metrics,
            cut_offs=release.cut_offs,
            comparison=trial.comparison,
            verdict=verdict,
            promoted=verdict.passed and release.release_id != champion.release_id,
            release_dir=str(folder),
            against_champion=against,
            audit=audit,
            drift=find_drift(gathered, release.fit, unseen_from=champion.card.trained_until + 1),
            expected=expect_of_young(gathered, release.fit),
            recalibration=release.card.recalibration,
            proof=prove(trial.judged, curve=True, seed=gathered.seed),
            crossings=calibration_at_crossings(trial.replay),
            handed_over=gathered.handed_over,
        )
        keep_retrain(publication.store, report, ())
        # What a retrain proposes rests on what it learned, which is still the same.
        proposed = read_proposals(publication.store, champion.release_id)
        if proposed is not None:
            keep_proposals(publication.store, release.release_id, proposed)
        return publication.publish(release, report, why=f"recalibration of {champion.release_id}")


def _tried(
    champion: Release, gathered: Gathered, snapshot: Snapshot, *, crossed: Judged, shift: float
) -> Trial:
    """The moved level on the snapshots that moved it, and replayed beside the rulebook.

    Parameters
    ----------
    crossed : Judged
        Each snapshot at the level that other leads' outcomes give.
    """
    cut_offs = move_cut_offs(champion.cut_offs, shift)
    tested = move_fit(champion.tested, shift)
    # As strict as can be: the base rate that the same outcomes give.
    base_rate = mean(crossed.converted, crossed.weight)
    return Trial(
        judged=crossed,
        snapshot=snapshot,
        qualification=cut_offs.qualify(crossed.probability),
        cohort=Cohort(
            lead=crossed.lead.astype(np.int64),
            as_of=crossed.as_of,
            converted=crossed.converted,
            group=crossed.group,
        ),
        metrics=measure(crossed, base_rate=base_rate, seed=gathered.seed),
        replay=try_policies(tested, gathered, cut_offs=cut_offs, base_rate=base_rate),
        cut_offs=cut_offs,
        base_rate=base_rate,
    )


def _refuse_out_of_range(gathered: Gathered, champion: Release) -> None:
    beyond = out_of_range_at(
        gathered.data_cutoff,
        gathered.history,
        definition=gathered.definition,
        fit=champion.fit,
    )
    if beyond:
        said = " ".join(out.sentence.en for out in beyond)
        msg = (
            "a level can only be moved while inputs lie in the range that was learned; got "
            f"{len(beyond)} outside it. {said}"
        )
        raise Refusal(msg)


def _refuse_silence(gathered: Gathered) -> None:
    silence = silence_of_outcomes(gathered, known_at=gathered.data_cutoff)
    if silence.is_broken:
        msg = (
            "a level can only be moved while outcomes arrive; got none in the last "
            f"{silence.days:.0f} days, where {silence.expected:.0f} were to be expected. Import "
            "the missing ones, or choose an earlier --data-cutoff."
        )
        raise Refusal(msg)


def _cross_fitted(judged: Judged, evidence: LevelEvidence, seed: int) -> Judged:
    """Probabilities at the level that the outcomes of all other groups give."""
    folds = deal_folds(evidence.converted, evidence.group, n_folds=N_FOLDS, seed=seed)
    log_odds = log_odds_of(judged.probability)
    for fold in range(N_FOLDS):
        inside = np.isin(judged.group, evidence.group[folds == fold])
        log_odds[inside] += level_of(evidence.take(folds != fold))
    return replace(judged, probability=probability_of(log_odds))


def _described(cut_offs: CutOffs, fit: Fit, gathered: Gathered, *, since: int) -> CutOffs:
    """The cut-offs with what to expect of them, from outcomes the boosters had not seen."""
    rows = np.arange(len(gathered.moments))
    snapshot = look_back(fit, gathered, rows)
    past = Judged(
        probability=fit.probability(snapshot.matrix),
        converted=gathered.outcomes.converted,
        # Seen outcomes would flatter the precision; volumes need no outcome.
        matured=gathered.outcomes.matured & (gathered.moments.as_of > since),
        lead=gathered.moments.lead,
        group=gathered.groups_at(rows),
        as_of=gathered.moments.as_of,
        weight=gathered.outcomes.weight,
    )
    return describe_again(cut_offs, past, gathered.definition)
