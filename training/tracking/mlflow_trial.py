"""A trial in MLflow: one run a look, its figures, and the report."""

from collections.abc import Mapping

from features.core.estimate import Measured
from features.core.formats import named_values
from training.results.records import to_json
from training.tracking.mlflow import experiment_of, quiet_mlflow
from training.tracking.mlflow_values import log_metrics
from training.trial.records import TrialReport


def log_trial(report: TrialReport, tracking_uri: str, *, documents: Mapping[str, str]) -> str:
    """Log a look at a trial as a run of MLflow and return the run's id.

    Parameters
    ----------
    report : TrialReport
    tracking_uri : str
        Of MLflow.
    documents : mapping from file name to str
        Reports that are kept with the run.

    Raises
    ------
    AwaseError
        If MLflow does not answer.
    """
    with quiet_mlflow(tracking_uri) as client:
        # Two seconds to import, and only runs that log need it.
        import mlflow

        experiment = experiment_of(client, tracking_uri)
        with mlflow.start_run(experiment_id=experiment, run_name=f"trial {report.name}") as run:
            run_id = str(run.info.run_id)
            log_metrics(client, run_id, [(0, trial_values(report))])
            client.set_tag(run_id, "trial", report.name)
            for comparison in report.comparisons:
                name = f"trial_verdict_{comparison.tested}"
                client.set_tag(run_id, name, report.verdict_of(comparison))
            client.log_text(run_id, to_json(report), "trial.json")
            for name, text in documents.items():
                client.log_text(run_id, text, name)
    return run_id


def trial_values(report: TrialReport) -> dict[str, float]:
    """Every figure of a trial by name: differences with their ends, leads of all arms."""
    values = {"srm_p": report.srm_p, "contaminated_accounts": float(report.n_contaminated)}
    for comparison in report.comparisons:
        for figure in comparison.figures:
            for kind, found in (("", figure.plain), ("_adjusted", figure.adjusted)):
                if found is not None:
                    name = f"{comparison.tested}_{figure.figure}{kind}"
                    measured = Measured(value=found.value, low=found.low, high=found.high)
                    values |= named_values(name, measured)
    for arm in report.arms:
        values |= {
            f"{arm.arm}_leads": float(arm.n_leads),
            f"{arm.arm}_ripe": float(arm.n_ripe),
            f"{arm.arm}_outcomes": float(arm.n_converted),
            f"{arm.arm}_hours": arm.hours,
        }
    return values
