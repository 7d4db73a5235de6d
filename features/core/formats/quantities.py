"""Quantities with their unit: so many visits, days, employees, so much money."""

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

MINUS = "\N{MINUS SIGN}"
"""Before every negative number that people read."""

UNITLESS = {"number", "money"}
"""What a feature's unit says when the definition gives none."""

CURRENCY_LETTERS = 3

MAN, OKU = 10_000, 100_000_000
"""万 and 億, by which Japanese counts money."""


def plain_number(value: float) -> str:
    """A number with thousands separated and no more decimals than its size deserves."""
    if float(value).is_integer() or abs(value) >= 100:
        shown = f"{value:,.0f}"
    else:
        shown = f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}".rstrip("0").rstrip(".")
    return shown.replace("-", MINUS)


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
    shown = f"{value:,.0f}".replace("-", MINUS)
    english = f"{currency} {shown}"
    if currency != "JPY":
        return Text(ja=f"{shown} {currency}", en=english)
    return Text(ja=_yen(round(value)), en=english)


def quantity_range(low: float, high: float, unit: str) -> Text:
    """Write a range of a quantity, its unit said once; one number where both ends are equal.

    Parameters
    ----------
    low, high : float
        Both ends, in the unit.
    unit : str
        Of :class:`features.feature.Feature`; three capital letters are a currency.

    Examples
    --------
    >>> quantity_range(2, 5, "days").en
    '2 to 5 days'
    """
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
        return f"{MINUS}{_yen(-value)}"
    oku, rest = divmod(value, OKU)
    man, ones = divmod(rest, MAN)
    parts = [f"{oku:,}億" if oku else "", f"{man:,}万" if man else ""]
    # Beside hundreds of millions nobody reads single yen.
    parts.append(f"{ones:,}" if (ones and not oku) or value == 0 else "")
    return "".join(parts) + "円"
