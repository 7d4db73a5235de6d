"""What one retrain found and decided, as it is written down."""

from dataclasses import dataclass

from features.core.progress import StepRecord
from features.core.text import Text
from training.learners.tuned_hyperparameters import TunedHyperparameters
from training.results.calibration_records import CalibrationReport, CalibratorTrial
from training.results.comparison_records import Comparison
from training.results.records import (
    AuditFinding,
    BaselineResult,
    ChampionComparison,
    CrossingCalibration,
    DriftFinding,
    ExpectedPerformance,
    GateVerdict,
    HandedOverCounts,
    InterceptTest,
    Metrics,
    Recalibration,
    ReleaseCutOffs,
    RowCounts,
)


@dataclass(frozen=True, kw_only=True)
class RetrainReport:
    """Everything one retrain found and decided.

    ``promoted`` is False both when the gate refused and when the champion already is this
    release; ``verdict`` tells which. Times are whole seconds since 1970 UTC.
    """

    release_id: str
    champion_before: str | None
    champion_after: str | None
    data_cutoff: int
    dated: bool
    counts: RowCounts
    metrics: Metrics
    cut_offs: ReleaseCutOffs
    comparison: Comparison
    verdict: GateVerdict
    promoted: bool
    release_dir: str
    tracking_run_id: str | None = None
    against_champion: ChampionComparison | None = None
    audit: tuple[AuditFinding, ...] = ()
    opponents: tuple[BaselineResult, ...] = ()
    drift: tuple[DriftFinding, ...] = ()
    expected: ExpectedPerformance | None = None
    steps: tuple[StepRecord, ...] = ()
    recalibration: Recalibration | None = None
    level: InterceptTest | None = None
    proof: CalibrationReport | None = None
    crossings: tuple[CrossingCalibration, ...] = ()
    notes: tuple[Text, ...] = ()
    tuned: TunedHyperparameters | None = None
    handed_over: HandedOverCounts | None = None
    calibrators: tuple[CalibratorTrial, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunDetail:
    """What the ledger keeps of a finished retrain: one line, each step's duration, the counts."""

    summary: str
    release_id: str
    steps: tuple[StepRecord, ...]
    counts: RowCounts

    @classmethod
    def of(cls, report: RetrainReport, summary: str) -> "RunDetail":
        """The detail of a report, told in one line."""
        return cls(
            summary=summary,
            release_id=report.release_id,
            steps=report.steps,
            counts=report.counts,
        )
