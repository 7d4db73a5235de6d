"""Columns of text read as instants: whole columns at once, a reason for every value that is none.

Why own parsing: pandas and Arrow guess per value, stop at the first fault, or let 30 February pass
as 1 March. Here a format becomes one pattern, and its groups become numbers that are checked.

A value that holds only a day begins at that day's first second and is known by its last one: a
month that starts at midnight has seen the whole day before, and nothing of it earlier.
"""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, SecondArray
from features.core.clock import DAY, UNDATED, ends_of_days, time_zones
from features.core.parsing.dates.japanese_dates import years_first

FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Years a time may lie in; what is outside is a slip of the pen or a placeholder."""

MUST_BE_TIME = "must be a date or time"
MUST_HAVE_ZONE = "must carry its offset"
MUST_BE_IN_RANGE = f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}"
FAULTS = (MUST_BE_TIME, MUST_HAVE_ZONE, MUST_BE_IN_RANGE)

_PLAUSIBLE = {
    "epoch_seconds": (0, 1e10),
    "epoch_milliseconds": (1e10, 1e13),
    "epoch_microseconds": (1e13, 1e16),
    "excel": (1, 1e5),
}
_PARTS = {"epoch_milliseconds": 1e3, "epoch_microseconds": 1e6}
"""Parts of a second that are counted, where it is not seconds."""

NUMBER_FORMATS = tuple(_PLAUSIBLE)
"""Formats of times written as one number. Their ranges do not touch, so that a number is never
read as another kind of time than was meant: from 1970 to 2286, and days of Excel to 2173."""

_NAME = r"[A-Za-z0-9_/+-]+"
# Java writes the zone's name behind the offset, which says all, or in its place.
_ZONE = (
    rf"(?:(?P<zone>Z|z|UTC|GMT|[+-]\d{{2}}(?::?\d{{2}})?)(?:\[{_NAME}\])?|\[(?P<place>{_NAME})\])"
)
_AUTO = (
    r"^(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]\s*(?P<hour>\d{1,2})[:時](?P<minute>\d{1,2})"
    r"(?:[:分](?P<second>\d{1,2})(?:[.,]\d+)?秒?|分)?)?"
    rf"(?:\s*{_ZONE})?$"
)
_DIRECTIVES = {
    "%Y": r"(?P<year>\d{4})",
    "%y": r"(?P<short_year>\d{2})",
    "%m": r"(?P<month>\d{1,2})",
    "%b": r"(?P<month_name>[A-Za-z]{3})[a-z]*\.?",
    "%B": r"(?P<month_name>[A-Za-z]{3})[a-z]*",
    "%d": r"(?P<day>\d{1,2})",
    "%H": r"(?P<hour>\d{1,2})",
    "%I": r"(?P<hour>\d{1,2})",
    "%p": r"(?P<half>[AaPp])\.?[Mm]\.?",
    "%M": r"(?P<minute>\d{1,2})",
    "%S": r"(?P<second>\d{1,2})",
    "%f": r"\d+",
    "%z": _ZONE,
    "%%": "%",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LAST_HOUR = 29  # business hours in Japan go on past midnight: 25:30 is 1:30 of the next day
_EXCEL_1970 = 25_569  # days from Excel's day 0 (30 December 1899) to 1 January 1970


@dataclass(frozen=True, kw_only=True)
class Instants:
    """A column of times, and what is wrong with those that are none.

    ``start`` is when it happened at the earliest and ``known_by`` at the latest; they differ only
    where ``day_only``. ``fault`` is 0 or a position in :data:`FAULTS` counted from 1; blank
    values have no fault and ``blank`` set.
    """

    start: SecondArray
    known_by: SecondArray
    day_only: BoolArray
    blank: BoolArray
    fault: npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class _Parsed:
    """Values one format could read: local seconds since 1970 and the offset that came with them."""

    matched: BoolArray
    local: SecondArray
    offset: SecondArray
    has_offset: BoolArray
    day_only: BoolArray


def check_format(text: str) -> str:
    """Give back a format that can be read.

    Raises
    ------
    ValueError
        If it is neither a known word nor made of known directives.
    """
    if text not in (*NUMBER_FORMATS, "auto"):
        pattern = _pattern(text)
        groups = re.compile(pattern).groupindex
        if not ({"year", "short_year"} & set(groups) and {"month", "month_name"} & set(groups)):
            msg = "must be auto, " + ", ".join(NUMBER_FORMATS) + " or hold year, month and day"
            raise ValueError(msg)
    return text


def name_pattern(text: str) -> str:
    """A regular expression that finds a day of a format within a name.

    Digits count as many as the format says, so that ``20260331`` is a year, a month and a day.
    """
    exact = _pattern(text)[1:-1].replace(r"\d{1,2}", r"\d{2}")
    return rf"(?<!\d){exact}(?!\d)"


def read_instants(values: pa.Array, formats: tuple[str, ...], zone: ZoneInfo | None) -> Instants:
    """Instants of a column of text; null means blank.

    Parameters
    ----------
    values : pyarrow.Array of string
        Trimmed, in plain (not full-width) digits.
    formats : tuple of str
        Tried in order: ``auto`` (year first), one of :data:`NUMBER_FORMATS`, or directives as in
        ``%d/%m/%Y %H:%M``.
    zone : ZoneInfo or None
        Where a time without an offset was written down.
    """
    n = len(values)
    blank = np.asarray(values.is_null())
    parsed = _nothing(n)
    for text in formats:
        if (parsed.matched | blank).all():
            break
        parsed = _first_of(parsed, _read_format(values, text))
        if text == "auto" and not (parsed.matched | blank).all():
            parsed = _first_of(parsed, _read_format(_years_first(values, parsed.matched), text))
    return _settle(parsed, blank, zone)


def _years_first(values: pa.Array, read: BoolArray) -> pa.Array:
    """What could not be read yet, with years first; the rest is left out."""
    rest = pc.if_else(pa.array(read), pa.scalar(None, pa.string()), values).dictionary_encode()
    texts = [years_first(text) for text in rest.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(rest.indices)


def _settle(parsed: _Parsed, blank: BoolArray, zone: ZoneInfo | None) -> Instants:
    fault = np.zeros(len(blank), dtype=np.int8)
    years = parsed.local.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
    in_range = (years >= FIRST_YEAR) & (years <= LAST_YEAR)
    # A day belongs to the zone it was written in even where an offset of midnight came with it.
    naive = ~parsed.has_offset
    fault[parsed.matched & ~in_range] = 3
    if zone is None:
        fault[parsed.matched & naive] = 2
    fault[~parsed.matched & ~blank] = 1
    good = parsed.matched & (fault == 0)
    start = np.where(good, parsed.local - parsed.offset, 0)
    known_by = start.copy()
    if zone is not None:
        timed, days = good & naive & ~parsed.day_only, good & parsed.day_only
        start[timed] = known_by[timed] = _local_to_second(parsed.local[timed], zone)
        day = parsed.local[days] // DAY
        start[days] = ends_of_days(day - 1, zone)
        known_by[days] = ends_of_days(day, zone) - 1
    # The first hours of 1970 east of Greenwich, and second 0, which programs write for "never".
    fault[good & (start <= UNDATED)] = 3
    return Instants(
        start=start, known_by=known_by, day_only=good & parsed.day_only, blank=blank, fault=fault
    )


def _local_to_second(local: SecondArray, zone: ZoneInfo) -> SecondArray:
    # Imported here: who only reads a mapping has no times, and pandas takes a fifth of a second.
    import pandas as pd

    index = pd.DatetimeIndex(local.astype("datetime64[s]"))
    # An hour that a clock change repeats is taken the first time, one it skips at its end.
    aware = index.tz_localize(
        zone, ambiguous=np.ones(len(index), bool), nonexistent="shift_forward"
    )
    seconds: SecondArray = aware.tz_convert("UTC").as_unit("s").asi8
    return seconds


def _read_format(values: pa.Array, text: str) -> _Parsed:
    if text in NUMBER_FORMATS:
        return _read_numbers(values, text)
    groups = pc.extract_regex(values, _AUTO if text == "auto" else _pattern(text))
    fields = {field.name: groups.field(at) for at, field in enumerate(groups.type)}
    matched = np.asarray(groups.is_valid())
    year, month = _year(fields), _month(fields)
    day, hour = _number(fields, "day", 1), _hour(fields)
    minute, second = _number(fields, "minute", 0), _number(fields, "second", 0)
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    n_days = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    matched = (
        matched & (month >= 1) & (month <= 12) & (day >= 1) & (day <= n_days)
        & (hour <= _LAST_HOUR) & (minute <= 59) & (second <= 60)
    )  # fmt: skip
    if "place" in fields:
        named = pc.not_equal(fields["place"], "").fill_null(False)
        known = pc.is_in(fields["place"], pa.array(list(time_zones())))
        matched &= ~np.asarray(named) | np.asarray(known)
    days = first.astype("datetime64[D]").astype(np.int64) + day - 1
    local = np.where(matched, days * DAY + hour * 3600 + minute * 60 + second, 0)
    offset, has_offset = _offset(fields, local)
    return _Parsed(
        matched=matched,
        local=local,
        offset=offset,
        has_offset=has_offset,
        day_only=_number(fields, "hour", -1) < 0,
    )


def _read_numbers(values: pa.Array, text: str) -> _Parsed:
    plain = pc.match_substring_regex(values, r"^-?\d{1,16}(\.\d+)?$").fill_null(False)
    matched = np.asarray(plain)
    numbers = np.asarray(pc.if_else(plain, values, "0").fill_null("0").cast(pa.float64()))
    day_only = np.zeros(len(values), bool)
    least, most = _PLAUSIBLE[text]
    matched &= (numbers >= least) & (numbers < most)
    if text == "excel":
        day_only = numbers == np.floor(numbers)
        # To the nearest millisecond first: 0.1 seconds are not exact as a share of a day.
        numbers = np.round((numbers - _EXCEL_1970) * DAY, 3)
    elif text in _PARTS:
        numbers = numbers / _PARTS[text]
    return _Parsed(
        matched=matched,
        local=np.floor(np.where(matched, numbers, 0)).astype(np.int64),
        offset=np.zeros(len(values), np.int64),
        # Excel knows no zones; seconds since 1970 are counted in UTC.
        has_offset=np.full(len(values), text != "excel"),
        day_only=day_only,
    )


def _pattern(text: str) -> str:
    parts = re.split(r"(%.)", text)
    unknown = [part for part in parts if part.startswith("%") and part not in _DIRECTIVES]
    if unknown:
        msg = f"must use the directives {' '.join(_DIRECTIVES)}; {unknown[0]} is none of them"
        raise ValueError(msg)
    body = "".join(
        _DIRECTIVES.get(part) or re.escape(part).replace(r"\ ", r"\s+") for part in parts
    )
    return f"^{body}$"


def _number(fields: dict[str, pa.Array], name: str, default: int) -> SecondArray:
    if name not in fields:
        n = len(next(iter(fields.values())))
        return np.full(n, default, dtype=np.int64)
    values = fields[name]
    given = pc.fill_null(pc.not_equal(values, ""), False)
    return np.asarray(pc.if_else(given, values, str(default)).cast(pa.int64()).fill_null(default))


def _year(fields: dict[str, pa.Array]) -> SecondArray:
    if "short_year" not in fields:
        return _number(fields, "year", 0)
    short = _number(fields, "short_year", 0)
    return np.where(short < 70, 2000 + short, 1900 + short)


def _month(fields: dict[str, pa.Array]) -> SecondArray:
    if "month_name" not in fields:
        return _number(fields, "month", 1)
    found = pc.index_in(pc.utf8_lower(fields["month_name"]), pa.array(_MONTHS))
    return np.asarray(found.fill_null(-1)).astype(np.int64) + 1


def _hour(fields: dict[str, pa.Array]) -> SecondArray:
    hour = _number(fields, "hour", 0)
    if "half" not in fields:
        return hour
    afternoon = np.asarray(pc.utf8_lower(fields["half"]).fill_null("a")) == "p"
    # 12 AM is midnight and 12 PM noon; 13 PM is neither and fails the check on hours.
    return np.where((hour < 1) | (hour > 12), 99, hour % 12 + 12 * afternoon)


def _offset(fields: dict[str, pa.Array], local: SecondArray) -> tuple[SecondArray, BoolArray]:
    """Seconds east of Greenwich, and where a value says them: by number or by a zone's name."""
    if "zone" not in fields:
        return np.zeros(len(local), np.int64), np.zeros(len(local), bool)
    encoded = pc.binary_join_element_wise(fields["zone"], fields["place"], "").dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    table = np.array([_offset_seconds(text) for text in texts] + [0], dtype=np.int64)
    given = np.array([text != "" for text in texts] + [False])
    codes = np.asarray(encoded.indices.fill_null(len(texts)))
    offset = table[codes]
    for code, text in enumerate(texts):
        if text in time_zones():
            rows = codes == code
            offset[rows] = local[rows] - _local_to_second(local[rows], ZoneInfo(text))
    return offset, given[codes]


def _offset_seconds(text: str) -> int:
    if not text.startswith(("+", "-")):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if text[0] == "-" else seconds


def _nothing(n: int) -> _Parsed:
    no, zero = np.zeros(n, bool), np.zeros(n, np.int64)
    return _Parsed(matched=no, local=zero, offset=zero, has_offset=no, day_only=no)


def _first_of(first: _Parsed, second: _Parsed) -> _Parsed:
    if not first.matched.any():
        return second
    keep = first.matched
    return _Parsed(
        matched=keep | second.matched,
        local=np.where(keep, first.local, second.local),
        offset=np.where(keep, first.offset, second.offset),
        has_offset=np.where(keep, first.has_offset, second.has_offset),
        day_only=np.where(keep, first.day_only, second.day_only),
    )
