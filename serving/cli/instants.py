"""Instants as people write them in options."""

from datetime import datetime
from zoneinfo import ZoneInfo

from features.core.clock import to_second
from features.core.errors import LeadDataError


def parse_instant(text: str, zone: ZoneInfo) -> int:
    """Second meant by an ISO date or time; without an offset it is in the definition's time zone.

    Raises
    ------
    LeadDataError
        If the text is no ISO date or time.
    """
    if text == "now":
        return to_second(datetime.now(tz=zone))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        msg = f'a time is written 2026-04-01, 2026-04-01T09:00+09:00 or now; got "{text}". Mend it.'
        raise LeadDataError(msg) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return to_second(instant)


def parse_cutoff(text: str | None, zone: ZoneInfo) -> int | None:
    """Second meant by a data cut-off; None leaves it to the clock of the data."""
    return None if text is None else parse_instant(text, zone)
