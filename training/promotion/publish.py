"""From a release that was judged to one that is known, logged and perhaps in use.

Order matters. The release's folder is complete before the ledger names it, MLflow has it before it
is promoted, and the champion's row moves last, in one step: a run killed anywhere leaves the
champion as it was.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from features.core.clock import from_second
from features.core.progress import Steps
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import ReleaseEntry, record_definition, record_release, set_champion
from training.model.release import Release
from training.reports.document.charts import drawings
from training.reports.document.formats import document_files
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import retrain_document
from training.results.records import GateVerdict, to_json
from training.tracking.mlflow import Retrained, log_retrain, try_to_mirror


@dataclass(frozen=True, kw_only=True)
class RetrainSettings:
    """What a retrain needs beside tables and definition.

    Attributes
    ----------
    data_cutoff : int or None
        Instant up to which the tables are complete: that of the clock of the data unless given.
        Means nothing where nothing has a date.
    definition_text : str or None
        The definition as it was written, comments and all; else only what it means is kept.
    by : str
        Who asked for the retrain; goes into the ledger with a promotion.
    accept_volume_jump : bool
        A person's word that a jump in hand-over volume is wanted.
    accept_older_cutoff : bool
        A person's word that a release may take over from a champion that knows newer data.
    search_trials : int
        Recipes to try before anything is learned; see :mod:`training.train.search`.
    cluster : str or None
        Address of a Dask scheduler whose workers take snapshots and grow boosters; they must see
        the folder of the releases.
    tuned_file : Path or None
        Where a search leaves what it found, and where this and later retrains read it.
    """

    releases_dir: Path
    tracking_uri: str
    by: str
    data_cutoff: int | None = None
    definition_text: str | None = None
    seed: int = 0
    accept_volume_jump: bool = False
    accept_older_cutoff: bool = False
    search_trials: int = 0
    cluster: str | None = None
    tuned_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Where one run's release goes, and the steps it tells of."""

    store: Store
    definition: LeadDefinition
    settings: RetrainSettings
    steps: Steps

    @property
    def definition_text(self) -> str:
        """The definition as it was written, else as JSON."""
        written = self.settings.definition_text
        if written is not None:
            return written
        # JSON is YAML too: the text can be read as a definition again.
        return self.definition.model_dump_json(indent=1, exclude_defaults=True)

    def record(self, release: Release, folder: Path, verdict: GateVerdict) -> None:
        """Record a release in the ledger; its folder must be complete.

        Parameters
        ----------
        release : Release
        folder : path
            Where it was written.
        verdict : GateVerdict
            Whether it passed the gate.
        """
        version = record_definition(
            self.store,
            self.definition_text,
            model=self.definition.fingerprint.model,
            agreement=self.definition.fingerprint.agreement,
            by=self.settings.by,
        )
        dated = self.definition.dated
        record_release(
            self.store,
            ReleaseEntry(
                release_id=release.release_id,
                definition_version=version,
                made_at=datetime.now(UTC),
                data_cutoff=from_second(release.card.data_cutoff) if dated else None,
                folder=folder.name,
                passed_gate=verdict.passed,
                record=to_json(release.card),
            ),
        )

    def publish(self, release: Release, report: RetrainReport, *, why: str) -> RetrainReport:
        """Log to MLflow, then move the champion's row, then let MLflow's aliases mirror it.

        Parameters
        ----------
        release : Release
        report : RetrainReport
            Says whether the release is promoted.
        why : str
            Reason of the promotion, for the ledger.

        Returns
        -------
        RetrainReport
            With the steps taken and the id of the MLflow run.
        """
        uri = self.settings.tracking_uri
        with self.steps.step("log to MLflow"):
            report = replace(report, steps=tuple(self.steps.done))
            logged = log_retrain(
                Retrained(
                    report=report,
                    release=release,
                    definition_text=self.definition_text,
                    documents=retrain_documents(report, release, self.definition),
                ),
                uri,
            )
        if report.promoted:
            set_champion(self.store, release.release_id, by=self.settings.by, why=why)
        with self.steps.step("mirror in MLflow"):
            refused = release.release_id if not report.verdict.passed else None
            try_to_mirror(
                uri,
                champion=report.champion_after,
                challenger=refused,
                releases_dir=self.settings.releases_dir,
            )
        return replace(report, steps=tuple(self.steps.done), tracking_run_id=logged.run_id)


_CARD = "model_card."


def retrain_documents(
    report: RetrainReport, release: Release, definition: LeadDefinition
) -> dict[str, str]:
    """Write report and model card as text and pages, and the charts, by the name of their file.

    Parameters
    ----------
    report : RetrainReport
    release : Release
        Whose files hold the model card.
    definition : LeadDefinition
        In whose time zone days are told.
    """
    files = release.files.items()
    document = retrain_document(report, definition.zone)
    written = document_files("report", document)
    written |= {name: text for name, text in files if name.startswith(_CARD)}
    drawn = {f"plots/{name}.svg": drawing for name, drawing in drawings(document, "en").items()}
    return {name: text.decode() for name, text in written.items()} | drawn
