"""Texts in Arrow's memory, read like a sequence: a million keys in a fifth of what Python takes."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray

AT_ONCE = 1 << 16


class Texts(Sequence[str]):
    """Texts without nulls.

    Attributes
    ----------
    arrow : pyarrow.Array of string
    """

    def __init__(self, arrow: pa.Array) -> None:
        self.arrow = arrow

    def __len__(self) -> int:
        return len(self.arrow)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "Texts": ...
    def __getitem__(self, at: int | slice) -> "str | Texts":
        if isinstance(at, slice):
            return Texts(self.arrow[at])
        return str(self.arrow[int(at)].as_py())

    def __iter__(self) -> Iterator[str]:
        for at in range(0, len(self), AT_ONCE):
            yield from self.arrow[at : at + AT_ONCE].to_pylist()

    def take(self, places: "npt.NDArray[np.integer[Any]]") -> "Texts":
        """Those at some places."""
        return Texts(self.arrow.take(pa.array(places)))

    def among(self, others: "Collection[str] | Texts") -> BoolArray:
        """Which of them are among others."""
        told = others.arrow if isinstance(others, Texts) else pa.array(list(others), pa.string())
        return np.asarray(pc.is_in(self.arrow, told))
