"""Figures on pages, as people read them in each language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from features.core.estimate import Measured
from features.core.formats import calendar_date, quantity
from features.core.text import Language, Text
from serving.ledger.leads.worklist import MOST_COUNTED

MINUS = "\N{MINUS SIGN}"
UNKNOWN = "\N{EN DASH}"


class Figures:
    """Shows numbers and instants in one language and time zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def share(self, value: float | None) -> str:
        """A probability as per cent; small and large ones are not rounded to never and always."""
        if value is None:
            return UNKNOWN
        if 0 < value < 0.01:
            shown = "<1"
        elif 0.99 < value < 1:
            shown = ">99"
        else:
            shown = f"{100 * value:.0f}"
        return f"{shown}%"

    def cut_off(self, value: float | None) -> str:
        """A cut-off as per cent, with the decimal that tells two of them apart."""
        if value is None:
            return UNKNOWN
        return f"{100 * value:.1f}%"

    def interval(self, measured: Measured | None) -> str:
        """A share with its interval."""
        if measured is None:
            return UNKNOWN
        value = f"{100 * measured.value:.0f}%"
        if measured.low is not None and measured.high is not None:
            value = f"{value} ({100 * measured.low:.0f}–{100 * measured.high:.0f}%)"
        return value

    def points(self, value: float) -> str:
        """Points with their sign."""
        rounded = round(value, 1) + 0.0
        sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
        return f"{sign}{abs(rounded):,.1f}"

    def whole(self, value: float) -> str:
        """Points of the rulebook with their sign; they are whole unless they fade."""
        return f"{value:+,.4g}".replace("-", MINUS)

    def count(self, value: float) -> str:
        """A count with thousands separated."""
        return f"{value:,.0f}"

    def moved(self, percentage_points: float) -> str:
        """How far a probability moved; not points, of which ten double the odds."""
        unit = "ポイント" if self._language == "ja" else " pp"
        return f"{abs(percentage_points):.1f}{unit}"

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

    def day(self, value: datetime | date | None) -> str:
        """A calendar day."""
        if value is None:
            return UNKNOWN
        local = value.astimezone(self._zone).date() if isinstance(value, datetime) else value
        return calendar_date(local).read(self._language)

    def capped(self, value: int) -> str:
        """A count that stopped at a limit, said so."""
        if value > MOST_COUNTED:
            return f"{MOST_COUNTED:,}+"
        return self.count(value)

    def minute(self, value: datetime | None) -> str:
        """A day and a time of day."""
        if value is None:
            return UNKNOWN
        return f"{self.day(value)} {value.astimezone(self._zone):%H:%M}"
