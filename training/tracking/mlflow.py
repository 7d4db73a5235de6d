"""MLflow: each retrain a run, each release a registered model, the champion's alias a mirror.

MLflow only ever mirrors. The champion is one row of our own database, serving never asks MLflow,
and a mirror that broke is repaired by the next run (:func:`mirror_aliases`).

Nothing is pickled: the model is logged from code with the release folder as its artifact, so it
loads with ``MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false``. Its requirements are written down, since
inferring them takes longer than training.

Why MLflow is imported inside functions: it takes two seconds, and only retrain needs it.
"""

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from features.core.errors import AwaseError
from training.model.release import Release, load_release
from training.reports.retrain_records import RetrainReport
from training.results.records import to_json
from training.tracking.artifact_locations import EXPERIMENT, artifacts_beside, settle_artifacts
from training.tracking.mlflow_datasets import log_datasets
from training.tracking.mlflow_model import log_release_model
from training.tracking.mlflow_values import (
    card_tags,
    earlier_months,
    log_metrics,
    month_of,
    report_params,
    report_tags,
    report_values,
)
from training.tracking.mlflow_words import (
    EXPERIMENT_NOTE,
    KIND_TAG,
    MODEL_NOTE,
    NOTE_TAG,
    release_note,
    run_note,
)

REGISTERED_MODEL = "awase"
CHAMPION, CHALLENGER = "champion", "challenger"
RELEASE_TAG = "release_id"


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Where a retrain went in MLflow."""

    run_id: str
    model_version: str


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What of one retrain goes to MLflow: the report with texts and files that belong to it."""

    report: RetrainReport
    release: Release
    definition_text: str
    documents: Mapping[str, str]


def log_retrain(retrained: Retrained, tracking_uri: str) -> Logged:
    """Log a retrain and register its release.

    A retrain of the same release that was logged to its end keeps its run, and a registered release
    its version: repeating a retrain adds nothing. Runs that were killed are closed as such.

    Raises
    ------
    AwaseError
        If MLflow does not answer.
    """
    report, release = retrained.report, retrained.release
    with quiet_mlflow(tracking_uri) as client:
        # See the module's docstring.
        import mlflow

        known = _version_of(client, release.release_id)
        experiment = experiment_of(client, tracking_uri)
        finished = _close_killed_runs(client, experiment, release.release_id)
        if known is not None and finished is not None:
            return Logged(run_id=finished, model_version=known)
        tags = {RELEASE_TAG: release.release_id} | card_tags(release.card) | report_tags(report)
        note = run_note(report, release.card)
        with mlflow.start_run(
            experiment_id=experiment,
            run_name=release.release_id,
            tags=tags | {NOTE_TAG: note},
        ) as run:
            run_id = str(run.info.run_id)
            _log_figures(client, run_id, report, release)
            log_datasets(client, run_id, report=report, release=release)
            _log_documents(client, run_id, retrained)
            found = known or _register(release, Path(report.release_dir), tags, note)
    return Logged(run_id=run_id, model_version=found)


def mirror_aliases(
    tracking_uri: str,
    *,
    champion: str | None,
    challenger: str | None,
    releases_dir: Path | None = None,
) -> None:
    """Make MLflow's aliases say what the database says.

    Parameters
    ----------
    tracking_uri : str
        Of MLflow.
    champion, challenger : str or None
        Release ids; an alias whose release is None or was never registered is removed.
    releases_dir : Path, optional
        Where to find a champion that was never registered, because it came from a changed
        agreement and not from a retrain: it is registered now.
    """
    with quiet_mlflow(tracking_uri) as client:
        for alias, release_id in ((CHAMPION, champion), (CHALLENGER, challenger)):
            found = _version_of(client, release_id) if release_id is not None else None
            if found is None and alias == CHAMPION and release_id and releases_dir:
                found = _register_late(client, tracking_uri, releases_dir / release_id)
            if found is not None:
                client.set_registered_model_alias(REGISTERED_MODEL, alias, found)
            else:
                _remove_alias(client, alias)


def try_to_mirror(
    tracking_uri: str,
    *,
    champion: str | None,
    challenger: str | None,
    releases_dir: Path | None = None,
) -> bool:
    """Mirror the aliases if MLflow answers; the next run repairs what could not be mirrored.

    Parameters
    ----------
    tracking_uri : str
        Of MLflow.
    champion, challenger : str or None
        Release ids; None removes the alias.
    releases_dir : path, optional
        Where to find a champion that was never registered.

    Returns
    -------
    bool
        Whether MLflow answered.
    """
    try:
        mirror_aliases(
            tracking_uri, champion=champion, challenger=challenger, releases_dir=releases_dir
        )
    except AwaseError:
        return False
    return True


def _log_figures(client: Any, run_id: str, report: RetrainReport, release: Release) -> None:
    # See the module's docstring.
    from mlflow.entities import Param

    names = [feature["name"] for feature in release.fit.catalogue["features"]]
    params = report_params(report, release.card, names=names)
    client.log_batch(run_id, params=[Param(name, value) for name, value in params.items()])
    values, run = report_values(report), client.get_run(run_id)
    # A line and not a dot: the newest run shows how each figure went from month to month.
    earlier = earlier_months(client, run.info.experiment_id, run.data.tags)
    repeated = [
        (month, {name: v for name, v in run.data.metrics.items() if name in values})
        for month, run in sorted(earlier.items())
    ]
    log_metrics(client, run_id, [*repeated, (month_of(run.data.tags["data_cutoff"]), values)])


def _log_documents(client: Any, run_id: str, retrained: Retrained) -> None:
    client.log_text(run_id, retrained.definition_text, "lead_definition.yaml")
    client.log_text(run_id, to_json(retrained.report), "report.json")
    for name, text in retrained.documents.items():
        client.log_text(run_id, text, name)
    report = retrained.report
    # Also inside the logged model; here it is read without unpacking one.
    for card in sorted(Path(report.release_dir).glob("model_card.*")):
        client.log_text(run_id, card.read_text(encoding="utf-8"), card.name)


def _register(release: Release, folder: Path, tags: dict[str, str], note: str) -> str:
    # See the module's docstring.
    import mlflow

    client = mlflow.MlflowClient()
    logged = log_release_model(release, folder, tags=tags)
    if not client.search_registered_models(f"name = '{REGISTERED_MODEL}'"):
        client.create_registered_model(REGISTERED_MODEL)
    client.update_registered_model(REGISTERED_MODEL, MODEL_NOTE)
    # The tags come with the version: a run killed in between leaves none that nobody can find.
    registered = client.create_model_version(
        REGISTERED_MODEL,
        source=logged.model_uri,
        run_id=logged.run_id,
        tags=tags,
        description=note,
        model_id=logged.model_id,
    )
    return str(registered.version)


def _register_late(client: Any, tracking_uri: str, folder: Path) -> str | None:
    """Register a release that no retrain logged; None if its folder is gone."""
    # See the module's docstring.
    import mlflow

    if not folder.is_dir():
        return None
    release = load_release(folder)
    tags = {RELEASE_TAG: release.release_id} | card_tags(release.card)
    note = release_note(release.card)
    with mlflow.start_run(
        experiment_id=experiment_of(client, tracking_uri),
        run_name=release.release_id,
        tags={RELEASE_TAG: release.release_id, "agreement_only": "true", NOTE_TAG: note},
    ):
        return _register(release, folder, tags, note)


def _close_killed_runs(client: Any, experiment: str, release_id: str) -> str | None:
    """The finished run of a release, if there is one; runs still open are closed as killed."""
    finished = None
    for run in client.search_runs([experiment], f"tags.{RELEASE_TAG} = '{release_id}'"):
        if run.info.status == "FINISHED":
            finished = str(run.info.run_id)
        elif run.info.status == "RUNNING":
            # We hold the store's lock, so nobody else is at work on this release.
            client.set_terminated(run.info.run_id, "KILLED")
    return finished


def _version_of(client: Any, release_id: str) -> str | None:
    query = f"name = '{REGISTERED_MODEL}' AND tag.{RELEASE_TAG} = '{release_id}'"
    found = client.search_model_versions(query)
    return str(found[0].version) if found else None


def _remove_alias(client: Any, alias: str) -> None:
    models = client.search_registered_models(f"name = '{REGISTERED_MODEL}'")
    if models and alias in models[0].aliases:
        client.delete_registered_model_alias(REGISTERED_MODEL, alias)


def experiment_of(client: Any, tracking_uri: str) -> str:
    """The id of our experiment, made where there is none yet."""
    known = client.get_experiment_by_name(EXPERIMENT)
    if known is None:
        # Beside the database, not in whatever folder the command was started from; a server
        # decides.
        beside = artifacts_beside(tracking_uri)
        known_id = str(client.create_experiment(EXPERIMENT, artifact_location=beside))
    else:
        known_id = str(known.experiment_id)
    if known is None or NOTE_TAG not in known.tags:
        client.set_experiment_tag(known_id, NOTE_TAG, EXPERIMENT_NOTE)
        client.set_experiment_tag(known_id, KIND_TAG, "custom_model_development")
    return known_id


@contextmanager
def quiet_mlflow(tracking_uri: str) -> Iterator[Any]:
    """A client, with MLflow's address set for the process and its chatter held back meanwhile."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # After those, since MLflow reads them on import; see the module's docstring too.
    import mlflow

    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        # What MLflow could not do it logs with a trace and our values, and raises: we word that.
        logger.setLevel(logging.CRITICAL)
    mlflow.set_tracking_uri(tracking_uri)
    try:
        with warnings.catch_warnings():
            # Of MLflow about its own dependencies; nothing our users or we could act on.
            warnings.simplefilter("ignore")
            settle_artifacts(tracking_uri)
            yield mlflow.MlflowClient(tracking_uri, tracking_uri)
    except (mlflow.MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as fault:
        msg = (
            f"MLflow must answer at {_without_password(tracking_uri)}; got {type(fault).__name__}. "
            "Start its server or mend the address, then run again: finished steps are reused."
        )
        raise AwaseError(msg) from fault
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _without_password(uri: str) -> str:
    scheme, separator, rest = uri.partition("://")
    return scheme + separator + rest.rpartition("@")[2]
