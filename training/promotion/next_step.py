"""What to do after a refusal that leaves no champion: a first release needs a way to begin."""

from features.core.text import Text
from training.promotion.gate import SLOPE_TOLERANCE, raise_unless_passed
from training.reports.retrain_records import RetrainReport
from training.results.records import GateVerdict, Metrics


def next_step(
    verdict: GateVerdict, metrics: Metrics, *, release_id: str, champion: str | None
) -> Text | None:
    """Name the way on where the level alone kept the first release from use; None elsewhere.

    The order of leads and the slope hold then, and what is shipped has learned from the test's
    outcomes as well. A level is moved on outcomes that come after a release is in use.

    Parameters
    ----------
    verdict : GateVerdict
    metrics : Metrics
        Of the test.
    release_id : str
        What was refused.
    champion : str or None
        The release in use; one that is goes on, and its level can be moved.
    """
    failed = [check.name for check in verdict.checks if check.passed is False]
    slope, (low, high) = metrics.calibration_slope, SLOPE_TOLERANCE
    if champion is not None or failed != ["calibrated"] or slope is None:
        return None
    if (slope.low or slope.value) > high or (slope.high or slope.value) < low:
        return None
    use = f'awase release promote {release_id} --despite-gate --why "..."'
    return Text(
        ja="合わないのは確率の水準だけで、リードの順位は使えます。確率の値を目安にとどめることに"
        f"両チームが合意できれば `{use}` で使い始め、新しい成果が成熟したら `awase recalibrate` で"
        "水準を直します。",
        en="Only the level of the probabilities is off; the order of leads holds. If both teams "
        f"accept probabilities that are a guide and no more, begin with `{use}`, and move the "
        "level with `awase recalibrate` once newer outcomes have matured.",
    )


def raise_refusal(report: RetrainReport) -> None:
    """Raise :class:`~features.core.errors.Refusal` with the gate's reasons, if it refused."""
    step = next_step(
        report.verdict,
        report.metrics,
        release_id=report.release_id,
        champion=report.champion_after,
    )
    raise_unless_passed(report.verdict, "" if step is None else step.en)
