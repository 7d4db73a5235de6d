"""Hashes of texts, to tell millions of them apart in eight bytes each."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.core.compiled import Compiled

Hashes = npt.NDArray[np.uint64]

_U = np.uint64
_GOLDEN = _U(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio: Fibonacci hashing


def text_hashes(texts: pa.Array) -> Hashes:
    """A number for each text, the same for the same text; that of an empty text for null.

    Two of a hundred million texts share one in a case of four thousand.
    """
    plain = texts.cast(pa.string()).fill_null("")
    _, offsets, content = plain.buffers()
    begins = np.frombuffer(offsets, dtype=np.int32)[plain.offset : plain.offset + len(plain) + 1]
    hashes = np.empty(len(plain), dtype=np.uint64)
    _hash(begins, np.frombuffer(content or b"\0", dtype=np.uint8), hashes)
    return hashes


@Compiled
def _hash(begins: npt.NDArray[np.int32], content: npt.NDArray[np.uint8], hashes: Hashes) -> None:
    for row in range(len(hashes)):
        mixed = _U(begins[row + 1] - begins[row])
        for at in range(begins[row], begins[row + 1]):
            mixed = (mixed ^ _U(content[at])) * _GOLDEN
            mixed ^= mixed >> _U(29)
        hashes[row] = mixed
