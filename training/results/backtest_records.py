"""What a backtest found, as records that a page, a report and JSON can hold."""

from dataclasses import dataclass

from features.core.qualification import Qualification
from features.core.text import Text
from training.results.calibration_records import (
    CalibrationError,
    CalibrationReport,
    CurvePointWithBand,
    Decomposition,
)
from training.results.records import BaselineResult, Measured, Metrics


@dataclass(frozen=True, kw_only=True)
class Range:
    """What to expect, and bounds meant to hold in 90 of 100 months."""

    expected: float
    low: float
    high: float

    def holds(self, came: float) -> bool:
        """Whether what was observed lies within the bounds."""
        return self.low <= came <= self.high


@dataclass(frozen=True, kw_only=True)
class BandResult:
    """Leads whose probability lay in ``[low, high)``; the last band holds 1 as well.

    ``came`` is the share that converted, with its 95 % Wilson interval. Where leads stand for more
    than themselves, ``promised`` and ``came`` are weighted, and the counts are not.
    """

    low: float
    high: float
    n_leads: int
    n_converted: int
    promised: float
    came: Measured

    @property
    def agrees(self) -> bool:
        """Whether the predicted share lies within the interval of the observed one."""
        low, high = self.came.low, self.came.high
        return low is None or high is None or low <= self.promised <= high


@dataclass(frozen=True, kw_only=True)
class MonthVolume:
    """Leads that first crossed a cut-off in a month, beside what had been expected.

    ``mean_probability`` and ``n_converted`` are of those leads at the moment of crossing: where
    decisions fall, the probability must mean what it says.
    """

    qualification: Qualification
    cut_off: float
    n_crossed: int
    n_converted: int
    mean_probability: float | None
    expected_crossed: Range | None
    expected_converted: Range | None


@dataclass(frozen=True, kw_only=True)
class BacktestMonth:
    """One month judged by a fit on what had matured when it began.

    ``start`` is in seconds since 1970 UTC. The base rate's log loss is that of the share that had
    converted in the training data. ``bands`` count each lead once, at its first snapshot.
    """

    start: int
    n_train: int
    n_snapshots: int
    n_converted: int
    mean_probability: float
    log_loss: float
    logistic_log_loss: float
    base_rate_log_loss: float
    volumes: tuple[MonthVolume, ...] = ()
    proof: CalibrationReport | None = None
    logistic_proof: CalibrationReport | None = None
    bands: tuple[BandResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CrossingCheck:
    """All months' first crossings of a cut-off, predicted and observed."""

    qualification: Qualification
    n_crossed: int
    mean_probability: float
    converted_share: Measured
    n_forecasts: int
    crossed_range_held: float | None
    converted_range_held: float | None


@dataclass(frozen=True, kw_only=True)
class SegmentCalibration:
    """Snapshots with one value of one attribute, predicted and observed.

    ``difference`` is the mean probability less the share that converted; the segment is off where
    its interval, widened for the number of segments looked at, leaves out zero.
    """

    attribute: str
    value: str
    n_snapshots: int
    n_converted: int
    mean_probability: float
    converted_share: Measured
    difference: Measured
    is_off: bool
    proof: CalibrationReport | None = None


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """Every month as it would have been, and all of them together.

    ``skipped`` holds months at whose beginning too little had matured, with the reason.
    """

    months: tuple[BacktestMonth, ...]
    metrics: Metrics
    opponents: tuple[BaselineResult, ...]
    crossings: tuple[CrossingCheck, ...]
    segments: tuple[SegmentCalibration, ...]
    calibration_error: CalibrationError
    decomposition: Decomposition
    curve: tuple[CurvePointWithBand, ...]
    skipped: tuple[tuple[int, Text], ...] = ()
    proof: CalibrationReport | None = None
