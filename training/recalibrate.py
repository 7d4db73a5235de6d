"""Between retrains: a new release, the champion's boosters at the level of the newest outcomes.

Only where the test of :mod:`training.intercept` says that the level moved; a level moved by habit
chases noise. What is judged is honest though nothing is held back in time: each newly matured
snapshot gets the level that the *other* leads' outcomes give, and boosters that had not seen it.

What becomes of the cut-offs. A volume stays a volume: a cut-off set by capacity moves with the
level, so the same leads cross it. A share stays a share: a cut-off set by precision or by what an
opportunity is worth keeps its probability, which now means again what it says.

Where an input has left the range that was learned, no level helps: that is refused.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.definition import LeadDefinition
from features.errors import Refusal
from features.snapshot import Snapshot
from features.store import Store
from features.store.releases import read_champion
from features.store.runs import finish_run, running
from training.audit import audit_leakage
from training.calibrator import fit_level, probability_of
from training.crossings import calibration_at_crossings
from training.cutoffs import MOVES_WITH_LEVEL, describe_cut_off, raised_to_mql
from training.drift import find_drift
from training.drift_outcomes import expect_of_young
from training.findings import keep_proposals, keep_retrain, read_proposals
from training.folds import deal_folds
from training.gate import Evidence, GateRefusal, judge_release, raise_unless_passed
from training.gathered import Gathered, gather
from training.intercept import InterceptTest, check_intercept, judged_since, move_intercept
from training.judged import FloatArray, Judged
from training.learned import look_back
from training.measure import measure
from training.metrics import Rows
from training.model_card_words import moved_card_files
from training.past import ReleasePast
from training.policy_trial import try_policies
from training.proof import prove
from training.publication import Publication, RetrainSettings
from training.ranges import out_of_range_at
from training.records import (
    CutOff,
    CutOffs,
    Recalibration,
    RetrainReport,
    to_json,
)
from training.release import Fit, Release, load_release
from training.replay import Cohort
from training.report import one_line
from training.row_weights import mean
from training.steps import Progress, Steps, nobody
from training.trial import Trial, compare_with

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
                steps=Steps(told=progress or nobody),
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


def move_cut_offs(cut_offs: CutOffs, shift: float) -> CutOffs:
    """Cut-offs after the level moved: volumes stay volumes, shares stay shares.

    Parameters
    ----------
    shift : float
        Natural log-odds.
    """
    mql, sql = (_moved(cut_off, shift) for cut_off in (cut_offs.mql, cut_offs.sql))
    if mql.probability is not None and sql.probability is not None:
        sql = raised_to_mql(sql, mql.probability)
    return CutOffs(mql=mql, sql=sql)


def _moved_by(judged: Judged, shift: float) -> Judged:
    """The same snapshots at the moved level; what was thinned stays thinned in its order."""
    rows = Rows(probability=judged.probability, converted=judged.converted, base_rate=0.5)
    return replace(judged, probability=probability_of(rows.log_odds + shift))


def _moved(cut_off: CutOff, shift: float) -> CutOff:
    if cut_off.probability is None or cut_off.rule not in MOVES_WITH_LEVEL:
        return cut_off
    log_odds = np.log(cut_off.probability) - np.log1p(-cut_off.probability)
    return replace(cut_off, probability=float(probability_of(log_odds + shift)))


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
            judged, snapshot = judged_since(champion, gathered)
            level = check_intercept(judged)
        shift = level.shift
        if shift is None or not level.moved:
            return Recalibrated(champion=champion.release_id, level=level)
        with steps.step("measure the moved level"):
            crossed = _cross_fitted(judged, gathered.seed)
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
        shipped, tested = (
            replace(fit, calibrator=move_intercept(fit.calibrator, shift))
            for fit in (champion.fit, champion.tested)
        )
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
                shipped=_moved_by(past.shipped, shift), tested=_moved_by(past.tested, shift)
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
    tested = replace(champion.tested, calibrator=move_intercept(champion.tested.calibrator, shift))
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


def _cross_fitted(judged: Judged, seed: int) -> Judged:
    """Probabilities at the level that the outcomes of all other groups give."""
    rows = Rows(probability=judged.probability, converted=judged.converted, base_rate=0.5)
    weight = np.ones(len(judged)) if judged.weight is None else judged.weight
    folds = deal_folds(judged.converted, judged.group, n_folds=N_FOLDS, seed=seed)
    log_odds = rows.log_odds.copy()
    for fold in range(N_FOLDS):
        others = folds != fold
        log_odds[~others] += fit_level(
            rows.log_odds[others], judged.converted[others], weight[others]
        )
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

    def described(cut_off: CutOff) -> CutOff:
        if cut_off.probability is None:
            return cut_off
        found = describe_cut_off(past, cut_off.probability, rule=cut_off.rule, dated=True)
        return replace(found, why=cut_off.why)

    return CutOffs(mql=described(cut_offs.mql), sql=described(cut_offs.sql))
