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
from features.importing.mapping.mapped_columns import read_booleans, read_number_text
from features.importing.mapping.times import read_instants

MUST_BE = {
    "number": "must be a number",
    "boolean": "must be yes or no",
    "date": "must be a date",
}
"""Reasons for which a fact is rejected, by the kind of attribute."""


def read_fact_values(
    values: pa.Array, kind: Kind, formats: tuple[str, ...]
) -> tuple[pa.Array, BoolArray]:
    """Values as they are kept, null where they cannot be read, and which those are.

    Parameters
    ----------
    values : pyarrow.Array of string
        As written; null means blank.
    kind : str
        Kind of the attribute.
    formats : tuple of str
        How dates are written, see :mod:`features.importing.mapping.times`.
    """
    fine = np.zeros(len(values), bool)
    match kind:
        case "number":
            return read_number_text(_plain(values))
        case "boolean":
            meant, bad = read_booleans(_plain(values))
            return pc.if_else(meant, "true", "false"), bad
        case "date":
            return _read_days(_plain(values), formats)
        case "email_domain":
            domain = pc.utf8_lower(pc.replace_substring_regex(values, r"^.*@\s*|>$", ""))
            # An address is never kept whole: only what follows the sign.
            return domain, fine
        case _:
            return values, fine


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
