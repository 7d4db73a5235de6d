"""How far the data reach, in the words of a terminal."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from features.core.clock import DAY
from features.core.formats import count, local_date
from features.data_clock import DataClock, FutureRows
from serving.cli.output.console import say

OLD_DAYS = 7
"""Days after which data are said to be old."""


def show_future(future: Iterable[FutureRows], zone: ZoneInfo) -> None:
    """Print which rows lie beyond the data, and that they move nothing."""
    for rows in future:
        first, last = local_date(rows.first_at, zone).en, local_date(rows.last_at, zone).en
        when = first if first == last else f"{first} to {last}"
        more = " and others" if rows.rows > len(rows.lead_ids) else ""
        end = local_date(rows.after, zone).en
        say(
            f"  future: {count(rows.rows).en} in table {rows.table} dated {when}, after the data "
            f"end ({end}); leads {', '.join(rows.lead_ids)}{more}. Kept, and moving nothing until "
            "the data reach them; if a date is wrong, correct it and import again."
        )


def show_age(clock: DataClock, zone: ZoneInfo, *, as_of: int) -> None:
    """Warn how old the newest row is, if it is too old to rely on.

    Parameters
    ----------
    clock : DataClock
    zone : ZoneInfo
        Time zone of the printed dates.
    as_of : int
        Instant from which leads were looked at, in seconds since 1970 UTC.
    """
    latest = max(as_of, clock.known_until)
    days = (latest - clock.newest_at) // DAY
    if days > OLD_DAYS:
        newest, seen = local_date(clock.newest_at, zone).en, local_date(latest, zone).en
        say(
            f"  The newest row is of {newest}, {count(days).en} days before {seen}: import what is "
            "newer before relying on this."
        )
