"""Which segments are miscalibrated as a whole, and the offset that corrects each of them.

Boosters shrink what they learn of a category towards the rest, and a rare one most. Where a segment
of the definition is shown to be off, its own level is moved; where it is not, nothing is, because
an offset for every segment would chase noise in all of them. Three things must hold:

- it is off beyond chance, counted by group and corrected over every segment looked at;
- the offset of the earlier two thirds lowers the log loss of its leads in the last third;
- the offset, shrunk towards zero the more, the less the segments of its attribute differ beyond
  their errors, is still large enough to change what somebody does.

Why only categories, and not the phase: a lead's phase follows from what sales did, which is never
an input; a probability that moved with it would rise because it had risen. Backtests show the
calibration by phase all the same.

References
----------
DerSimonian & Laird (1986), Meta-analysis in clinical trials: the variance between segments.
Efron & Morris (1975), Data analysis using Stein's estimator: shrinking each by its own error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.calibration.calibrator import fit_platt
from training.calibration.segment_offsets import SegmentOffset
from training.metrics.bootstrap import sums_by_group
from training.metrics.logistic import fit_intercept_shift, probability_of
from training.metrics.metrics import row_losses
from training.metrics.special import normal_quantile

FALSE_ALARMS = 0.01
"""Chance that any segment is moved where none is off; shared among all that are looked at."""

FEWEST_CONVERTED = 20
"""Conversions, and others, of a segment; fewer say nothing of its level."""

SMALLEST_SHIFT = 0.1
"""Log-odds; less changes no decision that rounding does not change as well."""

EARLIER_SHARE = 2 / 3


@dataclass(frozen=True, kw_only=True)
class SegmentColumn:
    """A category by which leads are divided: its column's name, its levels, each row's code."""

    name: str
    levels: tuple[str, ...]
    codes: FloatArray

    def segments(self) -> Iterator[tuple[str | None, BoolArray]]:
        """Each level with its rows, the unknown last."""
        for code, level in enumerate(self.levels):
            yield level, self.codes == code
        yield None, np.isnan(self.codes)


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Outcomes, which of them lie in the later period, who shares them, and what each counts."""

    converted: BoolArray
    later: BoolArray
    groups: IntArray
    weight: FloatArray


@dataclass(frozen=True, kw_only=True)
class _Shift:
    """The shift that all log-odds of a segment need, and what of it is kept after shrinking."""

    offset: SegmentOffset
    rows: BoolArray
    value: float
    error: float
    kept: float = 0.0


def find_offsets(
    margin: FloatArray,
    converted: BoolArray,
    columns: tuple[SegmentColumn, ...],
    *,
    as_of: IntArray,
    groups: IntArray,
    weight: FloatArray | None = None,
) -> tuple[SegmentOffset, ...]:
    """Find offsets of the segments whose calibration is shown to be off; usually none.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        Natural log-odds, held out, as served.
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    columns : tuple of SegmentColumn
        The segment that is most surely off is corrected first; all others see what it explained.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC; an offset must also hold on the later snapshots.
    groups : ndarray of shape (n,)
        Accounts, or leads where accounts are unknown: rows of one share their luck.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    """
    past = _Past(
        converted=converted,
        later=as_of > np.quantile(as_of, EARLIER_SHARE),
        groups=groups,
        weight=np.ones(len(converted)) if weight is None else weight,
    )
    n_looked_at = sum(_tells(converted[rows]) for c in columns for _, rows in c.segments())
    surely = -normal_quantile(FALSE_ALARMS / 2 / max(n_looked_at, 1))
    found: list[SegmentOffset] = []
    # One at a time, the surest first: a segment far too low makes all others look too high.
    while len(found) < n_looked_at:
        line = fit_platt(margin, converted, weight)
        if line.slope <= 0:
            break
        log_odds = line.log_odds(margin)
        off = [
            shift
            for column in columns
            for shift in _shifts(log_odds, column, past)
            if abs(shift.value) > surely * shift.error
            and abs(shift.kept) >= SMALLEST_SHIFT
            and _helps_later(log_odds, shift, past)
        ]
        if not off:
            break
        surest = max(off, key=lambda shift: abs(shift.value) / shift.error)
        offset = replace(surest.offset, margin=surest.kept / line.slope)
        margin = margin + offset.margin * surest.rows
        found.append(offset)
    return _merged(found)


def variance_between(shifts: list[float], errors: list[float]) -> float:
    """How much segments differ beyond their errors: the variance of their true shifts."""
    if not shifts:
        return 0.0
    shift, weight = np.asarray(shifts), 1 / np.asarray(errors) ** 2
    if len(shifts) == 1:
        return float(max(shift[0] ** 2 - 1 / weight[0], 0.0))
    mean = (weight * shift).sum() / weight.sum()
    excess = (weight * (shift - mean) ** 2).sum() - (len(shift) - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return float(max(excess / scale, 0.0))


def _tells(converted: BoolArray) -> bool:
    n_converted = int(converted.sum())
    return min(n_converted, len(converted) - n_converted) >= FEWEST_CONVERTED


def _shifts(log_odds: FloatArray, column: SegmentColumn, past: _Past) -> list[_Shift]:
    """The shift of every segment of an attribute that has enough outcomes."""
    shifts = []
    for level, rows in column.segments():
        converted, weight = past.converted[rows], past.weight[rows]
        if not _tells(converted):
            continue
        value = fit_intercept_shift(log_odds[rows], converted, weight)
        probability = probability_of(log_odds[rows] + value)
        # Errors of a group add up before they are squared: its snapshots share their outcome.
        off = weight * (converted - probability)
        left_over = sums_by_group(past.groups[rows], off[:, None])[:, 0]
        curvature = (weight * (probability * (1 - probability))).sum()
        error = float(np.sqrt((left_over**2).sum()) / curvature)
        offset = SegmentOffset(column=column.name, level=level, margin=0.0)
        shifts.append(_Shift(offset=offset, rows=rows, value=value, error=error))
    spread = variance_between([s.value for s in shifts], [s.error for s in shifts])
    return [replace(s, kept=s.value * spread / (spread + s.error**2)) for s in shifts]


def _merged(found: list[SegmentOffset]) -> tuple[SegmentOffset, ...]:
    """One offset a segment, though it may have been moved twice."""
    total: dict[tuple[str, str | None], float] = {}
    for offset in found:
        place = (offset.column, offset.level)
        total[place] = total.get(place, 0.0) + offset.margin
    return tuple(
        SegmentOffset(column=column, level=level, margin=margin)
        for (column, level), margin in total.items()
    )


def _helps_later(log_odds: FloatArray, segment: _Shift, past: _Past) -> bool:
    """Whether the segment's shift of the earlier period lowers its log loss in the later one."""
    converted, later = past.converted, past.later
    before, after = segment.rows & ~later, segment.rows & later
    if not _tells(converted[before]):
        return False
    if not after.any():
        # Nothing has a date: the test over everything must do.
        return not later.any()
    shift = fit_intercept_shift(log_odds[before], converted[before], past.weight[before])
    as_is = row_losses(probability_of(log_odds[after]), converted[after])
    moved = row_losses(probability_of(log_odds[after] + shift), converted[after])
    weight = past.weight[after]
    return bool(np.average(moved, weights=weight) < np.average(as_is, weights=weight))
