"""What calibration adds to the margin of a segment that is miscalibrated as a whole.

Why an offset is counted in margin, before the calibrator's map, and not in calibrated log-odds: it
is then one more contribution of the segment's own column. Everything after it, the map, the order
of leads and the reasons that add up to the probability, holds without knowing of offsets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from features.core.arrays import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True)
class SegmentOffset:
    """What leads with one value of one category get; ``level`` None is the unknown."""

    column: str
    level: str | None
    margin: float


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """An offset with the column and the code its segment has in a matrix."""

    column: int
    code: float
    margin: float

    def applies(self, matrix: FloatArray) -> BoolArray:
        values = matrix[:, self.column]
        return np.isnan(values) if np.isnan(self.code) else values == self.code


@dataclass(frozen=True, kw_only=True)
class PlacedOffsets:
    """Offsets that know where their segments are in the matrix of one catalogue."""

    placed: tuple[_Placed, ...] = ()

    @classmethod
    def of(cls, offsets: Sequence[SegmentOffset], catalogue: Mapping[str, Any]) -> Self:
        """Find each offset's column and code.

        Parameters
        ----------
        catalogue : mapping
            As a release keeps it: ``features`` in column order, ``levels`` by name.
        """
        names = [feature["name"] for feature in catalogue["features"]] if offsets else []
        return cls(
            placed=tuple(
                _Placed(
                    column=names.index(offset.column),
                    code=np.nan
                    if offset.level is None
                    else float(list(catalogue["levels"][offset.column]).index(offset.level)),
                    margin=offset.margin,
                )
                for offset in offsets
            )
        )

    def add_to(self, margin: FloatArray, matrix: FloatArray) -> FloatArray:
        """Margins with their offsets, shape (n,); the margins themselves where there are none."""
        for offset in self.placed:
            # One by one and in their order, so that one lead and a million give the same bits.
            margin = margin + np.where(offset.applies(matrix), offset.margin, 0.0)
        return margin

    def add_to_contributions(self, values: FloatArray, matrix: FloatArray) -> None:
        """Give each offset to the contribution of its own column, in place.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
        """
        for offset in self.placed:
            values[offset.applies(matrix), offset.column] += offset.margin


NO_OFFSETS = PlacedOffsets()
