"""Columns of keys: one form for what is one key, and a reason for what is no whole key any more.

A spreadsheet that takes a key for a number rounds it beyond 15 digits and shows it as
``1.23457E+17``: several records then share one key, and nothing brings them apart again.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.core.parsing.record_ids import PREFIXES, is_salesforce_id, long_id

MUST_BE_WHOLE = (
    "must be the whole key, not a number that a spreadsheet rounded; format the column as text "
    "and export it again"
)
MUST_FIT_CHECKSUM = (
    "must be an id of Salesforce as it was given, capitals and small letters kept; export it again"
)

_ROUNDED = r"^[+-]?\d(\.\d+[eE]\+?|[eE]\+)\d{1,3}$"
_FLOAT = r"^\d{1,15}\.0+$"
_SALESFORCE = rf"^({'|'.join(PREFIXES)})([0-9A-Za-z]{{12}}|[0-9A-Za-z]{{15}})$"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A column of keys in one form, why some are none, and how many were written otherwise."""

    text: pa.Array
    faults: dict[str, BoolArray]
    n_floats: int


def read_keys(values: pa.Array, *, mixed: bool = False) -> Keys:
    """Keys in the form in which they are compared.

    Parameters
    ----------
    values : pyarrow.Array of string
        Null means blank.
    mixed : bool
        Whether other rows of the column are known to hold keys without a ``.0`` behind them.
    """
    rounded = np.asarray(pc.match_substring_regex(values, _ROUNDED).fill_null(False))
    misfits = np.zeros(len(values), bool)
    floats = are_floats(values)
    n_floats = 0
    # A column with blanks becomes one of floats in many programs: all of its keys, or none.
    if not mixed and pc.all(floats).as_py() and pc.any(floats).as_py():
        n_floats = pc.sum(floats).as_py()
        values = without_fraction(values)
    shaped = pc.match_substring_regex(values, _SALESFORCE)
    if pc.any(shaped).as_py():
        values, misfits = _one_length(values)
    faults = {MUST_BE_WHOLE: rounded, MUST_FIT_CHECKSUM: misfits}
    return Keys(text=values, faults=faults, n_floats=n_floats)


def are_floats(values: pa.Array) -> pa.Array:
    """Which keys have a ``.0`` behind them; null where blank."""
    return pc.match_substring_regex(values, _FLOAT)


def without_fraction(values: pa.Array) -> pa.Array:
    """Keys without the ``.0`` that a program put behind them."""
    return pc.replace_substring_regex(values, r"^(\d{1,15})\.0+$", r"\1")


def _one_length(values: pa.Array) -> tuple[pa.Array, BoolArray]:
    encoded = values.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    long = [long_id(text) if is_salesforce_id(text) else text for text in texts]
    kept = [text if found is None else found for text, found in zip(texts, long, strict=True)]
    wrong = np.array([*(found is None for found in long), False])
    codes = np.asarray(encoded.indices.fill_null(len(texts))).astype(np.int64)
    return pa.array(kept, pa.string()).take(encoded.indices), wrong[codes]
