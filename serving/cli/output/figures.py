"""Figures as a person reads them in a terminal: shares, intervals, instants."""

from zoneinfo import ZoneInfo

from features.core.clock import from_second
from training.results.records import Measured

UNDEFINED = "-"


def share(value: float | None) -> str:
    """A share as per cent, with one decimal."""
    return UNDEFINED if value is None else f"{100 * value:.1f} %"


def band(low: float, high: float) -> str:
    """A band of shares as per cent; with a decimal only where the band is cut that finely."""
    ends = (100 * low, 100 * high)
    digits = 0 if all(abs(end - round(end)) < 0.05 for end in ends) else 1
    return f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f} %"


def share_of(measured: Measured | None) -> str:
    """A share with its interval, as per cent."""
    if measured is None:
        return UNDEFINED
    if measured.low is None or measured.high is None:
        return share(measured.value)
    return f"{100 * measured.value:.1f} % ({100 * measured.low:.1f} to {100 * measured.high:.1f})"


def number(measured: Measured | None, digits: int = 3) -> str:
    """A figure with its interval."""
    if measured is None:
        return UNDEFINED
    text = f"{measured.value:.{digits}f}"
    if measured.low is None or measured.high is None:
        return text
    return f"{text} ({measured.low:.{digits}f} to {measured.high:.{digits}f})"


def amount(measured: Measured) -> str:
    """A sum of money in the definition's own currency, with its interval."""
    text = f"{measured.value:,.0f}"
    if measured.low is None or measured.high is None:
        return text
    return f"{text} ({measured.low:,.0f} to {measured.high:,.0f})"


def signed_points(measured: Measured | None) -> str:
    """A difference of two shares in percentage points, with its sign and interval."""
    if measured is None:
        return UNDEFINED
    text = f"{100 * measured.value:+.1f}"
    if measured.low is None or measured.high is None:
        return text
    return f"{text} ({100 * measured.low:+.1f} to {100 * measured.high:+.1f})"


def count(value: int) -> str:
    """A count with thousands separated."""
    return f"{value:,}"


def per_month(value: float | None) -> str:
    """A volume a month, rounded to what matters."""
    return UNDEFINED if value is None else f"{value:,.0f}"


def day(second: int, zone: ZoneInfo) -> str:
    """The calendar day of an instant in a time zone."""
    return from_second(second).astimezone(zone).date().isoformat()


def minute(second: int, zone: ZoneInfo) -> str:
    """The minute of an instant in a time zone, with its offset."""
    return from_second(second).astimezone(zone).isoformat(timespec="minutes")
