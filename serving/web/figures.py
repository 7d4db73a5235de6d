"""Figures on pages, as people read them in each language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from features.core import formats
from features.core.estimate import Measured
from features.core.formats import quantity
from features.core.text import Language, Text
from serving.ledger.leads.worklist import MOST_COUNTED


class Figures:
    """Shows numbers and instants in one language and time zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def share(self, found: Measured | float | None) -> str:
        """A share, with its interval where it has one."""
        return formats.share(found).read(self._language)

    def probability(self, value: float | None) -> str:
        """A probability of a lead, never rounded to never or always."""
        return formats.probability(value).read(self._language)

    def agreed_share(self, value: float) -> str:
        """A share that was agreed."""
        return formats.agreed_share(value).read(self._language)

    def points(self, value: float) -> str:
        """Points with their sign."""
        return formats.points(value).read(self._language)

    def signed_rule_points(self, value: float) -> str:
        """Points of a rule with their sign."""
        return formats.rule_points(value).read(self._language)

    def count(self, value: float) -> str:
        """A count with thousands separated."""
        return formats.count(value).read(self._language)

    def expected(self, value: float, low: float, high: float) -> str:
        """Write an expected count with its range.

        Parameters
        ----------
        value : float
        low, high : float
            Ends of the range.
        """
        return formats.count(Measured(value=value, low=low, high=high)).read(self._language)

    def moved(self, percentage_points: float) -> str:
        """How far a probability moved; not points, of which ten double the odds."""
        return formats.gap(percentage_points / 100).read(self._language)

    def with_unit(self, value: float, unit: Text) -> str:
        """A number with the unit that the agreement gives it."""
        space = "" if self._language == "ja" else " "
        return f"{value:,g}{space}{unit.read(self._language)}"

    def hours(self, value: float) -> str:
        """A time agreed, in hours."""
        return quantity(value, "hours").read(self._language)

    def per_month(self, n_leads: int) -> str:
        """So many leads a month."""
        unit = "件/月" if self._language == "ja" else " leads a month"
        return f"{n_leads:,}{unit}"

    def rule_points(self, points: float) -> str:
        """Points of the rulebook, in all."""
        return quantity(points, "points").read(self._language)

    def at_least_points(self, points: int) -> str:
        """So many points of the rulebook, or more."""
        many = quantity(points, "points")
        return f"{many.ja}以上" if self._language == "ja" else f"{many.en} or more"

    def version(self, number: int) -> str:
        """A version of the agreement."""
        return f"第{number}版" if self._language == "ja" else f"Version {number}"

    def waiting(self, hours: float) -> str:
        """How long somebody has waited: hours for two days, then days."""
        length = quantity(hours // 1, "hours") if hours < 48 else quantity(hours // 24, "days")
        return length.read(self._language)

    def time_left(self, hours: float) -> str:
        """What is left of an agreed time, or by how much it is over."""
        length = self.waiting(abs(hours))
        if self._language == "ja":
            return f"残り{length}" if hours >= 0 else f"{length}超過"
        return f"{length} left" if hours >= 0 else f"{length} late"

    def day(self, value: datetime | date | None) -> str:
        """A calendar day."""
        if value is None:
            return formats.UNDEFINED
        if isinstance(value, datetime):
            return formats.local_date(value, self._zone).read(self._language)
        return formats.calendar_date(value).read(self._language)

    def short_day(self, value: datetime) -> str:
        """A day without its year, for the marks of an axis."""
        local = value.astimezone(self._zone)
        if self._language == "ja":
            return f"{local.month}/{local.day}"
        return f"{local.day} {local:%b}"

    def period(self, since: int, until: int) -> str:
        """A stretch of days, its ends in seconds since 1970 UTC."""
        first, last = (formats.local_date(second, self._zone) for second in (since + 1, until))
        return Text(ja=f"{first.ja}〜{last.ja}", en=f"{first.en} to {last.en}").read(self._language)

    def capped(self, value: int) -> str:
        """A count that stopped at a limit, said so."""
        if value > MOST_COUNTED:
            return f"{MOST_COUNTED:,}+"
        return self.count(value)

    def minute(self, value: datetime | None) -> str:
        """A day and a time of day."""
        if value is None:
            return formats.UNDEFINED
        return formats.local_minute(value, self._zone).read(self._language)
