"""How the times of a column are written, found by trying."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.importing.mapping.times import read_instants

CANDIDATES = (
    ("auto",),
    ("epoch_milliseconds",),
    ("excel",),
    ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y"),
    ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y"),
    ("%d %b %Y", "%b %d, %Y", "%d-%b-%Y"),
)
"""Ways to write times, the likeliest first; a month that could be a day is taken for a month."""

SAMPLE = 5_000
"""Values that are tried; an export writes all of a column in one way."""


def guess_formats(values: pa.Array) -> tuple[str, ...]:
    """The formats that read most values of a column of text; ``auto`` if none reads any."""
    text = pc.unique(values.slice(0, SAMPLE))
    text = text.filter(pc.not_equal(text, ""))
    plain = pc.utf8_normalize(text, form="NFKC")
    zone = ZoneInfo("UTC")
    read = [int(np.sum(read_instants(plain, tried, zone).fault == 0)) for tried in CANDIDATES]
    best = int(np.argmax(read))
    if best == 0 or read[best] == 0:
        return CANDIDATES[0]
    # Some cells of a spreadsheet are dates and others text that looks like one.
    return (*CANDIDATES[best], "auto")
