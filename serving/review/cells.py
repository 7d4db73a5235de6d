"""Figures of a review as cells: never more exact, nor more certain, than what is known."""

from dataclasses import replace

from features.core.estimate import Measured
from features.core.text import Text
from serving.review.blocks import Cell
from serving.review.figures.counted import SMALLEST_RANKED, Proportion
from serving.review.records import ReviewFigure
from training.results.backtest_records import Range

NOTHING = Cell(shown=Text(ja="–", en="–"), tone="muted")


def same(words: str) -> Text:
    """Words that are the same in both languages: a value, an id."""
    return Text(ja=words, en=words)


def word(text: Text, *, tone: str = "") -> Cell:
    """A cell of words."""
    return Cell(shown=text, tone=tone)


def count(n: float) -> Cell:
    """A whole number."""
    return Cell(shown=same(f"{n:,.0f}"), number=float(n))


def number(value: float | None, *, digits: int = 1) -> Cell:
    """A number with decimals."""
    if value is None:
        return NOTHING
    return Cell(shown=same(f"{value:,.{digits}f}"), number=value, kind="number")


def per_cent(value: float, *, digits: int = 0) -> Text:
    """A share as per cent; not rounded to never or always."""
    shown = f"{100 * value:.{digits}f}"
    if digits == 0 and 0 < value < 0.1:
        shown = f"{100 * value:.1f}"
    return same(f"{shown}%")


def share(found: Proportion) -> Cell:
    """So many of so many: counts alone below ten, per cent with interval and counts above."""
    if found.of == 0:
        return NOTHING
    measured = found.share
    counts = counts_of(found)
    if measured is None or found.is_small:
        return Cell(shown=counts)
    between = _between(measured)
    return Cell(
        shown=per_cent(measured.value),
        detail=Text(ja=f"{between.ja}、{counts.ja}", en=f"{between.en}; {counts.en}"),
        number=measured.value,
        low=measured.low,
        high=measured.high,
        kind="share",
    )


def counts_of(found: Proportion) -> Text:
    """So many of so many, in words."""
    return Text(ja=f"{found.of:,}件中{found.n:,}件", en=f"{found.n:,} of {found.of:,}")


def share_words(found: Proportion) -> Text:
    """A share in one line of text."""
    cell = share(found)
    return Text(ja=cell.read("ja"), en=cell.read("en"))


def measured_share(found: Measured | None, *, of: int) -> Cell:
    """A share of a group with its interval; nothing of a group too small to say."""
    if found is None or of < SMALLEST_RANKED:
        return NOTHING
    return Cell(
        shown=per_cent(found.value),
        detail=_between(found),
        number=found.value,
        low=found.low,
        high=found.high,
        kind="share",
    )


def _between(found: Measured) -> Text:
    """The interval of a share."""
    if found.low is None or found.high is None:
        return same("–")
    low, high = per_cent(max(found.low, 0.0)), per_cent(min(found.high, 1.0))
    return Text(ja=f"{low.ja}〜{high.ja}", en=f"{low.en} to {high.en}")


def signed(found: Measured | None, *, scale: float = 1.0) -> Cell:
    """A difference with its sign and interval."""
    if found is None:
        return NOTHING
    value = scale * found.value
    tone = {1: "good", -1: "bad", 0: "muted"}[found.sign]
    if found.low is None or found.high is None:
        return Cell(shown=same(signed_words(value)), number=value, kind="number", tone=tone)
    low, high = scale * found.low, scale * found.high
    return Cell(
        shown=same(signed_words(value)),
        detail=Text(
            ja=f"{signed_words(low)}〜{signed_words(high)}",
            en=f"{signed_words(low)} to {signed_words(high)}",
        ),
        number=value,
        low=low,
        high=high,
        kind="number",
        tone=tone,
    )


def expected(found: Range | None, *, kind: str = "count") -> Cell:
    """What is expected of a number to come, with its range."""
    if found is None:
        return NOTHING
    if kind == "share":
        shown = per_cent(found.expected)
        detail = _between(Measured(value=found.expected, low=found.low, high=found.high))
    else:
        value, low, high = (f"{end:,.0f}" for end in (found.expected, found.low, found.high))
        shown, detail = same(value), Text(ja=f"{low}〜{high}", en=f"{low} to {high}")
    return Cell(
        shown=shown,
        detail=detail,
        number=found.expected,
        low=found.low,
        high=found.high,
        kind="share" if kind == "share" else "number",
    )


def figure(found: ReviewFigure, kind: str) -> Cell:
    """A KPI's value by its kind: count, share, hours or days."""
    if kind == "share":
        if found.n is None or found.of is None:
            return NOTHING
        return share(Proportion(n=found.n, of=found.of))
    if kind == "count":
        return NOTHING if found.value is None else count(found.value)
    return _median(found, kind)


def target(value: float | None, kind: str, *, at_most: float | None = None) -> Cell:
    """What was agreed, with its upper end where it has one."""
    if value is None:
        return NOTHING
    if at_most is not None:
        own, end = target(value, kind), target(at_most, kind).shown
        # A target that reaches its end is what may be reached and not passed.
        if at_most <= value:
            return replace(own, detail=Text(ja=f"上限{end.ja}", en=f"at most {end.en}"))
        shown = Text(ja=f"{own.shown.ja}〜{end.ja}", en=f"{own.shown.en} to {end.en}")
        return replace(own, shown=shown)
    if kind == "share":
        return Cell(shown=per_cent(value), number=value, kind="share")
    if kind == "count":
        return count(value)
    return Cell(shown=_length(value, kind), number=value, kind="number")


def _median(found: ReviewFigure, kind: str) -> Cell:
    of = found.of or 0
    if of == 0:
        return NOTHING
    counts = Text(ja=f"{of:,}件", en=f"of {of:,}")
    if found.value is None:
        return Cell(shown=Text(ja="半数が未対応", en="half still open"), detail=counts)
    detail = counts
    if found.low is not None and found.high is not None:
        detail = Text(
            ja=f"{found.low:.1f}〜{found.high:.1f}、{counts.ja}",
            en=f"{found.low:.1f} to {found.high:.1f}; {counts.en}",
        )
    return Cell(
        shown=_length(found.value, kind),
        detail=detail,
        number=found.value,
        low=found.low if found.high is not None else None,
        high=found.high if found.low is not None else None,
        kind="number",
    )


def _length(value: float, kind: str) -> Text:
    if kind == "hours":
        return Text(ja=f"{value:.1f}時間", en=f"{value:.1f} h")
    return Text(ja=f"{value:.1f}日", en=f"{value:.1f} days")


def signed_words(value: float) -> str:
    """A number with its sign and one decimal."""
    rounded = round(value, 1) + 0.0
    return f"{rounded:+.1f}".replace("-", "\N{MINUS SIGN}") if rounded else "±0.0"
