"""Numbers, money, dates and stretches of time as people write them, in Japanese and in English."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.text import Text

UNITS: dict[str, tuple[str, str, str]] = {
    "times": ("time", "times", "回"),
    "days": ("day", "days", "日"),
    "behaviours": ("kind of behaviour", "kinds of behaviour", "種類"),
    "employees": ("employee", "employees", "名"),
    "company_size": ("employee", "employees", "名"),
    "people": ("person", "people", "名"),
    "seconds": ("second", "seconds", "秒"),
    "minutes": ("minute", "minutes", "分"),
    "hours": ("hour", "hours", "時間"),
    "weeks": ("week", "weeks", "週間"),
    "months": ("month", "months", "か月"),
    "years": ("year", "years", "年"),
    "pages": ("page", "pages", "ページ"),
    "visits": ("visit", "visits", "回"),
    "points": ("point", "points", "点"),
}
"""Units Awase knows by name: one and several in English, and in Japanese. A definition may use any
other; it is then shown as it is written there."""

UNITLESS = {"number", "money"}
"""What a feature's unit says when the definition gives none."""

CURRENCY_LETTERS = 3

MAN, OKU = 10_000, 100_000_000
"""万 and 億, by which Japanese counts money."""


def plain_number(value: float) -> str:
    """A number with thousands separated and no more decimals than its size deserves."""
    if float(value).is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}".rstrip("0").rstrip(".")


def quantity(value: float, unit: str) -> Text:
    """A number with its unit.

    Parameters
    ----------
    value : float
        Not NaN.
    unit : str
        Of :class:`features.feature.Feature`; three capital letters are a currency.
    """
    if is_currency(unit):
        return money(value, unit)
    shown = plain_number(value)
    if unit in UNITLESS:
        return Text(ja=shown, en=shown)
    if unit in ("share", "percent"):
        per_cent = f"{100 * value:.0f}%" if unit == "share" else f"{shown}%"
        return Text(ja=per_cent, en=per_cent)
    one, several, japanese = UNITS.get(unit, (unit, unit, f" {unit}"))
    return Text(ja=f"{shown}{japanese}", en=f"{shown} {one if value == 1 else several}")


def money(value: float, currency: str) -> Text:
    """An amount of money; yen are told in 万 and 億 in Japanese."""
    english = f"{currency} {value:,.0f}"
    if currency != "JPY":
        return Text(ja=f"{value:,.0f} {currency}", en=english)
    return Text(ja=_yen(round(value)), en=english)


def quantity_range(low: float, high: float, unit: str) -> Text:
    """Two numbers with their unit said once."""
    if low == high:
        return quantity(low, unit)
    if is_currency(unit):
        first, last = money(low, unit), money(high, unit)
        start = first.ja.removesuffix("円").removesuffix(f" {unit}")
        return Text(ja=f"{start}〜{last.ja}", en=f"{first.en} to {high:,.0f}")
    last = quantity(high, unit)
    return Text(ja=f"{plain_number(low)}〜{last.ja}", en=f"{plain_number(low)} to {last.en}")


def is_currency(unit: str) -> bool:
    """Whether a unit is a currency: three capital letters."""
    return len(unit) == CURRENCY_LETTERS and unit.isupper()


def _yen(value: int) -> str:
    if value < 0:
        return f"-{_yen(-value)}"
    oku, rest = divmod(value, OKU)
    man, ones = divmod(rest, MAN)
    parts = [f"{oku:,}億" if oku else "", f"{man:,}万" if man else ""]
    # Beside hundreds of millions nobody reads single yen.
    parts.append(f"{ones:,}" if (ones and not oku) or value == 0 else "")
    return "".join(parts) + "円"


def day_of(second: int, zone: ZoneInfo) -> date:
    """The local calendar day just before an instant: at midnight, the day that has ended."""
    return from_second(second - 1).astimezone(zone).date()


def calendar_date(day: date) -> Text:
    """A day of the calendar."""
    return Text(
        ja=f"{day.year}年{day.month}月{day.day}日",
        en=f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    )


def days_ago(days: int) -> Text:
    """How long ago something was, in whole calendar days."""
    if days <= 0:
        return Text(ja="本日", en="today")
    return Text(ja=f"{days:,}日前", en="1 day ago" if days == 1 else f"{days:,} days ago")


def last_ago(days: int) -> Text:
    """When something was last done, in whole calendar days."""
    ago = days_ago(days)
    return Text(ja=f"最終{ago.ja}", en="last yesterday" if days == 1 else f"last {ago.en}")


def days_ahead(days: int) -> Text:
    """How far off something is, in whole days; the past is said as past."""
    if days <= 0:
        return days_ago(-days)
    return Text(ja=f"{days:,}日後", en="in 1 day" if days == 1 else f"in {days:,} days")


def day_ahead(days: float, today: date) -> date:
    """The day that lies so many days from today."""
    return today + timedelta(days=round(days))


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Not strftime: month names must not follow the machine's locale.
