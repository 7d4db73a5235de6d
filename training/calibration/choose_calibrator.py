"""Which kind of calibrator to use: tried on later blocks of time, Platt unless another surely wins.

The held-out margins are cut into five blocks of time. Each kind is fitted on what came before a
block and judged on it by log loss, four times. Another kind replaces Platt only where it is better
in every one of those blocks, and over all of them beyond chance.

Why so hard to beat: while a world shifts, whichever kind happens to lie nearer to the newest level
wins one later period and loses the next. On 50 simulated companies that shift, the rule "better by
two standard errors on the last third" left Platt 24 times, to harm in 19 (log loss .0006 higher on
average over all); this one left it 3 times. Of 50 that do not shift it left it once (6 before).
Both were chosen on those companies, never on a test that is reported.

References
----------
Kull, Silva Filho & Flach (2017), Beyond sigmoids (beta calibration).
Zadrozny & Elkan (2002), Transforming classifier scores into accurate multiclass probability
estimates (isotonic regression).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.calibration.calibrator import BETA, ISOTONIC, NONE, PLATT, Calibrator, fit_platt
from training.metrics.bootstrap import sums_by_group
from training.metrics.metrics import row_losses
from training.metrics.sample_weights import mean
from training.results.calibration_records import CalibratorTrial

N_BLOCKS = 5
FEWEST_CONVERTED = 50
"""Conversions in any block below which nothing is compared."""

SURELY = 3.0
"""Standard errors by which another kind must be better than Platt, over all later blocks."""

FitKind = Callable[[FloatArray, BoolArray, FloatArray | None], Calibrator]


@dataclass(frozen=True, kw_only=True)
class CalibratorChoice:
    """The calibrator to serve, Platt's, and the trials; none where too little has matured."""

    calibrator: Calibrator
    platt: Calibrator
    trials: tuple[CalibratorTrial, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Held-out snapshots; blocks numbered from 0 in order of time."""

    margin: FloatArray
    converted: BoolArray
    group: IntArray
    block: IntArray
    weight: FloatArray

    def losses(self, fit_kind: FitKind) -> FloatArray:
        """Log loss of each row of a later block, fitted on the blocks before."""
        found = np.full(len(self.margin), np.nan)
        for number in range(1, N_BLOCKS):
            before, at = self.block < number, self.block == number
            calibrator = fit_kind(self.margin[before], self.converted[before], self.weight[before])
            found[at] = row_losses(calibrator.predict(self.margin[at]), self.converted[at])
        return found


def choose_calibrator(
    margin: FloatArray,
    converted: BoolArray,
    *,
    as_of: IntArray,
    groups: IntArray,
    weight: FloatArray | None = None,
) -> CalibratorChoice:
    """Choose the kind on later blocks of time, then fit it on everything.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        Held out, as served; see :func:`training.calibration.calibrator.margin_as_served`.
    converted, as_of, groups : ndarray of shape (n,)
        Where all ``as_of`` are the same there is no later block, and Platt is used.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    platt = fit_platt(margin, converted, weight)
    edges = np.quantile(as_of, np.arange(1, N_BLOCKS) / N_BLOCKS)
    block = np.searchsorted(edges, as_of, side="left")
    n_converted = np.bincount(block[converted], minlength=N_BLOCKS)
    if n_converted.min() < FEWEST_CONVERTED:
        return CalibratorChoice(calibrator=platt, platt=platt)
    counted = np.ones(len(margin)) if weight is None else weight
    rows = _Rows(margin=margin, converted=converted, group=groups, block=block, weight=counted)
    losses = {kind: rows.losses(fit_kind) for kind, fit_kind in KINDS.items()}
    trials = [_trial(kind, loss, losses[PLATT], rows) for kind, loss in losses.items()]
    better = [trial for trial in trials if _surely_better(trial)]
    best = min(better, key=lambda trial: trial.log_loss, default=None)
    chosen = PLATT if best is None else best.kind
    return CalibratorChoice(
        calibrator=platt if chosen == PLATT else KINDS[chosen](margin, converted, weight),
        platt=platt,
        trials=tuple(replace(trial, is_used=trial.kind == chosen) for trial in trials),
    )


def _surely_better(trial: CalibratorTrial) -> bool:
    stable = trial.n_blocks_better == trial.n_blocks
    return stable and trial.platt_better_by < -SURELY * trial.standard_error


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


def _trial(kind: str, loss: FloatArray, platt: FloatArray, rows: _Rows) -> CalibratorTrial:
    later = rows.block > 0
    weight, ahead = rows.weight[later], (loss - platt)[later]
    off = weight * (ahead - mean(ahead, weight))
    by_group = sums_by_group(rows.group[later], off[:, None])[:, 0]
    by_block = np.bincount(rows.block[later], weight * ahead, minlength=N_BLOCKS)[1:]
    return CalibratorTrial(
        kind=kind,
        log_loss=mean(loss[later], weight),
        platt_better_by=mean(ahead, weight),
        standard_error=float(np.sqrt((by_group**2).sum())) / float(weight.sum()),
        n_blocks=N_BLOCKS - 1,
        n_blocks_better=int((by_block < 0).sum()),
    )
