"""What says whether probabilities mean what they say, as records that reports and JSON can hold."""

from dataclasses import dataclass

from features.core.estimate import Measured


@dataclass(frozen=True, kw_only=True)
class CalibrationError:
    """Mean distance between predicted and observed share over ten bands of equally many snapshots.

    ``by_chance`` is what true probabilities would show on average, ``by_chance_high`` what they
    would exceed once in twenty times.
    """

    value: float
    by_chance: float
    by_chance_high: float


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """Log loss in parts, in nats: what better calibration could save, what the order is worth,
    and what there was to know."""

    miscalibration: float
    discrimination: float
    uncertainty: float

    @property
    def log_loss(self) -> float:
        """The sum the parts make."""
        return self.miscalibration - self.discrimination + self.uncertainty


@dataclass(frozen=True, kw_only=True)
class CurvePointWithBand:
    """A point of the reliability curve, with the band true probabilities would stay within."""

    probability: float
    converted_share: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class CalibrationReport:
    """How far probabilities of matured snapshots were off, with intervals, and beside chance.

    ``slope`` and ``intercept`` are None where only one kind of outcome came, or everybody got the
    same probability.
    """

    n_snapshots: int
    n_converted: int
    slope: Measured | None
    intercept: Measured | None
    calibration_error: CalibrationError
    decomposition: Decomposition
    curve: tuple[CurvePointWithBand, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CalibratorTrial:
    """One kind of calibrator on later blocks of the training period, beside Platt's.

    Attributes
    ----------
    kind : str
    log_loss, platt_better_by, standard_error : float
        Over all later blocks; by how much Platt's log loss is lower, and the error of that.
    n_blocks, n_blocks_better : int
        Later blocks, and in how many of them this kind's log loss was below Platt's.
    is_used : bool
    """

    kind: str
    log_loss: float
    platt_better_by: float
    standard_error: float
    n_blocks: int
    n_blocks_better: int
    is_used: bool = False

    @property
    def difference(self) -> Measured:
        """Its log loss less Platt's, with a 95 % interval."""
        half = 1.96 * self.standard_error
        value = self.platt_better_by
        return Measured(value=value, low=value - half, high=value + half)
