"""Months of the review, cut in the definition's time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from features.core.clock import from_second, start_of_day
from features.core.errors import LeadDataError
from features.core.formats import calendar_month
from features.core.text import Text

MONTHS_SHOWN = 12
"""A year, the reviewed month with it: the same month's neighbours and the season are in view."""

_WRITTEN = re.compile(r"(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, kw_only=True, order=True)
class Month:
    """A calendar month.

    Examples
    --------
    >>> Month(year=2026, number=1).earlier(2).name
    '2025-11'
    """

    year: int
    number: int

    @property
    def name(self) -> str:
        """As commands and addresses write it."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def label(self) -> Text:
        """As people read it."""
        return calendar_month(date(self.year, self.number, 1))

    def earlier(self, months: int) -> "Month":
        """The month so many months before; after, where negative."""
        since = self.year * 12 + self.number - 1 - months
        return Month(year=since // 12, number=since % 12 + 1)

    def start(self, zone: ZoneInfo) -> int:
        """Its first second."""
        return start_of_day(date(self.year, self.number, 1), zone)

    def end(self, zone: ZoneInfo) -> int:
        """The second after its last."""
        return self.earlier(-1).start(zone)

    def year_until(self) -> tuple["Month", ...]:
        """The twelve months that end with this one, oldest first."""
        return tuple(self.earlier(n) for n in reversed(range(MONTHS_SHOWN)))


def parse_month(text: str) -> Month:
    """The month written as 2026-03.

    Raises
    ------
    LeadDataError
        If it is written otherwise.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        msg = (
            f'a month is written 2026-03, from 1970 to 2099; got "{text[:20]}". '
            "Write year and month with a hyphen."
        )
        raise LeadDataError(msg)
    return Month(year=int(found[1]), number=int(found[2]))


def month_of(second: int, zone: ZoneInfo) -> Month:
    """The month in which a second lies."""
    local: datetime = from_second(second).astimezone(zone)
    return Month(year=local.year, number=local.month)
