"""Numbers as people write them, Japanese scales and ranges included.

Why a range is its middle: budgets and headcounts enter the model as one number, and the middle errs
least on either side. A range open above ("1,000人以上") is its lower end, which is all it states; a
range open below ("100万円未満") runs from zero.
"""

import re
from dataclasses import dataclass, replace

_LATIN = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "mil": 1e6, "million": 1e6}
_LATIN |= {"millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9}
_DIGITS = re.compile(
    r"(?>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?!\d)|\d{1,3}(?:\.\d{3}){2,}"
    r"|\d+(?:\.\d+)?)"
)
_NUMBER = re.compile(
    rf"(?P<run>(?>(?:{_DIGITS.pattern}|[〇一二三四五六七八九十百千万億兆]| (?=[万億兆]))+))"
    rf"(?: ?(?P<scale>{'|'.join(sorted(_LATIN, key=len, reverse=True))})(?![a-z]))?"
    # A number of something else: a year, a date, a share, a version.
    r"(?!\d|[./]\d| ?(?:年|月|日|ヶ月|か月|カ月|ヵ月|割|%|q[1-4]))"
)
_TOKEN = re.compile(rf"{_DIGITS.pattern}|\S")
_KANJI_DIGITS = {kanji: value for value, kanji in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1_000}
_LARGE = {"万": 10_000, "億": 100_000_000, "兆": 1_000_000_000_000}
_COUNTED = ("円", "名", "人")

_JOIN = re.compile(r" ?[^\d~+,、。;]{0,3}?(?:~|-|から|to) ?[^\d~,、。;]{0,4}?")
_UP_TO_BEFORE = re.compile(
    r"(?:~|<=?|under|below|up to|less than|fewer than|max\.?|within) ?[^\d]?$"
)
_UP_TO_AFTER = re.compile(r"[^\d,、。~]{0,3}?(?:以下|未満|以内|まで|or less|or fewer|max)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number, or a range settled to one, and where it stands in its text."""

    value: float
    start: int
    end: int
    scaled: bool  # written with 万, 億, k, million ...


def find_quantities(text: str) -> list[Quantity]:
    """Numbers and ranges in a plain text, in order; dates, years and shares left out.

    Examples
    --------
    >>> [quantity.value for quantity in find_quantities("1億2000万円")]
    [120000000.0]
    >>> [quantity.value for quantity in find_quantities("51-200名")]
    [125.5]
    """
    settled: list[Quantity] = []
    numbers = _find_numbers(text)
    position = 0
    while position < len(numbers):
        first = numbers[position]
        following = numbers[position + 1] if position + 1 < len(numbers) else None
        if following and _JOIN.fullmatch(text, first.end, following.start):
            settled.append(_middle(text, first, following))
            position += 2
            continue
        if _UP_TO_BEFORE.search(text, 0, first.start) or _UP_TO_AFTER.match(text, first.end):
            first = replace(first, value=first.value / 2)
        settled.append(first)
        position += 1
    return settled


def _middle(text: str, first: Quantity, second: Quantity) -> Quantity:
    lower = first.value
    if second.scaled and not first.scaled:
        # In "300~500万" the 万 goes for both numbers.
        digits = _DIGITS.match(text, second.start)
        lower *= second.value / _read_digits(digits[0]) if digits else 1.0
    return Quantity(
        value=(lower + second.value) / 2, start=first.start, end=second.end, scaled=second.scaled
    )


def _find_numbers(text: str) -> list[Quantity]:
    found = []
    for match in _NUMBER.finditer(text):
        run, scale = match["run"], match["scale"]
        is_word = not run[-1].isascii() and not any(character.isascii() for character in run)
        if is_word and text[match.start() - 1 : match.start()] in ("数", "何"):
            continue  # 数十名: some tens, which is no number
        if is_word and run[-1] not in _LARGE and not text.startswith(_COUNTED, match.end()):
            continue  # 十分, 一部: numerals inside a word
        value = _read_run(run) * (_LATIN[scale] if scale else 1.0)
        scaled = bool(scale) or not run.isascii()
        found.append(Quantity(value=value, start=match.start(), end=match.end(), scaled=scaled))
    return found


def _read_run(run: str) -> float:
    total = section = 0.0
    number: float | None = None
    for token in _TOKEN.findall(run):
        if token in _LARGE:
            section += number or 0.0
            total += (section or 1.0) * _LARGE[token]
            section, number = 0.0, None
        elif token in _SMALL:
            section += (1.0 if number is None else number) * _SMALL[token]
            number = None
        elif token in _KANJI_DIGITS:
            number = (number or 0.0) * 10 + _KANJI_DIGITS[token]
        else:
            number = _read_digits(token)
    return total + section + (number or 0.0)


def _read_digits(token: str) -> float:
    if token.count(".") > 1:  # 1.000.000, as written on the continent
        token = token.replace(".", "")
    return float(token.replace(",", "").replace(" ", ""))
