"""A backtest in MLflow: one run, its months as steps, its plots as SVG."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.definition import LeadDefinition
from training.reports.backtest_report import backtest_document, calibration_reports_of
from training.reports.document.charts import drawings
from training.reports.document.formats import document_files
from training.reports.metric_sections import calibration_values
from training.results.backtest_records import Backtest
from training.results.records import to_json
from training.tracking.mlflow import experiment_of, quiet_mlflow
from training.tracking.mlflow_values import calibration_of, log_metrics, metric_values
from training.tracking.mlflow_words import NOTE_TAG, backtest_note

RUN_NAME = "backtest"


def backtest_documents(found: Backtest, definition: LeadDefinition) -> dict[str, str]:
    """The report in both languages, as text and as a page, by file name."""
    files = document_files("backtest", backtest_document(found, definition))
    return {name: text.decode() for name, text in files.items()}


def log_backtest(
    found: Backtest, tracking_uri: str, *, documents: Mapping[str, str], definition: LeadDefinition
) -> str:
    """Log a backtest as a run of MLflow and return the run's id.

    Parameters
    ----------
    found : Backtest
    tracking_uri : str
        Of MLflow.
    documents : mapping from file name to str
        Reports that are kept with the run.
    definition : LeadDefinition
        Of the backtest.

    Raises
    ------
    AwaseError
        If MLflow does not answer.
    """
    with quiet_mlflow(tracking_uri) as client:
        # Two seconds to import, and only runs that log need it.
        import mlflow

        experiment = experiment_of(client, tracking_uri)
        note = {NOTE_TAG: backtest_note(found, definition)}
        with mlflow.start_run(experiment_id=experiment, run_name=RUN_NAME, tags=note) as run:
            run_id = str(run.info.run_id)
            log_metrics(client, run_id, _values(found, definition.zone))
            client.log_text(run_id, to_json(found), "backtest.json")
            for name, text in documents.items():
                client.log_text(run_id, text, name)
            for name, drawing in drawings(backtest_document(found, definition), "en").items():
                client.log_text(run_id, drawing, f"plots/{name}.svg")
    return run_id


def _values(found: Backtest, zone: ZoneInfo) -> list[tuple[int, dict[str, float]]]:
    """Figures by step: months since year 0, and the whole at the step of the last."""
    by_step = []
    for month in found.months:
        day = from_second(month.start).astimezone(zone)
        values = {
            "month/log_loss": month.log_loss,
            "month/logistic_log_loss": month.logistic_log_loss,
            "month/base_rate_log_loss": month.base_rate_log_loss,
        }
        for prefix, proof in (("month/", month.proof), ("month/logistic_", month.logistic_proof)):
            if proof is not None:
                values |= calibration_values(proof, prefix)
        by_step.append((day.year * 12 + day.month, values))
    whole = metric_values(found.metrics)
    for name, proof in calibration_reports_of(found).items():
        whole |= calibration_of(name, proof)
    by_step.append((by_step[-1][0], whole))
    return by_step
