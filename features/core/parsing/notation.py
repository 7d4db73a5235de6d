"""How a number is written: which sign sets its fraction apart, and which only its thousands.

``1.234,50`` and ``1,234.50`` can each be read in one way; ``1.234`` in two. What a cell leaves open
its column may settle, so reading has two steps: what each token tells, then one decision for all.
"""

import re
from dataclasses import dataclass
from typing import Literal

Decimal = Literal[".", ","]
"""The sign before the fraction."""

TOKEN = re.compile(r"(?<![\d.,'])\d+(?:[.,' ]\d+)*(?![.,']?\d)")
"""A number as far as its digits go, without sign, unit or exponent."""

_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,' ])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d\d)+,\d{3}")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberToken:
    """What the digits of one number tell by themselves.

    Attributes
    ----------
    decimal : "." or "," or None
        The sign that must stand before its fraction, where only one can.
    ambiguous : bool
        Whether it may be thousands or a fraction: ``1.234`` and ``1,234``.
    grouped : bool
        Whether both signs, or groups, show how thousands are written.
    """

    text: str
    decimal: Decimal | None = None
    ambiguous: bool = False
    grouped: bool = False

    def plain(self, decimal: Decimal) -> str:
        """The number with a point before its fraction and nothing between its thousands.

        ``decimal`` decides where the token does not.

        Examples
        --------
        >>> read_token("1.234,50").plain(".")
        '1234.50'
        >>> read_token("1.234").plain(",")
        '1234'
        """
        sign = self.decimal or decimal
        whole, _, fraction = self.text.partition(sign)
        digits = re.sub(r"\D", "", whole)
        return f"{digits}.{fraction}" if fraction else digits


def read_token(text: str) -> NumberToken | None:
    """What a token tells; None where it is no number, such as ``1.2.3``.

    Examples
    --------
    >>> read_token("12,5").decimal
    ','
    >>> read_token("1,234").ambiguous
    True
    """
    if text.isdigit():
        return NumberToken(text=text)
    if _ONE_GROUP.fullmatch(text):
        return NumberToken(text=text, ambiguous=True)
    if _INDIAN.fullmatch(text):
        return NumberToken(text=text, decimal=".", grouped=True)
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        return NumberToken(text=text, decimal=_OTHER.get(grouped[1]), grouped=True)
    for sign in (".", ","):
        whole, found, fraction = text.rpartition(sign)
        if found and fraction.isdigit() and (whole.isdigit() or _is_grouped(whole, sign)):
            return NumberToken(text=text, decimal=sign, grouped=not whole.isdigit())
    return None


def _is_grouped(whole: str, sign: str) -> bool:
    """Whether thousands are set apart, and by another sign than the one before the fraction."""
    grouped = _GROUPED.fullmatch(whole)
    return bool(_INDIAN.fullmatch(whole)) if grouped is None else grouped[1] != sign


_OTHER: dict[str, Decimal] = {".": ",", ",": "."}
