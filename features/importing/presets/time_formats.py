"""How the times of a column are written, found by trying."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.importing.mapping.times import read_instants

DAY_FIRST = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y")
MONTH_FIRST = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")

CANDIDATES = (
    ("auto",),
    ("epoch_milliseconds",),
    ("epoch_microseconds",),
    ("excel",),
    MONTH_FIRST,
    DAY_FIRST,
    ("%d %b %Y", "%b %d, %Y", "%d-%b-%Y"),
)
"""Ways to write times, the likeliest first."""

SAMPLE = 5_000
"""Rejected values that formats are tried on."""


def guess_formats(values: pa.Array) -> tuple[str, ...] | None:
    """The formats that read most values of a column of text; ``auto`` if none reads any.

    The whole column decides: an export that begins in the first days of a month fits both orders of
    day and month for thousands of rows. None where all of it does.
    """
    text = pc.unique(values)
    text = text.filter(pc.not_equal(text, ""))
    plain = pc.utf8_normalize(text, form="NFKC")
    zone = ZoneInfo("UTC")
    read = [int(np.sum(read_instants(plain, tried, zone).fault == 0)) for tried in CANDIDATES]
    best = int(np.argmax(read))
    if best == 0 or read[best] == 0:
        return CANDIDATES[0]
    if read[CANDIDATES.index(MONTH_FIRST)] == read[CANDIDATES.index(DAY_FIRST)] == read[best]:
        return None
    # Some cells of a spreadsheet are dates and others text that looks like one.
    return (*CANDIDATES[best], "auto")


SINGLE = (
    *(
        "excel",
        "epoch_seconds",
        "epoch_milliseconds",
        "epoch_microseconds",
        *MONTH_FIRST,
        *DAY_FIRST,
    ),
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d-%m-%Y", "%d-%m-%Y %H:%M", "%d %b %Y", "%b %d, %Y"),
    *("%d-%b-%Y", "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m", "%Y-%m", "%Y/%m"),
    *("%Y-%m-%d %I:%M %p", "%Y/%m/%d %I:%M %p"),
)
"""Formats that are named to people whose times could not be read."""


def formats_that_read(values: pa.Array) -> tuple[str, ...]:
    """Formats each of which reads all of some values: two where day and month may change places.

    Parameters
    ----------
    values : pyarrow.Array of string
        Without nulls.
    """
    text = pc.utf8_normalize(pc.unique(values.slice(0, SAMPLE)), form="NFKC")
    if not len(text):
        return ()
    zone = ZoneInfo("UTC")
    found = [one for one in SINGLE if (read_instants(text, (one,), zone).fault == 0).all()]
    return tuple(found[:2])


def format_of_each(values: pa.Array) -> pa.Array:
    """The likeliest format that reads each value; null where none does.

    Where day and month may change places, both formats, as in ``%m/%d/%Y or %d/%m/%Y``.

    Parameters
    ----------
    values : pyarrow.Array of string
    """
    encoded = values.dictionary_encode()
    text = pc.utf8_normalize(encoded.dictionary, form="NFKC")
    zone = ZoneInfo("UTC")
    reads = {one: read_instants(text, (one,), zone).fault == 0 for one in SINGLE}
    named = [_named([one for one in SINGLE if reads[one][at]]) for at in range(len(text))]
    return pa.array(named, pa.string()).take(encoded.indices)


def _named(formats: list[str]) -> str | None:
    if not formats:
        return None
    either = [one for one in formats if one in DAY_FIRST] if formats[0] in MONTH_FIRST else []
    return " or ".join([formats[0], *either[:1]])
