"""Columns of numbers as people, accountants and spreadsheets write them.

One decision a column: whether ``1.234`` is a thousand or one and a bit is told by the column's
other values, by the mapping (``decimal``), or by nobody; then such values are rejected with the
question. No value is read one way in one cell and another way in the next.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal as Exact
from decimal import InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.core.parsing.money import CURRENCY_MARKS
from features.core.parsing.notation import TOKEN, Decimal, NumberToken, read_token
from features.core.parsing.plain import plain
from features.core.parsing.quantity import find_quantities

MUST_BE_NUMBER = "must be a number"
MUST_SAY_DECIMAL = (
    'must be a number that can be read in one way; say `decimal: "."` or `decimal: ","` '
    "in the mapping"
)
LARGEST_NUMBER = 10**15
"""Beyond it the hundredths of a number are lost, as spreadsheets lose its digits."""

MUST_BE_ONE_UNIT = "must be written with % in every row of the column or in none"
MUST_BE_ONE_CURRENCY = "must be in one currency, the commonest of the column"


def must_be_at_most(largest: int) -> str:
    """Say in which range a number must lie."""
    return f"must be a number from {-largest:,} to {largest:,}"


_SIMPLE = r"^[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?([eE][+-]?\d{1,3})?$"
_POINT_OR_GROUP = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_COMMA_OR_GROUP = r"^[+-]?[1-9]\d{0,2},\d{3}$"

_CURRENCY_OF = {mark: code for code, marks in CURRENCY_MARKS.items() for mark in marks}
_CURRENCY = "|".join(re.escape(mark) for mark in sorted(_CURRENCY_OF, key=len, reverse=True))
_UNITS = (
    "名|人|件|社|個|回|点|台|本|枚|冊|店舗|拠点|部屋|室|年|ヶ月|か月|ヵ月|日|時間|分|秒|歳|頁|ページ"
    "|employees?|people|persons?|staff|users?|seats?|mitarbeiter(?:innen)?|personen|stk"
    "|salari[ée]s|empleados|pieces?|pcs|pages?|hours?|hrs?|minutes?|mins?|seconds?|days?|years?"
)
_DRESS = re.compile(
    rf"約|およそ|about|approx\.?|around|circa|ca\.|\bc\.|(?<![a-z])(?:{_CURRENCY})(?![a-z])"
    rf"|(?<=[\d千万億兆km)%]) ?(?:{_UNITS})(?![a-z])"
)
_SIGN = re.compile(r"^[-▲△▼]\s*|\s*-$")
# Accountants put a negative amount, and nothing else, into brackets.
_BRACKETS = re.compile(r"^-?[^\d()]*\((?P<within>[^\d()]*[\d.,' ]*\d[^\d()]*)\)[^\d()]*$")
_EXPONENT = re.compile(r"^\d+(?:[.,]\d+)?e[+-]?\d{1,3}$")
_NAKED = re.compile(r"^-?\d[\d.,]*$")
_BARE = re.compile(r"^(?:\d*\.)?\d+\.?$")


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How the numbers of a column are written, as far as it is known beforehand.

    Attributes
    ----------
    decimal : "." or "," or None
        The sign before the fraction, where the mapping says it or a program wrote the numbers.
    continental : bool
        Whether the file sets its columns apart by semicolons, as where the comma is taken.
    """

    decimal: Decimal | None = None
    continental: bool = False


BY_MACHINE = Notation(decimal=".")
"""Numbers that a program wrote."""


@dataclass(frozen=True, kw_only=True)
class ReadTexts:
    """A column as the store keeps it, null where blank or faulty, and the faults by reason."""

    text: pa.Array
    faults: dict[str, BoolArray]

    @property
    def bad(self) -> BoolArray:
        """Which values could not be read, for whatever reason."""
        return np.logical_or.reduce(list(self.faults.values()))


def read_number_texts(values: pa.Array, notation: Notation = BY_MACHINE) -> ReadTexts:
    """Numbers of a column as plain decimal text.

    Parameters
    ----------
    values : pyarrow.Array of string
        Trimmed, in plain (not full-width) digits; null means blank.
    notation : Notation
    """
    shaped = pc.and_(
        pc.match_substring_regex(values, _SIMPLE), pc.match_substring_regex(values, r"\d")
    )
    open_forms = [_POINT_OR_GROUP] if notation.decimal is None else []
    if notation.continental or notation.decimal == ",":
        open_forms = [_POINT_OR_GROUP, _COMMA_OR_GROUP]
    settled = all(
        pc.any(pc.match_substring_regex(values, form)).as_py() in (False, None)
        for form in open_forms
    )
    if settled and pc.all(shaped).as_py() in (True, None):
        text = pc.utf8_ltrim(pc.replace_substring(values, ",", ""), characters="+")
        return ReadTexts(text=text, faults={MUST_BE_NUMBER: np.zeros(len(values), bool)})
    if _is_continental(values, notation):
        text = pc.replace_substring(pc.replace_substring(values, ".", ""), ",", ".")
        text = pc.utf8_ltrim(text, characters="+")
        return ReadTexts(text=text, faults={MUST_BE_NUMBER: np.zeros(len(values), bool)})
    return _by_value(values, lambda texts: _read_all(texts, notation))


def refuse_too_large(read: ReadTexts, largest: int) -> ReadTexts:
    """Leave out the numbers that are further from 0 than ``largest``, and say so."""
    numbers = read.text.cast(pa.float64())
    too_large = pc.greater(pc.abs(numbers), float(largest)).fill_null(False)
    text = pc.if_else(too_large, pa.scalar(None, pa.string()), read.text)
    reason = must_be_at_most(largest)
    return ReadTexts(text=text, faults=read.faults | {reason: np.asarray(too_large)})


_CONTINENTAL = r"^[+-]?(0|[1-9]\d{0,30}|[1-9]\d{0,2}(\.\d{3}){1,9})(,\d{1,30})?$"
_SURELY_CONTINENTAL = r"\d\.\d{3},\d"
_FRACTION_OR_THOUSANDS = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"


def _is_continental(values: pa.Array, notation: Notation) -> bool:
    """Whether a column surely holds bare numbers such as 1.234,50 alone: read without a loop."""
    if notation.decimal == ".":
        return False
    if not pc.all(pc.match_substring_regex(values, _CONTINENTAL)).as_py():
        return False
    if (
        notation.decimal == ","
        or pc.any(pc.match_substring_regex(values, _SURELY_CONTINENTAL)).as_py()
    ):
        return True
    has_comma = pc.any(pc.match_substring(values, ",")).as_py()
    return (
        bool(has_comma)
        and not pc.any(pc.match_substring_regex(values, _FRACTION_OR_THOUSANDS)).as_py()
    )


def settle_quantities(values: pa.Array, notation: Notation) -> ReadTexts:
    """Texts that state quantities with their numbers in one notation, otherwise as written.

    Amounts and sizes are read where features are made, a text at a time; what only the column can
    tell is settled here.
    """
    if pc.any(pc.match_substring_regex(values, r"\d[.,' ]\d")).as_py() in (False, None):
        return ReadTexts(text=values, faults={MUST_SAY_DECIMAL: np.zeros(len(values), bool)})
    return _by_value(values, lambda texts: _rewrite_all(texts, notation))


_Read = tuple[str | None, str | None]
"""A value as it is kept, or the reason why it cannot be."""


def _by_value(values: pa.Array, read: Callable[[list[str]], list[_Read]]) -> ReadTexts:
    """Read each distinct value once, all of them together."""
    encoded = values.dictionary_encode()
    found = read(encoded.dictionary.to_pylist())
    codes = encoded.indices
    text = pa.array([kept for kept, _ in found], pa.string()).take(codes)
    reasons = np.array([reason or "" for _, reason in found] + [""], dtype=object)
    mine = reasons[np.asarray(codes.fill_null(len(found))).astype(np.int64)]
    told = dict.fromkeys([MUST_BE_NUMBER, *(reason for reason in reasons if reason)])
    return ReadTexts(text=text, faults={reason: mine == reason for reason in told})


@dataclass(frozen=True, kw_only=True)
class _Decision:
    """What a column's values, taken together, tell of its notation."""

    point: Decimal | None
    comma: Decimal | None

    @classmethod
    def of(cls, tokens: list[NumberToken], notation: Notation) -> "_Decision":
        """How ``1.234`` (point) and ``1,234`` (comma) are read; None where that stays open."""
        if notation.decimal is not None:
            return cls(point=notation.decimal, comma=notation.decimal)
        told = {token.decimal for token in tokens if token.decimal}
        if told == {"."}:
            return cls(point=".", comma=".")
        if told == {","}:
            # One "3,5" does not make thousands of a column into fractions; "1.234,5" does.
            sure = notation.continental or any(t.grouped and t.decimal == "," for t in tokens)
            return cls(point=",", comma="," if sure else None)
        if told:
            return cls(point=None, comma=None)
        has_point = any(token.ambiguous and "." in token.text for token in tokens)
        return cls(point=None, comma=None if notation.continental or has_point else ".")

    def settle(self, token: NumberToken) -> Decimal | None:
        """The sign before the fraction of a token; None where it stays open."""
        if token.ambiguous:
            return self.point if "." in token.text else self.comma
        return token.decimal or "."


@dataclass(frozen=True, kw_only=True)
class _Undressed:
    """A text without sign, currency, unit and percent."""

    body: str
    negative: bool
    percent: bool
    currency: str | None


def _read_all(texts: list[str], notation: Notation) -> list[_Read]:
    bare = [_undress(text) for text in texts]
    tokens = [token for item in bare for token in _tokens(item.body)]
    decision = _Decision.of(tokens, notation)
    units = {item.percent for item in bare if _says_number(item.body)}
    currency = _commonest([item.currency for item in bare if item.currency])
    read: list[_Read] = []
    for item in bare:
        if item.percent and len(units) > 1:
            read.append((None, MUST_BE_ONE_UNIT))
        elif item.currency and item.currency != currency:
            read.append((None, MUST_BE_ONE_CURRENCY))
        else:
            read.append(_read_one(item, decision))
    return read


def _undress(text: str) -> _Undressed:
    if _NAKED.match(text):  # most of a column; the patterns below take ten times as long
        return _Undressed(
            body=text.lstrip("-"), negative=text.startswith("-"), percent=False, currency=None
        )
    body = plain(text).replace("’", "'").replace("_", "")
    negative = False
    if brackets := _BRACKETS.match(body):
        body, negative = brackets["within"].strip(), True
    marks = [_CURRENCY_OF[mark] for mark in re.findall(rf"(?<![a-z])({_CURRENCY})(?![a-z])", body)]
    body = _DRESS.sub(" ", body).strip()
    if _SIGN.search(body):
        body, negative = _SIGN.sub("", body, count=1), True
    percent = body.endswith("%")
    body = body.removesuffix("%").strip().removeprefix("+").strip()
    return _Undressed(
        body=body, negative=negative, percent=percent, currency=marks[0] if marks else None
    )


def _read_one(item: _Undressed, decision: _Decision) -> _Read:
    body = item.body
    for match in reversed(list(TOKEN.finditer(body))):
        token = read_token(match[0])
        if token is None:
            return None, MUST_BE_NUMBER
        sign = decision.settle(token)
        if sign is None:
            return None, MUST_SAY_DECIMAL
        body = body[: match.start()] + token.plain(sign) + body[match.end() :]
    value = _value(body)
    if value is None:
        return None, MUST_BE_NUMBER
    if item.percent:
        value = value / 100
    return format(-value if item.negative else value, "f"), None


def _value(body: str) -> Exact | None:
    if _BARE.match(body) or _EXPONENT.match(body):
        try:
            return Exact(body)
        except InvalidOperation:
            return None
    quantities = find_quantities(body)
    if len(quantities) != 1:
        return None
    (found,) = quantities
    around = body[: found.start] + body[found.end :]
    if _AROUND.sub("", around):
        return None
    return Exact(repr(found.value)).normalize()


_AROUND = re.compile(
    r"以上|以下|未満|以内|超|まで|程度|くらい|up to|over|under|or more|or less|[~<>=+ ]"
)


def _tokens(body: str) -> list[NumberToken]:
    if _EXPONENT.match(body):
        return []
    read = (read_token(match[0]) for match in TOKEN.finditer(body))
    return [token for token in read if token is not None]


def _says_number(body: str) -> bool:
    return any(character.isdigit() for character in body)


def _commonest(currencies: list[str]) -> str | None:
    return max(dict.fromkeys(currencies), key=currencies.count, default=None)


def _rewrite_all(texts: list[str], notation: Notation) -> list[_Read]:
    tokens = [token for text in texts for token in _tokens(text)]
    decision = _Decision.of(tokens, notation)
    return [_rewrite(text, decision) for text in texts]


def _rewrite(text: str, decision: _Decision) -> _Read:
    rewritten = text
    for match in reversed(list(TOKEN.finditer(text))):
        token = read_token(match[0])
        if token is None:
            continue
        sign = decision.settle(token)
        if sign is None:
            return None, MUST_SAY_DECIMAL
        if sign == "," and ("," in token.text or "." in token.text):
            rewritten = rewritten[: match.start()] + token.plain(sign) + rewritten[match.end() :]
    return rewritten, None
