"""Does a probability mean the same in every segment? Predicted against observed, by value."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.calibration_error import calibration_report
from training.metrics.proportion_intervals import clustered_share
from training.metrics.sample_weights import mean
from training.results.backtest_records import SegmentCalibration
from training.results.records import Measured
from training.results.scored import ScoredSnapshots

FEWEST_CONVERTED = 20
"""Fewer say nothing of a rate; the segment is left out."""

FALSE_ALARMS = 0.05
"""Chance that any segment is called off where none is; shared among all that are looked at."""

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class SegmentLevel:
    """Predicted less observed share of one segment.

    Attributes
    ----------
    inside : ndarray of shape (n,)
        Which snapshots lie in the segment.
    is_off : bool
        Whether chance alone would hardly do that, however many segments are looked at.
    """

    attribute: str
    value: str
    inside: BoolArray
    difference: Measured
    converted_share: Measured
    is_off: bool


def segment_levels(
    scored: ScoredSnapshots, values: Mapping[str, Texts], *, seed: int = 0
) -> tuple[SegmentLevel, ...]:
    """Compare predicted and observed shares for every value with enough conversions.

    Parameters
    ----------
    scored : ScoredSnapshots
        Matured snapshots.
    values : mapping from attribute to ndarray of shape (n,)
        The segment each snapshot lies in.
    seed : int
        Of the bootstrap.
    """
    looked_at = [
        (attribute, str(value), texts == value)
        for attribute, texts in values.items()
        for value in np.unique(texts.astype(str))
        if int(scored.converted[texts == value].sum()) >= FEWEST_CONVERTED
    ]
    tail = FALSE_ALARMS / 2 / max(len(looked_at), 1)
    return tuple(
        _level(scored, attribute, value, inside=inside, tail=tail, seed=seed)
        for attribute, value, inside in looked_at
    )


def _level(
    scored: ScoredSnapshots,
    attribute: str,
    value: str,
    *,
    inside: BoolArray,
    tail: float,
    seed: int,
) -> SegmentLevel:
    rows = scored.take(inside)
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    columns = np.column_stack((rows.probability * weight, rows.converted * weight, weight))
    sums = sums_by_group(rows.group, columns)
    drawn = resampled_sums(sums, seed)
    observed = sums.sum(axis=0)
    low, high = np.quantile(_difference(drawn), (tail, 1 - tail))
    return SegmentLevel(
        attribute=attribute,
        value=value,
        inside=inside,
        difference=measured(_difference, observed, drawn) or Measured(value=0.0),
        converted_share=clustered_share(rows.converted, rows.group, weight=rows.weight),
        is_off=bool(low > 0 or high < 0),
    )


def check_segments(
    scored: ScoredSnapshots, values: Mapping[str, Texts], *, seed: int = 0
) -> tuple[SegmentCalibration, ...]:
    """Make the calibration report of every segment, those furthest off first.

    Parameters
    ----------
    scored : ScoredSnapshots
        Matured snapshots.
    values : mapping from attribute to ndarray of shape (n,)
        The segment each snapshot lies in.
    seed : int
        Of the bootstrap.
    """
    found = [
        _proved(scored.take(level.inside), level, seed)
        for level in segment_levels(scored, values, seed=seed)
    ]
    return tuple(sorted(found, key=lambda segment: -abs(segment.difference.value)))


def _proved(rows: ScoredSnapshots, level: SegmentLevel, seed: int) -> SegmentCalibration:
    return SegmentCalibration(
        attribute=level.attribute,
        value=level.value,
        n_snapshots=len(rows),
        n_converted=int(rows.converted.sum()),
        mean_probability=mean(rows.probability, rows.weight),
        converted_share=level.converted_share,
        difference=level.difference,
        is_off=level.is_off,
        proof=calibration_report(rows, seed=seed),
    )


def _difference(sums: FloatArray) -> FloatArray:
    return (sums[:, 0] - sums[:, 1]) / sums[:, 2]
