"""What of a retrain MLflow keeps as figures: metrics by month, parameters, tags to search by."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from features.core.clock import from_second
from features.core.estimate import Measured
from features.core.formats import named_values
from training.model.release import ReleaseCard
from training.reports.metric_sections import MODEL, calibration_values
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import calibration_reports_of_retrain
from training.results.records import Metrics

UNDATED = "undated"

MONTHS_BACK = 36
"""Earlier months a run repeats, so that its charts show a line and not a dot."""

_MOST_AT_ONCE = 1000
"""Metrics of one request; MLflow's own limit."""


def metric_values(metrics: Metrics) -> dict[str, float]:
    """Every measured figure by name, its interval's ends as ``_low`` and ``_high``."""
    values: dict[str, float] = {
        "base_rate": metrics.base_rate,
        "base_rate_log_loss": metrics.base_rate_log_loss,
    }
    for name, figure in (vars(metrics) | dict(metrics.more)).items():
        if isinstance(figure, Measured):
            values |= named_values(name, figure)
    for point in metrics.lift:
        values |= named_values(f"lift_{round(100 * point.share)}pct", point.lift)
    return values


def report_values(report: RetrainReport) -> dict[str, float]:
    """Everything a retrain found as flat figures."""
    values = metric_values(report.metrics) | _comparison_values(report)
    for name, proof in calibration_reports_of_retrain(report).items():
        values |= calibration_values(proof, "" if name == MODEL else f"{name}_")
    for found in report.crossings:
        place = f"crossing_{found.qualification.name.lower()}"
        values |= {f"{place}_predicted": found.mean_probability}
        values |= named_values(f"{place}_observed", found.converted_share)
        if found.per_month is not None:
            values[f"{place}_per_month"] = found.per_month
    values |= {f"rows_{name}": float(count) for name, count in vars(report.counts).items()}
    return values | _champion_values(report) | _warning_values(report)


def _comparison_values(report: RetrainReport) -> dict[str, float]:
    """The comparison with the rulebook, such as ``mql_past_model_rate``."""
    values: dict[str, float] = {}
    for pair in report.comparison.pairs:
        place = f"{pair.qualification.name.lower()}_{pair.matching}"
        for policy, result in (("model", pair.model), ("rulebook", pair.rulebook)):
            values[f"{place}_{policy}_handed_over"] = float(result.n_handed_over)
            values[f"{place}_{policy}_caught"] = float(result.n_caught)
            if result.opportunity_rate is not None:
                values[f"{place}_{policy}_rate"] = result.opportunity_rate.value
        if pair.rate_difference is not None:
            values |= named_values(f"{place}_rate_difference", pair.rate_difference)
    return values


def _champion_values(report: RetrainReport) -> dict[str, float]:
    """Champion and challenger on the same rows."""
    against = report.against_champion
    if against is None:
        return {}
    return {
        "against_champion_champion_log_loss": against.champion_log_loss,
        "against_champion_challenger_log_loss": against.challenger_log_loss,
        **named_values("against_champion_difference", against.difference),
    }


def _warning_values(report: RetrainReport) -> dict[str, float]:
    """What moved, what leaks, and how the young are expected to do.

    Findings are counted by kind and not by name: a name may hold a value out of the data.
    """
    values = {
        "audit_findings": float(len(report.audit)),
        "audit_blocking": float(sum(found.blocks for found in report.audit)),
        "drift_findings": float(len(report.drift)),
    }
    for found in report.drift:
        values[f"drift_{found.kind}"] = values.get(f"drift_{found.kind}", 0.0) + 1
    level = report.level
    if level is not None and level.shift is not None:
        shift = Measured(value=level.shift, low=level.low, high=level.high)
        values |= {"level_moved": float(level.moved)} | named_values("level_shift", shift)
    if report.expected is not None:
        figures = vars(report.expected).items()
        values |= {f"expected_{name}": float(v) for name, v in figures if v is not None}
    return values


def report_params(report: RetrainReport, card: ReleaseCard) -> dict[str, str]:
    """The recipe, the cut-offs and how far the data went."""
    params: dict[str, Any] = {f"recipe_{k}": v for k, v in card.recipe.to_dict().items()}
    params["data_cutoff"] = from_second(report.data_cutoff).isoformat() if report.dated else UNDATED
    params["cut_off_mql"] = card.cut_offs.mql.probability
    params["cut_off_sql"] = card.cut_offs.sql.probability
    return {name: str(value) for name, value in params.items()}


def card_tags(card: ReleaseCard) -> dict[str, str]:
    """What a release is found by, on its run and on its registered version."""
    dated = card.data_cutoff > 0
    return {
        "definition": card.definition_name,
        "model_fingerprint": card.model_fingerprint,
        "agreement_fingerprint": card.agreement_fingerprint,
        "data_cutoff": from_second(card.data_cutoff).isoformat() if dated else UNDATED,
        "n_snapshots": str(card.n_snapshots),
        "n_converted": str(card.n_converted),
    }


def report_tags(report: RetrainReport) -> dict[str, str]:
    """What became of the release, and how many rows there were."""
    counts = vars(report.counts).items()
    rows = {f"rows_{name.removeprefix('n_')}": str(count) for name, count in counts}
    return {"promoted": str(report.promoted).lower()} | rows


def month_of(data_cutoff: str) -> int:
    """A month as MLflow's step: months since year 0, and 0 where nothing has a date.

    Examples
    --------
    >>> month_of("2026-03-31T15:00:00+00:00") - month_of("2025-12-31T15:00:00+00:00")
    3
    """
    if data_cutoff == UNDATED:
        return 0
    day = datetime.fromisoformat(data_cutoff)
    return day.year * 12 + day.month


def earlier_months(client: Any, experiment: str, tags: Mapping[str, str]) -> dict[int, Any]:
    """Find the newest finished retrain of each earlier month under the same definition.

    Parameters
    ----------
    client : mlflow.MlflowClient
    experiment : str
        Id of the experiment.
    tags : mapping from str to str
        Of the present run: ``definition`` and ``data_cutoff``.

    Returns
    -------
    dict from int to mlflow.entities.Run
        By month, as :func:`month_of` counts them.
    """
    query = f"attributes.status = 'FINISHED' AND tags.definition = '{tags['definition']}'"
    now = month_of(tags["data_cutoff"])
    found: dict[int, Any] = {}
    for run in client.search_runs([experiment], query):
        month = month_of(run.data.tags.get("data_cutoff", UNDATED))
        if now - MONTHS_BACK <= month < now:
            # Newest first: a month that was repeated counts as it was last.
            found.setdefault(month, run)
    return found


def log_metrics(
    client: Any, run_id: str, by_month: Iterable[tuple[int, Mapping[str, float]]]
) -> None:
    """Log figures at their months, in requests that MLflow takes.

    Parameters
    ----------
    client : mlflow.MlflowClient
    run_id : str
    by_month : iterable of (int, mapping from str to float)
        Month as :func:`month_of` counts it, and figures by name.
    """
    # Two seconds to import, and only runs that log need it.
    from mlflow.entities import Metric

    now = int(datetime.now(UTC).timestamp() * 1000)
    metrics = [
        Metric(name, value, now, month)
        for month, values in by_month
        for name, value in values.items()
    ]
    for start in range(0, len(metrics), _MOST_AT_ONCE):
        client.log_batch(run_id, metrics=metrics[start : start + _MOST_AT_ONCE])
