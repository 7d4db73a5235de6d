"""What of a retrain MLflow keeps as figures: metrics by month, parameters, tags to search by.

Why prefixes: MLflow draws a section of charts for each. The dozen that answer whether a release is
better stand without one, under the names everybody searches by, and are logged first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from features.core.clock import from_second
from features.core.estimate import Measured
from features.core.formats import named_values
from features.store.releases import definition_key
from training.model.release import ReleaseCard
from training.reports.metric_sections import MODEL, calibration_values
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import calibration_reports_of_retrain
from training.results.calibration_records import CalibrationReport
from training.results.comparison_records import Matching
from training.results.records import Metrics

UNDATED = "undated"

MONTHS_BACK = 36
"""Earlier months a run repeats, so that its charts show a line and not a dot."""

_MOST_AT_ONCE = 1000
"""Metrics of one request; MLflow's own limit."""


HEADLINES = (
    "log_loss",
    "log_loss_gain",
    "brier",
    "auc",
    "average_precision",
    "calibration_slope",
    "expected_calibration_error",
    "lift_10pct",
    "mql_rate_difference",
    "sql_rate_difference",
    "mql_per_month",
    "sql_per_month",
)
"""What two runs are compared by; the rates are those of the hand-overs, less the rulebook's at
equal volume."""


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
    return {_placed(name): value for name, value in values.items()}


def _placed(name: str) -> str:
    if name in HEADLINES:
        return name
    if name.endswith(("_low", "_high")):
        return f"interval/{name}"
    return f"lift/{name}" if name.startswith("lift_") else f"test/{name}"


def calibration_of(name: str, report: CalibrationReport) -> dict[str, float]:
    """The calibration of the model or a baseline by name; the model's headline stands alone."""
    prefix = "" if name == MODEL else f"{name}_"
    values = calibration_values(report, prefix)
    return {
        found if found in HEADLINES else f"calibration/{found}": value
        for found, value in values.items()
        # Of the model it is among the metrics, with its interval.
        if found not in ("calibration_slope", "calibration_intercept")
    }


def report_values(report: RetrainReport) -> dict[str, float]:
    """Everything a retrain found as flat figures."""
    values = metric_values(report.metrics) | _comparison_values(report)
    for name, proof in calibration_reports_of_retrain(report).items():
        values |= calibration_of(name, proof)
    for found in report.crossings:
        level = found.qualification.name.lower()
        values |= {f"crossing/{level}_predicted": found.mean_probability}
        values |= named_values(f"crossing/{level}_observed", found.converted_share)
        if found.per_month is not None:
            values[f"{level}_per_month"] = found.per_month
    counts = vars(report.counts).items()
    values |= {f"data/{name.removeprefix('n_')}": float(count) for name, count in counts}
    values |= _champion_values(report) | _warning_values(report)
    # MLflow's comparison of runs opens on what was logged first.
    first = {name: values[name] for name in HEADLINES if name in values}
    return first | values


def _comparison_values(report: RetrainReport) -> dict[str, float]:
    """The comparison with the rulebook, such as ``comparison/mql_past_model_rate``."""
    values: dict[str, float] = {}
    for pair in report.comparison.pairs:
        level = pair.qualification.name.lower()
        place = f"comparison/{level}_{pair.matching}"
        for policy, result in (("model", pair.model), ("rulebook", pair.rulebook)):
            values[f"{place}_{policy}_handed_over"] = float(result.n_handed_over)
            values[f"{place}_{policy}_caught"] = float(result.n_caught)
            if result.opportunity_rate is not None:
                values[f"{place}_{policy}_rate"] = result.opportunity_rate.value
        if pair.rate_difference is not None:
            values |= named_values(f"{place}_rate_difference", pair.rate_difference)
            if pair.matching is Matching.HINDSIGHT:
                values[f"{level}_rate_difference"] = pair.rate_difference.value
    return values


def _champion_values(report: RetrainReport) -> dict[str, float]:
    """Champion and challenger on the same rows."""
    against = report.against_champion
    if against is None:
        return {}
    return {
        "champion/champion_log_loss": against.champion_log_loss,
        "champion/challenger_log_loss": against.challenger_log_loss,
        **named_values("champion/difference", against.difference),
    }


def _warning_values(report: RetrainReport) -> dict[str, float]:
    """What moved, what leaks, and how the young are expected to do.

    Findings are counted by kind and not by name: a name may hold a value out of the data.
    """
    values = {
        "warnings/audit": float(len(report.audit)),
        "warnings/audit_blocking": float(sum(found.blocks for found in report.audit)),
        "warnings/drift": float(len(report.drift)),
    }
    for found in report.drift:
        name = f"warnings/drift_{found.kind}"
        values[name] = values.get(name, 0.0) + 1
    level = report.level
    if level is not None and level.shift is not None:
        shift = Measured(value=level.shift, low=level.low, high=level.high)
        values |= {"level/moved": float(level.moved)} | named_values("level/shift", shift)
    if report.expected is not None:
        figures = vars(report.expected).items()
        values |= {
            f"expected/{name.removeprefix('n_')}": float(v) for name, v in figures if v is not None
        }
    return values


def report_params(
    report: RetrainReport, card: ReleaseCard, *, names: Sequence[str]
) -> dict[str, str]:
    """On what a release learned, how, and where it cuts.

    Parameters
    ----------
    report : RetrainReport
    card : ReleaseCard
    names : sequence of str
        Of the columns, in their order.

    Returns
    -------
    dict from str to str
        Columns by name, probabilities as they are agreed on, what was not used as ``none``.
    """
    learned = card.recipe
    parameters: dict[str, Any] = {
        "agreement/name": card.definition_name,
        "agreement/version": definition_key(card.model_fingerprint, card.agreement_fingerprint),
        "data/cutoff": _instant(report.data_cutoff, report.dated),
        "data/tested_from": _instant(card.tested_from, report.dated),
        "data/trained_until": _instant(card.trained_until, report.dated),
        "data/columns": len(names),
        "model/kind": "scorecard" if learned.scorecard else "boosters and a linear model"
        if learned.with_line else "boosters",
        "model/boosters": 0 if learned.scorecard else learned.n_boosters,
    }  # fmt: skip
    monotone = zip(names, learned.monotone, strict=False)
    columns = {
        "monotone": [f"{name} {'rises' if way > 0 else 'falls'}" for name, way in monotone if way],
        "segments": [names[column] for column in learned.segments],
    }
    settings = {f"model/{name}": value for name, value in learned.to_dict().items()}
    parameters |= settings | {f"model/{name}": ", ".join(v) for name, v in columns.items()}
    for level, cut_off in (("mql", card.cut_offs.mql), ("sql", card.cut_offs.sql)):
        parameters[f"cut_off/{level}_rule"] = cut_off.rule
        parameters[f"cut_off/{level}_probability"] = (
            None if cut_off.probability is None else f"{cut_off.probability:.4f}"
        )
    return {name: "none" if v in (None, "") else str(v) for name, v in parameters.items()}


def card_tags(card: ReleaseCard) -> dict[str, str]:
    """What a release is found by, on its run and on its registered version."""
    return {
        "definition": card.definition_name,
        "definition_version": definition_key(card.model_fingerprint, card.agreement_fingerprint),
        "model_fingerprint": card.model_fingerprint,
        "agreement_fingerprint": card.agreement_fingerprint,
        "data_cutoff": _instant(card.data_cutoff, card.data_cutoff > 0),
        "n_snapshots": str(card.n_snapshots),
        "n_converted": str(card.n_converted),
    }


def report_tags(report: RetrainReport) -> dict[str, str]:
    """What became of the release, and which checks of the gate it failed."""
    failed = [check.name for check in report.verdict.checks if check.passed is False]
    return {
        "promoted": str(report.promoted).lower(),
        "gate": "refused" if failed else "passed",
        **({"gate_failed": ", ".join(failed)} if failed else {}),
    }


def _instant(second: int, dated: bool) -> str:
    return from_second(second).isoformat() if dated else UNDATED


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
