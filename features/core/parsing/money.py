"""Amounts of money as people type them into a budget field.

An amount without a currency is in the definition's; an amount in another currency is unknown, since
no rate of that day is at hand. Ranges are settled as in :mod:`features.core.parsing.quantity`. An
amount a month or a year is taken as written.
"""

import re

from features.core.parsing.plain import plain
from features.core.parsing.quantity import Quantity, find_quantities

CURRENCY_MARKS: dict[str, tuple[str, ...]] = {
    "JPY": ("¥", "円", "jpy", "yen", "jp¥"),
    "USD": ("$", "us$", "usd", "dollar", "dollars", "ドル", "米ドル"),
    "EUR": ("€", "eur", "euro", "euros", "ユーロ"),
    "GBP": ("£", "gbp", "pound", "pounds", "ポンド"),
    "CNY": ("cny", "rmb", "人民元", "元", "yuan", "cn¥"),
    "KRW": ("₩", "krw", "ウォン", "won"),
    "TWD": ("nt$", "twd", "台湾ドル"),
    "HKD": ("hk$", "hkd", "香港ドル"),
    "SGD": ("s$", "sgd", "シンガポールドル"),
    "AUD": ("a$", "au$", "aud", "豪ドル"),
    "CAD": ("c$", "ca$", "cad", "カナダドル"),
    "INR": ("₹", "inr", "rs", "rupees", "ルピー"),
    "BRL": ("r$", "brl", "レアル"),
    "CHF": ("chf", "スイスフラン"),
    "THB": ("฿", "thb", "baht", "バーツ"),
    "VND": ("₫", "vnd", "dong", "ドン"),
}

LONGEST_AMOUNT = 200
"""Characters read; a budget stated later in a letter is not found."""

_CURRENCY_OF = {mark: code for code, marks in CURRENCY_MARKS.items() for mark in marks}
_MARK = "|".join(re.escape(mark) for mark in sorted(_CURRENCY_OF, key=len, reverse=True))
_BEFORE = re.compile(rf"(?:(?<![a-z])({_MARK})) ?$")
_AFTER = re.compile(rf" ?({_MARK})(?![a-z])")
# What may stand beside a bare number without making it a number of something else.
_FILLER = re.compile(
    r"約|およそ|大体|予算は?|額|総額|税込み?|税抜き?|税別|くらい|ぐらい|程度|前後|ほど|以上|以下|未満|以内|超"
    r"|まで|から|月額|年額|a?bout|approx|around|budget|up to|over|under|less than|more than"
    r"|at least|or more|or less|to|[~<>=+\-(),.:;/ 　]"
)


def read_money(text: str | None, currency: str) -> float | None:
    """Amount in a currency; None where the text states no amount in it.

    Parameters
    ----------
    text : str or None
        As typed: ``"500万円"``, ``"$50k"``, ``"300〜500万"``.
    currency : str
        ISO 4217 code of the amount wanted, and of amounts that name no currency.

    Returns
    -------
    float or None
        In whole units of the currency. Never negative.

    Examples
    --------
    >>> read_money("300〜500万円", "JPY")
    4000000.0
    >>> read_money("US$1.5M", "JPY") is None
    True
    """
    if not text:
        return None
    amount = plain(text[:LONGEST_AMOUNT])
    if amount.startswith("-") and amount[1:2].isdigit():
        return None  # a sentinel such as -1, or a mistake: a budget is not negative
    quantities = find_quantities(amount)
    currencies = [_currency(amount, quantity) for quantity in quantities]
    for quantity, code in zip(quantities, currencies, strict=True):
        if code == currency:
            return quantity.value
    if any(currencies):
        return None
    for quantity in quantities:
        if quantity.scaled or _is_all(amount, quantity):
            return quantity.value
    return None


def _currency(text: str, quantity: Quantity) -> str | None:
    match = _AFTER.match(text, quantity.end) or _BEFORE.search(text, 0, quantity.start)
    return _CURRENCY_OF[match[1]] if match else None


def _is_all(text: str, quantity: Quantity) -> bool:
    """Whether the text says nothing beside the number: "500" of what, otherwise?"""
    return not _FILLER.sub("", text[: quantity.start] + text[quantity.end :])
