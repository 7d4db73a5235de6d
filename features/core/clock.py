"""Instants as whole seconds since 1970-01-01 UTC, and days and months as people count them.

Why integers: an event "exactly at ``as_of``" must compare the same in SQLite, PostgreSQL, Parquet
and numpy, and the timeline sorts seconds together with other small integers in one 64-bit key.
Times between two seconds round down.
"""

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from features.core.arrays import SecondArray

DAY = 86_400
"""Seconds in a day."""

CLOCKS_APART = 300
"""Seconds by which the clocks of two machines may differ before one of them is wrong."""

_LAST_CHANGE = 1 << 32
_NO_TWO_CHANGES_WITHIN = 4 * DAY

UNDATED = 0
"""The instant given to everything in a data set that has no dates; every report says so."""


@cache
def time_zones() -> frozenset[str]:
    """Names of the time zones that are known here; they are looked up in a folder of files."""
    return frozenset(available_timezones())


def to_second(instant: datetime) -> int:
    """Whole seconds since 1970 UTC of a timezone-aware instant, rounded down.

    Raises
    ------
    ValueError
        If the instant has no time zone.
    """
    if instant.tzinfo is None:
        msg = f"an instant must carry its time zone; got {instant.isoformat()}. Attach one."
        raise ValueError(msg)
    return int(instant.timestamp() // 1)


def from_second(second: int) -> datetime:
    """Timezone-aware UTC instant of a whole second."""
    return datetime.fromtimestamp(second, tz=UTC)


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The second at which a calendar day begins in a time zone."""
    return to_second(datetime(day.year, day.month, day.day, tzinfo=zone))


def month_starts(first: int, last: int, zone: ZoneInfo) -> SecondArray:
    """List the instants at which months begin in a time zone, after ``first`` and up to ``last``.

    Parameters
    ----------
    first : int
        Seconds since 1970 UTC; a month that begins exactly then is left out.
    last : int
        Seconds since 1970 UTC; a month that begins exactly then is included.
    zone : ZoneInfo
        In which a month begins, at local midnight.

    Returns
    -------
    ndarray of shape (n_months,)
        Seconds since 1970 UTC, ascending.
    """
    first_day, last_day = local_days(np.array([first, last]), zone).astype("datetime64[D]")
    months = np.arange(first_day.astype("datetime64[M]"), last_day.astype("datetime64[M]") + 1)
    seconds = _midnights(months.astype("datetime64[D]").astype(np.int64), zone)
    return seconds[(seconds > first) & (seconds <= last)]


def local_days(seconds: SecondArray, zone: ZoneInfo) -> SecondArray:
    """Calendar day of each second in a time zone, as days since 1970-01-01 there.

    Parameters
    ----------
    seconds : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,)
    """
    changes, offsets = _utc_offsets(zone)
    if len(offsets) == 1:
        return (seconds + offsets[0]) // DAY
    return (seconds + offsets[np.searchsorted(changes, seconds, side="right")]) // DAY


def ends_of_days(days: SecondArray, zone: ZoneInfo) -> SecondArray:
    """The last second plus one of calendar days counted as by :func:`local_days`."""
    return _midnights(days + 1, zone)


def _midnights(days: SecondArray, zone: ZoneInfo) -> SecondArray:
    """Where calendar days begin.

    A midnight that a clock change skips or repeats begins at the first instant that exists.
    """
    changes, offsets = _utc_offsets(zone)
    local = days * DAY
    # No offset is longer than a day, and no two changes lie within four: one change at most.
    before = np.searchsorted(changes, local - 2 * DAY, side="right")
    plain = local - offsets[before]
    if not len(changes):
        return plain
    change = changes[np.minimum(before, len(changes) - 1)]
    after = np.maximum(local - offsets[np.minimum(before + 1, len(changes))], change)
    return np.where((before < len(changes)) & (plain >= change), after, plain)


@lru_cache(maxsize=16)
def _utc_offsets(zone: ZoneInfo) -> tuple[SecondArray, SecondArray]:
    """Seconds at which a zone's clocks change, and its offset before, between and after them.

    Not left to pandas: converting one lead's few events took longer than the rest of its snapshot.
    """
    probes = range(0, _LAST_CHANGE, _NO_TWO_CHANGES_WITHIN)
    offsets = [_offset(second, zone) for second in probes]
    kept, changes = offsets[:1], []
    for place in range(1, len(offsets)):
        if offsets[place] != offsets[place - 1]:
            low, high = probes[place - 1], probes[place]
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (
                    (middle, high) if _offset(middle, zone) == offsets[place - 1] else (low, middle)
                )
            changes.append(high)
            kept.append(offsets[place])
    return np.array(changes, dtype=np.int64), np.array(kept, dtype=np.int64)


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, tz=zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
