"""Columns of keys take the memory of their letters, not that of as many Python objects."""

import gc
import sys

import numpy as np
import pyarrow as pa

from features.importing.proposal.column_profile import profile_column
from features.importing.proposal.texts import Texts


def test_texts_are_read_like_a_sequence() -> None:
    texts = Texts(pa.array(["b", "", "a"]))

    assert list(texts) == ["b", "", "a"]
    assert (texts[0], texts[-1], list(texts[1:])) == ("b", "a", ["", "a"])
    assert list(texts.take(np.array([2, 0]))) == ["a", "b"]
    assert "a" in texts
    assert "c" not in texts


def test_which_are_among_others() -> None:
    texts = Texts(pa.array(["b", "", "a"]))

    np.testing.assert_array_equal(texts.among(("a", "")), [False, True, True])
    np.testing.assert_array_equal(texts.among(Texts(pa.array(["b"]))), [True, False, False])
    np.testing.assert_array_equal(texts.among(()), [False, False, False])


def test_a_column_of_keys_keeps_no_python_text_a_row() -> None:
    n_rows = 100_000
    keys = pa.array(np.char.add("00Q", np.arange(n_rows).astype(str)))
    gc.collect()
    before = sys.getallocatedblocks()

    column = profile_column("Lead ID", keys)
    asked = (column.unique, column.n_filled, len(column.values), column.kind)
    gc.collect()
    added = sys.getallocatedblocks() - before

    assert asked[:3] == (True, n_rows, n_rows)
    assert added < n_rows / 10
