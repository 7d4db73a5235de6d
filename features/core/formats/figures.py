"""Figures as people read them: shares, differences, points, counts, numbers, with their intervals.

Why one place: a manager who reads ``43.9% (39.1 to 48.6)`` in the terminal must not meet the same
figure as ``44 % [39.1 - 48.6]`` in the minutes, or wonder whether it is the same figure.

How many decimals: an interval spans at least ten units of the last one, within what its kind of
figure is told to at most. Rounding never hides what a sentence beside it says: a share that is not
nothing is not told as 0%, a difference is not told as zero, and the ends of an interval differ.
"""

import math
from dataclasses import dataclass
from typing import Literal

from features.core.estimate import Measured
from features.core.formats.quantities import MINUS, UNITS
from features.core.text import Language, Text

Kind = Literal["count", "share", "number", "signed"]
"""What the number of a figure is, hence how a workbook shows it."""

UNDEFINED = "\N{EN DASH}"
"""What stands where there is no figure, in every medium."""

WORKBOOK_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "share": "0.0%",
    "number": "#,##0.0",
    "signed": f"+#,##0.0;{MINUS}#,##0.0;±0.0",
}
"""Number formats of an xlsx cell."""

LEAST, MOST = 0.01, 0.99
"""Nearer to certainty than this no probability of a lead is told: no release is tested so far."""

SHARE_DECIMALS, POINT_DECIMALS, LENGTH_DECIMALS, NUMBER_DECIMALS = 1, 1, 1, 4

_FINER = 4
"""Decimals that may be added so that rounding hides nothing."""

_ZERO = 1e-12
"""Below this a number is what floating point leaves of zero."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure in words, and as the number a workbook or a chart gets.

    Attributes
    ----------
    value : Text
        The figure alone, with its unit: ``43.9%``.
    ends : Text or None
        Its interval without brackets: ``39.1 to 48.6``.
    number, low, high : float or None
        The same as numbers; differences and points of shares times 100.
    kind : str
    """

    value: Text
    ends: Text | None = None
    number: float | None = None
    low: float | None = None
    high: float | None = None
    kind: Kind = "number"

    @property
    def ja(self) -> str:
        """The figure with its interval in Japanese."""
        return self.value.ja if self.ends is None else f"{self.value.ja}({self.ends.ja})"

    @property
    def en(self) -> str:
        """The figure with its interval in English."""
        return self.value.en if self.ends is None else f"{self.value.en} ({self.ends.en})"

    def __str__(self) -> str:
        """Refuse: a figure said without a language would be said wrongly in one of them."""
        msg = "a figure is read in one language; got none. Use .ja, .en or .read(language)."
        raise TypeError(msg)

    def read(self, language: Language) -> str:
        """The figure with its interval in one language."""
        return self.ja if language == "ja" else self.en


NOTHING = Figure(value=Text(ja=UNDEFINED, en=UNDEFINED))
"""A figure that there is not."""


def share(found: Measured | float | None) -> Figure:
    """A share of something as per cent: ``43.9% (39.1 to 48.6)``; never rounded to none or all."""
    if found is None:
        return NOTHING
    measured = _measured(found)
    scaled = _times(measured, 100)
    decimals = _decimals(scaled, SHARE_DECIMALS, signed=False, kept=(0.0, 100.0))
    figure = _figure(scaled, decimals, unit="%", kind="share")
    value = figure.value if figure.ends is not None else _bare_share(measured.value)
    low, high = (measured.low, measured.high) if figure.ends is not None else (None, None)
    return Figure(
        value=value, ends=figure.ends, number=measured.value, low=low, high=high, kind="share"
    )


def probability(value: float | None) -> Figure:
    """A probability of one lead as per cent, never 0 and never 100."""
    if value is None:
        return NOTHING
    if value < LEAST:
        shown = under("1%")
    elif value > MOST:
        shown = over("99%")
    else:
        shown = same(f"{100 * value:.{SHARE_DECIMALS}f}%")
    return Figure(value=shown, number=value, kind="share")


def agreed_share(value: float | None) -> Figure:
    """A share that somebody set, as it was set: ``40%``."""
    if value is None:
        return NOTHING
    return Figure(value=same(f"{100 * value:.6g}%"), number=value, kind="share")


def share_range(low: float, high: float, decimals: int | None = None) -> Text:
    """Two shares as the ends of a band: ``7.4 to 14.5%``.

    Parameters
    ----------
    low, high : float
    decimals : int, optional
        None where both ends are whole, else one, unless said.
    """
    ends = (100 * low, 100 * high)
    if decimals is None:
        decimals = 0 if all(abs(end - round(end)) < 0.05 for end in ends) else SHARE_DECIMALS
    first, last = (_number(end, decimals) for end in ends)
    return Text(ja=f"{first}〜{last}%", en=f"{first} to {last}%")


def difference(found: Measured | float | None) -> Figure:
    """A difference of two shares in percentage points: ``+18.4 pp (+13.9 to +22.9)``.

    "pp" and not "points" in English: points are also what a rulebook adds up.
    """
    if found is None:
        return NOTHING
    scaled = _times(_measured(found), 100)
    decimals = _decimals(scaled, SHARE_DECIMALS, signed=True)
    unit = Text(ja="ポイント", en=" pp")
    return _figure(scaled, decimals, signed=True, unit=unit, kind="signed")


def gap(value: float) -> Text:
    """How far two shares lie apart, where words beside it say which is higher: ``3.2 pp``."""
    shown = _number(abs(100 * value), SHARE_DECIMALS)
    return Text(ja=f"{shown}ポイント", en=f"{shown} pp")


def difference_range(low: float, high: float) -> Text:
    """Two differences of shares as the ends of a range: ``+1.2 to +3.4 pp``."""
    first, last = (_signed(100 * end, SHARE_DECIMALS) for end in (low, high))
    return Text(ja=f"{first}〜{last}ポイント", en=f"{first} to {last} pp")


def change(value: float) -> Figure:
    """By what share something grew or shrank: ``+51%``."""
    return Figure(value=same(f"{_signed(100 * value, 0)}%"), number=value, kind="share")


def points(found: Measured | float | None) -> Figure:
    """Points of a lead, of which ten double the odds, with their sign: ``+3.2 (+1.1 to +5.3)``."""
    if found is None:
        return NOTHING
    measured = _measured(found)
    decimals = _decimals(measured, POINT_DECIMALS, signed=True)
    return _figure(measured, decimals, signed=True, kind="signed")


def rule_points(value: float) -> Figure:
    """Points of a rule with their sign; they are whole unless they fade: ``−5``."""
    return Figure(value=same(f"{value:+,.4g}".replace("-", MINUS)), number=value, kind="signed")


def signed(found: Measured | float | None, decimals: int = 2) -> Figure:
    """A number about zero, such as a shift in log-odds: ``+0.23 (+0.11 to +0.35)``.

    Parameters
    ----------
    found : Measured, float or None
    decimals : int
        Told at most, and where there is no interval.
    """
    if found is None:
        return NOTHING
    measured = _measured(found)
    told = _decimals(measured, decimals, signed=True)
    return _figure(measured, told, signed=True, kind="signed")


def number(found: Measured | float | None, decimals: int = NUMBER_DECIMALS) -> Figure:
    """A number without a unit: ``1.04 (0.98 to 1.10)``.

    Parameters
    ----------
    found : Measured, float or None
    decimals : int
        Told at most, and where there is no interval.
    """
    if found is None:
        return NOTHING
    measured = _measured(found)
    return _figure(measured, _decimals(measured, decimals, signed=True), kind="number")


def count(found: Measured | float | None) -> Figure:
    """A count, thousands separated, an expected one with its range: ``400 (312 to 488)``."""
    if found is None:
        return NOTHING
    measured = _measured(found)
    return _figure(measured, _decimals(measured, 0, signed=False), kind="count")


def amount(found: Measured | float | None) -> Figure:
    """A sum of money in the definition's own currency: ``12,300 (9,900 to 15,000)``."""
    if found is None:
        return NOTHING
    measured, ends = _measured(found), _ends(_measured(found))
    return _figure(measured, 0 if ends is None else min(decimals_of(ends[1] - ends[0]), 0))


def length(found: Measured | float | None, unit: str) -> Figure:
    """How long something takes: ``3.4 hours (2.9 to 4.1)``.

    Parameters
    ----------
    found : Measured, float or None
    unit : str
        Of time, as :data:`features.core.formats.quantities.UNITS` knows it.
    """
    if found is None:
        return NOTHING
    measured = _measured(found)
    whole = _ends(measured) is None and float(measured.value).is_integer()
    told = 0 if whole else _decimals(measured, LENGTH_DECIMALS, signed=False)
    one, several, japanese = UNITS[unit]
    english = one if measured.value == 1 else several
    return _figure(measured, told, unit=Text(ja=japanese, en=f" {english}"))


def named_values(name: str, found: Measured) -> dict[str, float]:
    """A figure as flat numbers by name, its interval's ends as ``_low`` and ``_high``.

    Parameters
    ----------
    name : str
        As MLflow and OpenMetrics list it.
    found : Measured
    """
    ends = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: value for key, value in ends.items() if value is not None}


def same(words: str) -> Text:
    """Words that are the same in both languages: a value, an id."""
    return Text(ja=words, en=words)


def under(bound: str) -> Text:
    """Less than a bound."""
    return Text(ja=f"{bound}未満", en=f"under {bound}")


def over(bound: str) -> Text:
    """More than a bound."""
    return Text(ja=f"{bound}超", en=f"over {bound}")


def decimals_of(width: float) -> int:
    """Decimals at which an interval spans ten to a hundred units of the last; negative for tens."""
    return math.ceil(1 - math.log10(width))


def _measured(found: Measured | float) -> Measured:
    return found if isinstance(found, Measured) else Measured(value=found)


def _times(found: Measured, scale: float) -> Measured:
    low, high = (None if end is None else scale * end for end in (found.low, found.high))
    return Measured(value=scale * found.value, low=low, high=high)


def _ends(found: Measured) -> tuple[float, float] | None:
    """The ends of an interval; none where it has no width, for then it is none."""
    if found.low is None or found.high is None or found.high - found.low < _ZERO:
        return None
    return found.low, found.high


def _bare_share(value: float) -> Text:
    least = 0.1**SHARE_DECIMALS / 100
    if _ZERO < value < least / 2:
        return under(f"{100 * least:.{SHARE_DECIMALS}f}%")
    if 1 - least / 2 < value < 1 - _ZERO:
        return over(f"{100 * (1 - least):.{SHARE_DECIMALS}f}%")
    return same(f"{_number(100 * value, SHARE_DECIMALS)}%")


def _decimals(
    found: Measured, at_most: int, *, signed: bool, kept: tuple[float, ...] = (0.0,)
) -> int:
    """Decimals a figure deserves by the width of its interval; ``at_most`` without one.

    Parameters
    ----------
    found : Measured
    at_most : int
        More are told only where rounding would hide something.
    signed : bool
        Whether the ends, too, must keep their side of ``kept``.
    kept : tuple of float
        Values to which nothing else may be rounded.
    """
    ends = _ends(found)
    if ends is None:
        return at_most
    decimals = min(max(decimals_of(ends[1] - ends[0]), 0), at_most)
    guarded = (found.value, *ends) if signed else (found.value,)
    for told in range(decimals, at_most + _FINER):
        hides = round(ends[0], told) == round(ends[1], told) or any(
            round(number, told) == edge and abs(number - edge) > _ZERO
            for number in guarded
            for edge in kept
        )
        if not hides:
            return told
    return at_most + _FINER


def _figure(
    found: Measured,
    decimals: int,
    *,
    kind: Kind = "number",
    signed: bool = False,
    unit: Text | str = "",
) -> Figure:
    """A figure with its interval at one number of decimals.

    Parameters
    ----------
    found : Measured
    decimals : int
    kind : str
    signed : bool
        Whether a sign stands before every number.
    unit : Text or str
        After the value; the ends do without.
    """
    write = _signed if signed else _number
    shown, after = write(found.value, decimals), unit if isinstance(unit, Text) else same(unit)
    value = Text(ja=f"{shown}{after.ja}", en=f"{shown}{after.en}")
    ends = _ends(found)
    if ends is None:
        return Figure(value=value, number=found.value, kind=kind)
    low, high = (write(end, decimals) for end in ends)
    said = Text(ja=f"{low}〜{high}", en=f"{low} to {high}")
    return Figure(value=value, ends=said, number=found.value, low=ends[0], high=ends[1], kind=kind)


def _number(value: float, decimals: int) -> str:
    # Adding zero makes of -0.0 a 0.0.
    return f"{round(value, decimals) + 0.0:,.{max(decimals, 0)}f}".replace("-", MINUS)


def _signed(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0
    shown = f"{abs(rounded):,.{max(decimals, 0)}f}"
    return f"{'+' if rounded > 0 else MINUS if rounded < 0 else '±'}{shown}"
