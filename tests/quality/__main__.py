"""Awase's probabilities beside the opponents', on the same rows: ``make bench-quality``.

Prints a table a case: log loss, how far Awase is ahead with its paired standard error (over whole
groups), and the calibration slope with its 95 % interval; of simulated companies also how far the
expected log loss lies above the least possible, that of the true probabilities.

Run: python -m tests.quality [DATA SET | real] [[WORLD:]COMPANIESxLEADS ...] [MODEL ...], such as
``python -m tests.quality cdnow falls:5x3000 Awase logistic``; worlds are those of
:mod:`tests.quality.simulated`. Without an argument: real data, and five companies of 3,000 leads;
without a model: all.
"""

import re
import sys
from collections.abc import Iterator

import numpy as np

from features.core.arrays import FloatArray
from tests.quality.cases import DATA_SETS, Case, real_cases
from tests.quality.opponents import OPPONENTS, predict
from tests.quality.simulated import DRIFTS, STEADY, simulated_case
from training.metrics.bootstrap import sums_by_group
from training.metrics.logistic import fit_logistic_line
from training.metrics.metrics import row_losses
from training.simulation.closeness import expected_log_loss

OURS, REAL = "Awase", "real"
DEFAULT = (REAL, "5x3000")
FIRST_SEED = 9_001
"""No recipe was chosen on companies from here on."""

RESAMPLED, SURE = 200, (2.5, 97.5)
NEAREST = 1e-6
"""No opponent is charged for more certainty than this."""


def main(asked: list[str]) -> None:
    """Print the tables.

    Parameters
    ----------
    asked : list of str
        ``real`` or a data set, companies as ``20x3000`` or ``falls:5x3000``, and which models where
        not all.
    """
    models = [name for name in (OURS, *OPPONENTS) if name in asked] or [OURS, *OPPONENTS]
    for what in [name for name in asked if name not in models] or DEFAULT:
        above = [_show(case, models) for case in _cases(what)]
        for name in models if what not in (REAL, *DATA_SETS) and len(above) > 1 else ():
            found = np.array([case[name] for case in above])
            error = found.std(ddof=1) / np.sqrt(len(found))
            print(f"{what} {name}: above least {found.mean():.2%} (s.e. {error:.2%})", flush=True)


def _cases(what: str) -> Iterator[Case]:
    if what == REAL or what in DATA_SETS:
        yield from real_cases(DATA_SETS if what == REAL else (what,))
    elif (size := re.fullmatch(r"(?:(\w+):)?(\d+)x(\d+)", what)) and (size[1] or STEADY) in DRIFTS:
        world, companies, leads = size[1] or STEADY, int(size[2]), int(size[3])
        yield from (simulated_case(world, leads, FIRST_SEED + n) for n in range(companies))
    else:
        sys.exit(
            f"a case must be real, one of {', '.join(DATA_SETS)}, or [WORLD:]COMPANIESxLEADS with "
            f"one of {', '.join(DRIFTS)}; got {what}. Say falls:20x3000, for instance."
        )


def _show(case: Case, models: list[str]) -> dict[str, float]:
    """Print a case's table; gives how far each model lies above the least log loss, if known."""
    learned, later = len(case.converted), len(case.outcome)
    print(
        f"\n{case.name}: learned from {learned:,} rows ({int(case.converted.sum()):,} converted), "
        f"asked about {later:,} ({int(case.outcome.sum()):,})",
        flush=True,
    )
    above = "" if case.truth is None else "  above least"
    print(f"{'model':20} log loss   Awase ahead by         slope (95 %){above}")
    ours = case.by_awase()
    own = row_losses(ours, case.outcome)
    found = {}
    for name in models:
        told = ours if name == OURS else np.clip(predict(name, case), NEAREST, 1 - NEAREST)
        found[name] = np.nan if case.truth is None else _above_least(told, case.truth)
        print(_line(name, told, own, case), flush=True)
    return found


def _line(name: str, probability: FloatArray, own: FloatArray, case: Case) -> str:
    losses = row_losses(probability, case.outcome)
    ahead = losses - own
    off = sums_by_group(case.group, (ahead - ahead.mean())[:, None])[:, 0]
    error = float(np.sqrt((off**2).sum())) / len(ahead)
    gap = "" if name == OURS else f"{ahead.mean():+.4f} (s.e. {error:.4f})"
    slope, low, high = _slope(probability, case)
    excess = "" if case.truth is None else f"{_above_least(probability, case.truth):13.2%}"
    return (
        f"{name:20} {losses.mean():8.4f}   {gap:22} {slope:4.2f} ({low:.2f} to {high:.2f}){excess}"
    )


def _slope(probability: FloatArray, case: Case) -> tuple[float, float, float]:
    """Calibration slope, and its interval by drawing whole groups."""
    log_odds = np.log(probability) - np.log1p(-probability)
    _, group = np.unique(case.group, return_inverse=True)
    n_groups = group.max() + 1
    rng = np.random.default_rng(0)
    found = []
    for _ in range(RESAMPLED):
        drawn = rng.integers(0, n_groups, n_groups)
        weight = np.bincount(drawn, minlength=n_groups).astype(np.float64)
        found.append(fit_logistic_line(log_odds, case.outcome, weight[group])[0])
    low, high = np.percentile(found, SURE)
    return fit_logistic_line(log_odds, case.outcome)[0], float(low), float(high)


def _above_least(probability: FloatArray, truth: FloatArray) -> float:
    """How far the expected log loss lies above that of the true probabilities, as a share."""
    known = ~np.isnan(truth)
    least = expected_log_loss(truth[known], truth[known])
    return expected_log_loss(probability[known], truth[known]) / least - 1


if __name__ == "__main__":
    main(sys.argv[1:])
