"""The last retrain as OpenMetrics text, for whatever collects figures and raises alarms."""

from training.records import Measured, RetrainReport

_PREFIX = "awase_retrain"


def open_metrics(report: RetrainReport, *, finished_at: int) -> str:
    """Text of the OpenMetrics format 1.0.

    Parameters
    ----------
    finished_at : int
        Second at which the run ended.
    """
    lines = [
        *_gauge("finished_timestamp_seconds", "When the last retrain ended.", finished_at),
        *_gauge("promoted", "1 if its release became champion.", int(report.promoted)),
        *_gauge("refused", "1 if the gate refused it.", int(not report.verdict.passed)),
        *_gauge("drift_findings", "Things that moved.", len(report.drift)),
        *_gauge("snapshots", "Snapshots tested on.", report.metrics.n_snapshots),
        *_gauge(
            "base_rate_log_loss",
            "Log loss of the base rate alone.",
            report.metrics.base_rate_log_loss,
        ),
    ]
    for name, figure in sorted(vars(report.metrics).items()):
        if isinstance(figure, Measured):
            lines += _gauge(name, f"{name.replace('_', ' ').capitalize()}, later in time.", figure)
    lines += [f"# TYPE {_PREFIX}_release info", f"# HELP {_PREFIX}_release The release it made."]
    champion = report.champion_after or ""
    labels = f'release_id="{report.release_id}",champion="{champion}"'
    lines.append(f"{_PREFIX}_release_info{{{labels}}} 1")
    return "\n".join((*lines, "# EOF")) + "\n"


def _gauge(name: str, text: str, value: float | Measured) -> list[str]:
    full = f"{_PREFIX}_{name}"
    unit = ["# UNIT " + full + " seconds"] if name.endswith("_seconds") else []
    if isinstance(value, Measured):
        ends = {"value": value.value, "low": value.low, "high": value.high}
        samples = [f'{full}{{end="{e}"}} {v:.9g}' for e, v in ends.items() if v is not None]
    else:
        samples = [f"{full} {value:.15g}"]
    return [f"# TYPE {full} gauge", *unit, f"# HELP {full} {text}", *samples]
