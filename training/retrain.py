"""The monthly retrain: from tables to a release that is promoted, or refused with its reasons.

Two fits are made by one recipe. The *tested* one learns from what had matured before the test
window and gives every figure of the report; the *shipped* one learns from everything matured. Where
both are small the second begins beside the test of the first, and its step is what is left of it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial

from threadpoolctl import threadpool_limits

from features.core.atomic_folder import remove_unfinished
from features.core.memory import give_back
from features.core.progress import Progress, Share, Steps, ignore_progress
from features.definition import LeadDefinition
from features.snapshot_rows import HELD_AT_MOST
from features.store import Store
from features.store.releases import past_leads_path, read_champion
from features.store.runs import finish_run, running
from training.base_rate.adjust import AdjustedFit, adjust_base_rate
from training.comparison.disagreements import find_disagreements
from training.cutoffs.daily_looks import crossings_of, with_crossings
from training.dataset.dataset import Dataset, load_dataset, refuse_stopped_outcomes
from training.dataset.past_leads import past_leads_of
from training.dataset.selection_uncertainty import inflate_cut_offs, interval_inflation_of, notes_of
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.dataset.split import Subset
from training.drift.drift import find_drift
from training.drift.drift_outcomes import expect_of_young
from training.evaluation.calibration_at_cutoffs import daily_looks
from training.evaluation.holdout import (
    AgainstChampion,
    HoldoutResult,
    evaluate_baselines,
    evaluate_holdout,
    try_champion,
)
from training.leakage.audit import audit_leakage
from training.learners.tuned_hyperparameters import read_tuned
from training.model.cutoff_sample import ReleasePast
from training.model.fit import fit
from training.model.release import Release, ReleaseCard
from training.model.trained import Trained
from training.model.trained_model import TrainedModel
from training.on_dask import on_cluster
from training.promotion.gate import (
    Cutoffs,
    Evidence,
    GateRefusal,
    judge_release,
)

# Offered here as well: whoever calls a retrain needs its settings.
from training.promotion.next_step import raise_refusal
from training.promotion.publish import Publication
from training.promotion.publish import RetrainSettings as RetrainSettings  # noqa: PLC0414
from training.proposals.find import find_proposals
from training.reports.base_rate_text import level_notes
from training.reports.model_card import make_model_card
from training.reports.model_card_text import card_files
from training.reports.retrain_records import RetrainReport, RunDetail
from training.reports.retrain_report import one_line
from training.results.records import (
    AuditFinding,
    BaselineResult,
    DriftFinding,
    ExpectedPerformance,
    GateVerdict,
    ReleaseCutOffs,
    to_json,
)
from training.results_store import keep_proposals, keep_retrain
from training.train.in_parallel import in_parallel
from training.train.kept_findings import KeptFindings
from training.train.search import search_for, with_tuned
from training.train.step_cache import KeptSteps
from training.train.train import training_rows_of


# As in a fit: the figures of a release, too, are the same on any number of processors; and threads
# that wait for each other at small sums take most of the time on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def retrain(
    store: Store,
    definition: LeadDefinition,
    *,
    settings: RetrainSettings,
    progress: Progress | None = None,
) -> RetrainReport:
    """Make a release from the tables and promote it if the gate lets it pass.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    settings : RetrainSettings
    progress : callable, optional
        Told the step, how many parts of it are done, and of how many.

    Returns
    -------
    RetrainReport
        Also when the gate refused: ``report.verdict`` then says why, and :func:`raise_refusal`
        turns it into an error.

    Raises
    ------
    Refusal
        If there is too little to learn from or to test on.
    LockHeld
        If another run is at work on the store.
    """
    report: RetrainReport | None = None
    run_id = ""
    try:
        with running(store, "retrain") as run_id:
            remove_unfinished(settings.releases_dir)
            steps = Steps(told=progress or ignore_progress)
            report = _Retrain(store, definition, settings, steps).run()
            # Closes the run as refused; the report still goes to the caller.
            raise_refusal(report)
    except GateRefusal:
        if report is None:
            raise
    state = "done" if report.verdict.passed else "refused"
    # Said once more, with what only the finished run knows.
    finish_run(store, run_id, state=state, detail=to_json(RunDetail.of(report, one_line(report))))
    return report


Fit = Callable[[Share], tuple[Trained, bool]]
"""Makes a fit, and says whether an earlier run had finished it."""


@dataclass(frozen=True)
class _Retrain:
    """One run: each method a step or two, in the order of :meth:`run`."""

    store: Store
    definition: LeadDefinition
    settings: RetrainSettings
    steps: Steps

    @property
    def _publication(self) -> Publication:
        return Publication(
            store=self.store,
            definition=self.definition,
            settings=self.settings,
            steps=self.steps,
        )

    @cached_property
    def _kept(self) -> KeptFindings:
        return KeptFindings.beside(self.settings.releases_dir)

    @cached_property
    def _kept_fits(self) -> KeptSteps:
        return KeptSteps.beside(self.settings.releases_dir)

    @contextmanager
    def _step(self, name: str) -> Iterator[Share]:
        """A step, after which memory that it no longer needs is given back."""
        with self.steps.step(name) as told:
            yield told
        give_back()

    def run(self) -> RetrainReport:
        dataset = self._read()
        with on_cluster(dataset, self.settings.cluster, self.settings.releases_dir) as where:
            return self._run(where)

    def _run(self, dataset: Dataset) -> RetrainReport:
        self._search(dataset)
        split = dataset.split
        known_before = split.test_from if split.forecast else UNDATED_AS_OF
        fit_for_test = partial(self._fit, dataset, split.train, known_before)
        learned = self._learn("fit for the test", fit_for_test)
        with self._fit_for_use(dataset, learned.model.n_features) as fit_for_use:
            trial, tested = self._test(dataset, learned)
            champion_id, against = self._try_champion(trial, dataset)
            with self._step("try the opponents"):
                opponents = evaluate_baselines(trial, dataset, tested.learned, kept=self._kept)
            learned = self._learn("fit for use", fit_for_use)
        release, shipped = self._release(dataset, tested, trial, learned, opponents=opponents)
        with self._step("write the release"):
            release_dir = release.write(self.settings.releases_dir)
        with self._step("audit for leaks"):
            audit = audit_leakage(dataset)
        fit = tested.learned.model
        drift, expected = self._drift(dataset, fit)
        verdict = self._judge(dataset, trial, against, audit)
        self._publication.record(release, release_dir, verdict)
        report = RetrainReport(
            release_id=release.release_id,
            champion_before=champion_id,
            champion_after=release.release_id if verdict.passed else champion_id,
            data_cutoff=release.card.data_cutoff,
            dated=self.definition.dated,
            counts=dataset.count_rows(
                n_train=len(split.train), n_test=len(split.test), n_young=len(shipped.learned.young)
            ),
            metrics=trial.metrics,
            cut_offs=release.cut_offs,
            comparison=trial.comparison,
            verdict=verdict,
            promoted=verdict.passed and release.release_id != champion_id,
            release_dir=str(release_dir),
            against_champion=against.found,
            audit=audit,
            opponents=opponents,
            drift=drift,
            expected=expected,
            proof=trial.calibration(seed=dataset.seed),
            crossings=crossings_of(release.cut_offs),
            notes=(*notes_of(fit, dataset), *level_notes(shipped.level)),
            tuned=read_tuned(self.settings.tuned_file),
            handed_over=dataset.handed_over,
            level=shipped.level,
            calibrators=tested.learned.summary.calibrators,
        )
        self._keep(report, trial, dataset, release)
        return self._publication.publish(release, report, why="retrain")

    def _keep(
        self, report: RetrainReport, trial: HoldoutResult, dataset: Dataset, release: Release
    ) -> None:
        with self._step("keep what was found"):
            keep_retrain(self.store, report, find_disagreements(trial.replay, dataset))
        with self._step("keep past leads"):
            path = past_leads_path(self.settings.releases_dir, release.release_id)
            past_leads_of(dataset, release).write(path)
        with self._step("prepare proposals"):
            proposals = find_proposals(
                trial, dataset, release.tested, audit=report.audit, kept=self._kept
            )
            keep_proposals(self.store, report.release_id, proposals)

    def _drift(
        self, dataset: Dataset, fit: TrainedModel
    ) -> tuple[tuple[DriftFinding, ...], ExpectedPerformance | None]:
        with self._step("look for drift"):
            found = find_drift(dataset, fit, unseen_from=dataset.split.test_from)
            return found, expect_of_young(dataset, fit)

    def _read(self) -> Dataset:
        wanted = self.settings
        with self._step("read tables") as told:
            dataset = load_dataset(
                self.store,
                self.definition,
                data_cutoff=wanted.data_cutoff,
                seed=wanted.seed,
                # A cluster lays the tables out for its workers; here the index is enough.
                keep_rows=wanted.cluster is not None,
                told=told,
            )
        refuse_stopped_outcomes(dataset)
        return dataset

    def _search(self, dataset: Dataset) -> None:
        path, n_trials = self.settings.tuned_file, self.settings.search_trials
        if path is None or not n_trials:
            return
        with self._step("search the recipe") as progress:
            search_for(dataset, n_trials=n_trials, tuned_file=path, progress=progress)

    def _test(self, dataset: Dataset, learned: Trained) -> tuple[HoldoutResult, AdjustedFit]:
        split = dataset.split
        with self._step("test later in time" if split.forecast else "test on held-out leads"):
            tested = adjust_base_rate(
                learned,
                dataset,
                split.train,
                until=split.test_from - 1,
                known_at=split.test_from,
            )
            trial = evaluate_holdout(
                tested.learned.model,
                dataset,
                cut_offs=tested.cut_offs,
                base_rate=learned.summary.base_rate,
                kept=self._kept,
            )
        return trial, tested

    def _try_champion(
        self, trial: HoldoutResult, dataset: Dataset
    ) -> tuple[str | None, AgainstChampion]:
        with self._step("compare with the champion"):
            champion = read_champion(self.store)
            champion_id = None if champion is None else champion.release_id
            folder = None if champion_id is None else self.settings.releases_dir / champion_id
            return champion_id, try_champion(folder, trial, dataset)

    def _fit_for_use(self, dataset: Dataset, n_features: int) -> AbstractContextManager[Fit]:
        is_small = len(dataset.matured) * n_features <= HELD_AT_MOST
        make = partial(self._fit, dataset, dataset.matured, self._usable_until(dataset))
        return in_parallel(make, begun=is_small and self.settings.cluster is None)

    def _usable_until(self, dataset: Dataset) -> int:
        return dataset.data_cutoff if self.definition.dated else UNDATED_AS_OF

    def _learn(self, step: str, make: Fit) -> Trained:
        with self._step(step) as told:
            learned, found = make(told)
        if found:
            self.steps.mark_reused()
        return learned

    def _fit(self, dataset: Dataset, part: Subset, until: int, told: Share) -> tuple[Trained, bool]:
        rows = training_rows_of(dataset, part, known_before=until, judged_by=dataset.split.train)
        told(0.0)
        rows = with_tuned(rows, read_tuned(self.settings.tuned_file))
        return self._kept_fits.find_or_learn(rows, lambda: fit(rows, told))

    def _release(
        self,
        dataset: Dataset,
        tested: AdjustedFit,
        trial: HoldoutResult,
        learned: Trained,
        *,
        opponents: tuple[BaselineResult, ...],
    ) -> tuple[Release, AdjustedFit]:
        until = self._usable_until(dataset)
        with self._step("choose cut-offs"):
            shipped = adjust_base_rate(
                learned, dataset, dataset.matured, until=until, known_at=until
            )
            interval_inflation = interval_inflation_of(shipped.learned.model, dataset)
        looks = daily_looks(trial.replay)
        cut_offs = with_crossings(
            inflate_cut_offs(shipped.cut_offs, interval_inflation),
            looks,
            tested=trial.cut_offs,
            rules=self.definition.cut_offs,
        )
        card = self._card(dataset, shipped.learned, trial, cut_offs)
        model_card = make_model_card(dataset, trial, shipped, opponents=opponents)
        release = Release.make(
            card,
            shipped=shipped.learned.model,
            tested=tested.learned.model,
            past=ReleasePast(shipped=shipped.past, tested=tested.past),
            model_card=card_files(model_card),
            looks=looks,
        )
        return release, shipped

    def _card(
        self, dataset: Dataset, shipped: Trained, trial: HoldoutResult, cut_offs: ReleaseCutOffs
    ) -> ReleaseCard:
        matured = dataset.matured
        dated = self.definition.dated
        return ReleaseCard(
            release_id="",
            definition_name=self.definition.name,
            model_fingerprint=self.definition.fingerprint.model,
            agreement_fingerprint=self.definition.fingerprint.agreement,
            data_cutoff=dataset.data_cutoff if dated else 0,
            tested_from=dataset.split.test_from,
            trained_until=int(dataset.moments.as_of[matured.rows].max()) if dated else 0,
            n_snapshots=len(matured),
            n_converted=int(matured.converted.sum()),
            recipe=shipped.summary.recipe,
            cut_offs=cut_offs,
            metrics=trial.metrics,
            tested_cut_offs=trial.cut_offs,
            tested_base_rate=trial.base_rate,
        )

    def _judge(
        self,
        dataset: Dataset,
        trial: HoldoutResult,
        against: AgainstChampion,
        audit: tuple[AuditFinding, ...],
    ) -> GateVerdict:
        evidence = Evidence(
            audit=audit,
            metrics=trial.metrics,
            comparison=trial.comparison,
            n_converted_leads=dataset.n_converted_leads,
            n_tested_leads=dataset.converted_leads(dataset.split.test),
            champion=against.found,
            why_alone=against.why_alone,
            must_compare=against.must,
            volume_accepted=self.settings.accept_volume_jump,
            cutoffs=Cutoffs.of(self.store, dataset.data_cutoff, self.definition),
            older_accepted=self.settings.accept_older_cutoff,
        )
        return judge_release(evidence, self.definition.gate)
