"""Does a probability mean the same in every segment? Promised against what came, value by value."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from training.backtest_records import SegmentCalibration
from training.bootstrap import measured, resampled_sums, sums_by_group
from training.judged import FloatArray, Judged
from training.proof import prove
from training.records import Measured

FEWEST_CONVERTED = 20
"""Fewer say nothing of a rate; the segment is left out."""

FALSE_ALARMS = 0.05
"""Chance that any segment is called off where none is; shared among all that are looked at."""

Texts = npt.NDArray[np.str_]


def check_segments(
    judged: Judged, values: Mapping[str, Texts], *, seed: int = 0
) -> tuple[SegmentCalibration, ...]:
    """Every value of every attribute with enough conversions, those furthest off first.

    Parameters
    ----------
    judged : Judged
        Matured snapshots.
    values : mapping from attribute to ndarray of shape (n,)
        The segment each snapshot lies in.
    """
    looked_at = [
        (attribute, value, texts == value)
        for attribute, texts in values.items()
        for value in np.unique(texts.astype(str))
        if int(judged.converted[texts == value].sum()) >= FEWEST_CONVERTED
    ]
    tail = FALSE_ALARMS / 2 / max(len(looked_at), 1)
    found = [
        _segment(judged, attribute, str(value), inside=inside, tail=tail, seed=seed)
        for attribute, value, inside in looked_at
    ]
    return tuple(sorted(found, key=lambda segment: -abs(segment.difference.value)))


def _segment(
    judged: Judged,
    attribute: str,
    value: str,
    *,
    inside: npt.NDArray[np.bool_],
    tail: float,
    seed: int,
) -> SegmentCalibration:
    rows = judged.take(inside)
    columns = np.column_stack(
        (rows.probability, rows.converted.astype(np.float64), np.ones(len(rows)))
    )
    sums = sums_by_group(rows.group, columns)
    drawn = resampled_sums(sums, seed)
    observed = sums.sum(axis=0)
    low, high = np.quantile(_difference(drawn), (tail, 1 - tail))
    return SegmentCalibration(
        attribute=attribute,
        value=value,
        n_snapshots=len(rows),
        n_converted=int(rows.converted.sum()),
        mean_probability=float(rows.probability.mean()),
        converted_share=measured(_share, observed, drawn) or Measured(value=0.0),
        difference=measured(_difference, observed, drawn) or Measured(value=0.0),
        is_off=bool(low > 0 or high < 0),
        proof=prove(rows, seed=seed),
    )


def _difference(sums: FloatArray) -> FloatArray:
    return (sums[:, 0] - sums[:, 1]) / sums[:, 2]


def _share(sums: FloatArray) -> FloatArray:
    return sums[:, 1] / sums[:, 2]
