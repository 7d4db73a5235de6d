"""Stretches of the calendar that people name: months, quarters, halves, fiscal years."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From a first to a last day, both included."""

    first: date
    last: date


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter.

    Examples
    --------
    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_from(year: int, month: int, length: int = 1) -> Period:
    """Give the period of whole months that begins with one of them.

    Parameters
    ----------
    year : int
        In which ``month`` is counted.
    month : int
        From 1; above 12 it runs into later years.
    length : int
        How many months.

    Examples
    --------
    >>> months_from(2026, 4, 3)
    Period(first=datetime.date(2026, 4, 1), last=datetime.date(2026, 6, 30))
    """
    first = add_months(date(year, 1, 1), month - 1)
    return Period(first=first, last=add_months(first, length) - timedelta(days=1))


def on(day: date) -> Period:
    """A single day."""
    return Period(first=day, last=day)


def week_of(day: date, weeks_later: int) -> Period:
    """Monday to Sunday of the week a number of weeks after a day's."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks_later)
    return Period(first=monday, last=monday + timedelta(days=6))


def fiscal_year_of(day: date, starts: int) -> int:
    """Calendar year in which a day's fiscal year began."""
    return day.year if day.month >= starts else day.year - 1


def quarter_of(day: date, quarters_later: int) -> Period:
    """Calendar quarter a number of quarters after a day's."""
    return months_from(day.year, (day.month - 1) // 3 * 3 + 1 + 3 * quarters_later, 3)
