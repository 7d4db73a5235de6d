"""After a first refusal on the level alone people are told how to begin."""

from dataclasses import replace

import pytest

from features.core.errors import Refusal
from features.core.text import Text
from training.promotion.next_step import next_step, raise_refusal
from training.reports.retrain_records import RetrainReport
from training.results.records import GateCheck, GateVerdict, Measured

SAID = Text(ja="", en="said.")
RIGHT_SLOPE = Measured(value=0.9, low=0.7, high=1.1)


def _refused(report: RetrainReport, *failed: str, slope: Measured = RIGHT_SLOPE) -> RetrainReport:
    """The report as a first retrain would have made it, with some checks failed."""
    names = ("enough_outcomes", "calibrated", "clean_audit")
    checks = tuple(GateCheck(name=n, passed=n not in failed, sentence=SAID) for n in names)
    return replace(
        report,
        verdict=GateVerdict(checks=checks),
        metrics=replace(report.metrics, calibration_slope=slope),
        champion_before=None,
        champion_after=None,
        promoted=False,
    )


def test_the_refusal_names_the_command_that_begins_all_the_same(report: RetrainReport) -> None:
    refused = _refused(report, "calibrated")

    with pytest.raises(Refusal, match="awase recalibrate") as fault:
        raise_refusal(refused)

    assert f"awase release promote {report.release_id} --despite-gate --why" in str(fault.value)


@pytest.mark.parametrize(
    ("failed", "slope", "champion"),
    [
        (("calibrated", "clean_audit"), RIGHT_SLOPE, None),
        (("calibrated",), Measured(value=0.3, low=0.1, high=0.5), None),
        (("calibrated",), RIGHT_SLOPE, "2026-03-31-abc"),
        ((), RIGHT_SLOPE, None),
    ],
)
def test_it_is_named_only_where_the_level_alone_is_off_and_nothing_is_in_use(
    report: RetrainReport, failed: tuple[str, ...], slope: Measured, champion: str | None
) -> None:
    refused = _refused(report, *failed, slope=slope)

    found = next_step(
        refused.verdict, refused.metrics, release_id=refused.release_id, champion=champion
    )

    assert found is None
