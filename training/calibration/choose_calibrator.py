"""Which kind of calibrator to use: tried on a later period, Platt unless another is surely better.

Four kinds are fitted on the earlier two thirds of the held-out margins and judged by log loss on
the last third. Another kind replaces Platt only where it is better beyond chance: choosing the
luckiest of four every month would change the probabilities for no reason. On every data set at hand
Platt stayed; isotonic was .008 to .02 worse.

References
----------
Kull, Silva Filho & Flach (2017), Beyond sigmoids (beta calibration).
Zadrozny & Elkan (2002), Transforming classifier scores into accurate multiclass probability
estimates (isotonic regression).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.calibration.calibrator import BETA, ISOTONIC, NONE, PLATT, Calibrator, fit_platt
from training.metrics.bootstrap import sums_by_group
from training.metrics.metrics import row_losses
from training.metrics.sample_weights import mean

EARLIER_SHARE = 2 / 3
FEWEST_CONVERTED = 50
"""Conversions in either period below which nothing is compared."""

SURELY = 2.0
"""Standard errors by which another kind must be better than Platt."""

FitKind = Callable[[FloatArray, BoolArray, FloatArray | None], Calibrator]


@dataclass(frozen=True, kw_only=True)
class CalibratorTrial:
    """One kind's log loss on the later period, its difference to Platt's, and the error of that."""

    kind: str
    log_loss: float
    platt_better_by: float
    standard_error: float


@dataclass(frozen=True, kw_only=True)
class CalibratorChoice:
    """The calibrator to serve, and the trials behind it; none where too little has matured."""

    calibrator: Calibrator
    trials: tuple[CalibratorTrial, ...]


def choose_calibrator(
    margin: FloatArray,
    converted: BoolArray,
    *,
    as_of: IntArray,
    groups: IntArray,
    weight: FloatArray | None = None,
) -> CalibratorChoice:
    """Choose the kind on a later period, then fit it on everything.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        Held out, as served; see :func:`training.calibration.calibrator.margin_as_served`.
    converted, as_of, groups : ndarray of shape (n,)
        Where all ``as_of`` are the same there is no later period, and Platt is used.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    later = as_of > np.quantile(as_of, EARLIER_SHARE)
    n_converted = min(int(converted[later].sum()), int(converted[~later].sum()))
    if n_converted < FEWEST_CONVERTED:
        return CalibratorChoice(calibrator=fit_platt(margin, converted, weight), trials=())
    earlier_weight, later_weight = (
        None if weight is None else weight[rows] for rows in (~later, later)
    )
    losses = {
        kind: row_losses(
            fit_kind(margin[~later], converted[~later], earlier_weight).predict(margin[later]),
            converted[later],
        )
        for kind, fit_kind in KINDS.items()
    }
    trials = tuple(
        _trial(kind, loss, losses[PLATT], groups=groups[later], weight=later_weight)
        for kind, loss in losses.items()
    )
    better = [t for t in trials if t.platt_better_by < -SURELY * t.standard_error]
    best = min(better, key=lambda trial: trial.log_loss, default=None)
    chosen = PLATT if best is None else best.kind
    return CalibratorChoice(calibrator=KINDS[chosen](margin, converted, weight), trials=trials)


def no_calibrator(
    margin: FloatArray,  # noqa: ARG001
    converted: BoolArray,  # noqa: ARG001
    weight: FloatArray | None = None,  # noqa: ARG001
) -> Calibrator:
    """Leave the margin as it is; takes the outcomes because every kind of calibrator does.

    Parameters
    ----------
    margin : ndarray of shape (n_snapshots,)
        Natural log-odds; not read.
    converted : ndarray of shape (n_snapshots,)
        Not read.
    weight : ndarray of shape (n_snapshots,), optional
        Not read.
    """
    return Calibrator(slope=1.0, intercept=0.0, kind=NONE)


def fit_beta(
    margin: FloatArray, converted: BoolArray, weight: FloatArray | None = None
) -> Calibrator:
    """Fit a beta calibrator; falls back to Platt where the curve would fall anywhere.

    Parameters
    ----------
    margin : ndarray of shape (n_snapshots,)
        Natural log-odds, held out.
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon. Matured snapshots only.
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands.
    """
    # Late, because scikit-learn doubles the time `awase --help` takes.
    from sklearn.linear_model import LogisticRegression

    line = fit_platt(margin, converted, weight)
    design = np.column_stack((-np.logaddexp(0.0, -margin), np.logaddexp(0.0, margin)))
    regression = LogisticRegression(C=1e4, solver="newton-cholesky")
    regression.fit(design, converted, sample_weight=weight)
    rising, falling = (float(c) for c in regression.coef_[0])
    if min(rising, falling) < 0:
        return line
    return Calibrator(
        slope=line.slope,
        intercept=line.intercept,
        kind=BETA,
        coefficients=(rising, falling, float(regression.intercept_[0])),
    )


def fit_isotonic(
    margin: FloatArray, converted: BoolArray, weight: FloatArray | None = None
) -> Calibrator:
    """Fit an isotonic calibrator: steps that only rise, joined by straight lines.

    No probability comes nearer to 0 or 1 than 1 / (n + 2), n being the weighted number of
    snapshots.

    Parameters
    ----------
    margin : ndarray of shape (n_snapshots,)
        Natural log-odds, held out.
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon. Matured snapshots only.
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands.
    """
    from sklearn.isotonic import IsotonicRegression  # late, as above

    line = fit_platt(margin, converted, weight)
    surest = 1 / ((len(margin) if weight is None else float(weight.sum())) + 2)
    steps = IsotonicRegression(y_min=surest, y_max=1 - surest, out_of_bounds="clip")
    steps.fit(margin, converted.astype(np.float64), sample_weight=weight)
    level = np.log(steps.y_thresholds_) - np.log1p(-steps.y_thresholds_)
    return Calibrator(
        slope=line.slope,
        intercept=line.intercept,
        kind=ISOTONIC,
        knots=tuple(steps.X_thresholds_.tolist()),
        levels=tuple(level.tolist()),
    )


KINDS: dict[str, FitKind] = {
    PLATT: fit_platt,
    NONE: no_calibrator,
    BETA: fit_beta,
    ISOTONIC: fit_isotonic,
}


def _trial(
    kind: str, loss: FloatArray, platt: FloatArray, *, groups: IntArray, weight: FloatArray | None
) -> CalibratorTrial:
    ahead = loss - platt
    counted = np.ones(len(loss)) if weight is None else weight
    off = counted * (ahead - mean(ahead, weight))
    by_group = sums_by_group(groups, off[:, None])[:, 0]
    return CalibratorTrial(
        kind=kind,
        log_loss=mean(loss, weight),
        platt_better_by=mean(ahead, weight),
        standard_error=float(np.sqrt((by_group**2).sum())) / float(counted.sum()),
    )
