"""How far the data reach, in the words of a terminal."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from features.core.clock import DAY
from features.data_clock import DataClock, FutureRows
from serving.cli.output.console import say
from serving.cli.output.figures import count, day

OLD_DAYS = 7
"""Days after which data are said to be old."""


def show_future(future: Iterable[FutureRows], zone: ZoneInfo) -> None:
    """Print which rows lie beyond the data, and that they move nothing."""
    for rows in future:
        first, last = day(rows.first_at, zone), day(rows.last_at, zone)
        when = first if first == last else f"{first} to {last}"
        more = " and others" if rows.rows > len(rows.lead_ids) else ""
        say(
            f"  future: {count(rows.rows)} in table {rows.table} dated {when}, after the data end "
            f"({day(rows.after, zone)}); leads {', '.join(rows.lead_ids)}{more}. Kept, and moving "
            "nothing until the data reach them; if a date is wrong, correct it and import again."
        )


def show_age(clock: DataClock, zone: ZoneInfo, *, as_of: int) -> None:
    """Print how old the newest row is, seen from an instant and from now, where that matters."""
    latest = max(as_of, clock.known_until)
    days = (latest - clock.newest_at) // DAY
    if days > OLD_DAYS:
        say(
            f"  The newest row is of {day(clock.newest_at, zone)}, {count(days)} days before "
            f"{day(latest, zone)}: import what is newer before relying on this."
        )
