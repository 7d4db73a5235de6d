"""A fit, its cut-offs and its past with all log-odds moved by as much.

What becomes of the cut-offs. A volume stays a volume: a cut-off set by capacity moves with the
level, so the same leads cross it. A share stays a share: a cut-off set by precision or by what an
opportunity is worth keeps its probability, which now means again what it says.
"""

from dataclasses import replace

import numpy as np

from training.calibrator import NONE, PLATT, Calibrator, log_odds_of, probability_of
from training.cutoffs import MOVES_WITH_LEVEL, raised_to_mql
from training.judged import Judged
from training.records import CutOff, CutOffs
from training.release import Fit


def move_fit(fit: Fit, shift: float) -> Fit:
    """The fit at another level."""
    return replace(fit, calibrator=move_intercept(fit.calibrator, shift))


def move_intercept(calibrator: Calibrator, shift: float) -> Calibrator:
    """The calibrator with all log-odds moved by as much; for a new release."""
    moved = replace(calibrator, intercept=calibrator.intercept + shift)
    if calibrator.coefficients:
        rising, falling, constant = calibrator.coefficients
        moved = replace(moved, coefficients=(rising, falling, constant + shift))
    if calibrator.levels:
        moved = replace(moved, levels=tuple(level + shift for level in calibrator.levels))
    if calibrator.ends is not None:
        low, high = (
            tuple(end + shift for end in ends)
            for ends in (calibrator.ends.low, calibrator.ends.high)
        )
        moved = replace(moved, ends=replace(calibrator.ends, low=low, high=high))
    # What had no calibrator has one now.
    return replace(moved, kind=PLATT) if calibrator.kind == NONE else moved


def move_judged(judged: Judged, shift: float) -> Judged:
    """The same snapshots at the moved level; what was thinned stays thinned in its order."""
    return replace(judged, probability=probability_of(log_odds_of(judged.probability) + shift))


def move_cut_offs(cut_offs: CutOffs, shift: float) -> CutOffs:
    """Cut-offs after the level moved: volumes stay volumes, shares stay shares.

    Parameters
    ----------
    shift : float
        Natural log-odds.
    """
    mql, sql = (_moved(cut_off, shift) for cut_off in (cut_offs.mql, cut_offs.sql))
    if mql.probability is not None and sql.probability is not None:
        sql = raised_to_mql(sql, mql.probability)
    return CutOffs(mql=mql, sql=sql)


def _moved(cut_off: CutOff, shift: float) -> CutOff:
    if cut_off.probability is None or cut_off.rule not in MOVES_WITH_LEVEL:
        return cut_off
    log_odds = log_odds_of(np.asarray(cut_off.probability))
    return replace(cut_off, probability=float(probability_of(log_odds + shift)))
