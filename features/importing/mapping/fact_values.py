"""Values of facts as the fact table keeps them, by the kind of their attribute.

Only what a machine may settle is settled here: numbers in plain digits, yes and no, days, the
domain of an e-mail address. Titles, timing and money stay as people wrote them; they are read
where features are made, so that a better reader helps the past too.
"""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.definition.attributes import Kind
from features.definition.kinds import KINDS
from features.importing.mapping.keys import read_keys
from features.importing.mapping.mapped_columns import read_booleans
from features.importing.mapping.numbers import (
    BY_MACHINE,
    LARGEST_NUMBER,
    MUST_BE_NUMBER,
    Notation,
    ReadTexts,
    read_number_texts,
    refuse_too_large,
    settle_quantities,
)
from features.importing.mapping.times import read_instants

MUST_BE_YES_OR_NO = "must be yes or no"
MUST_BE_DATE = "must be a date"


def read_fact_values(
    values: pa.Array,
    kind: Kind,
    *,
    formats: tuple[str, ...] = ("auto",),
    notation: Notation = BY_MACHINE,
) -> ReadTexts:
    """Values as they are kept, null where they cannot be read, and why.

    Parameters
    ----------
    values : pyarrow.Array of string
        As written; null means blank.
    kind : str
        Kind of the attribute.
    formats : tuple of str
        How dates are written, see :mod:`features.importing.mapping.times`.
    notation : Notation
        How numbers are written, as far as it is known.
    """
    match KINDS[kind].kept_as:
        case "number":
            return refuse_too_large(read_number_texts(_plain(values), notation), LARGEST_NUMBER)
        case "quantity":
            return settle_quantities(values, notation)
        case "yes_no":
            meant, bad = read_booleans(_plain(values))
            text = pc.if_else(meant, "true", "false")
            return ReadTexts(text=text, faults={MUST_BE_YES_OR_NO: bad})
        case "day":
            text, bad = _read_days(_plain(values), formats)
            return ReadTexts(text=text, faults={MUST_BE_DATE: bad})
        case "key":
            keys = read_keys(values)
            return ReadTexts(text=keys.text, faults=keys.faults)
        case "domain":
            # An address is never kept whole: only what follows the sign.
            values = pc.utf8_lower(pc.replace_substring_regex(values, r"^.*@\s*|>$", ""))
    return ReadTexts(text=values, faults={MUST_BE_NUMBER: np.zeros(len(values), bool)})


def _read_days(values: pa.Array, formats: tuple[str, ...]) -> tuple[pa.Array, BoolArray]:
    # An offset does not move a day: whoever wrote it meant the day that is written.
    bare = pc.replace_substring_regex(values, r"(\d)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})$", r"\1")
    instants = read_instants(bare, formats, ZoneInfo("UTC"))
    days = instants.start.astype("datetime64[s]").astype("datetime64[D]")
    text = pa.array(np.datetime_as_string(days).tolist(), pa.string())
    bad = instants.fault > 0
    empty = pa.array(bad | instants.blank)
    return pc.if_else(empty, pa.scalar(None, pa.string()), text), bad


def _plain(values: pa.Array) -> pa.Array:
    return pc.utf8_normalize(values, form="NFKC")
