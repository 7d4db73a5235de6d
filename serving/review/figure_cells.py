"""Figures of a review as cells: never more exact, nor more certain, than what is known."""

from dataclasses import replace

from features.core import formats
from features.core.estimate import Measured
from features.core.text import Text
from serving.review.figures.counted import SMALLEST_RANKED, Proportion
from serving.review.records import ReviewFigure
from training.reports.document.blocks import Cell
from training.reports.document.cells import NOTHING, cell, count
from training.results.backtest_records import Range


def share(found: Proportion) -> Cell:
    """So many of so many: counts alone below ten, per cent with interval and counts above."""
    if found.of == 0:
        return NOTHING
    counts = counts_of(found)
    return Cell(shown=counts) if found.is_small else cell(formats.share(found.share), beside=counts)


def counts_of(found: Proportion) -> Text:
    """So many of so many, in words."""
    return Text(ja=f"{found.of:,}件中{found.n:,}件", en=f"{found.n:,} of {found.of:,}")


def share_words(found: Proportion) -> Text:
    """A share in one line of text."""
    shown = share(found)
    return Text(ja=shown.read("ja"), en=shown.read("en"))


def measured_share(found: Measured | None, *, of: int) -> Cell:
    """A share of a group with its interval; nothing of a group too small to say."""
    return NOTHING if of < SMALLEST_RANKED else cell(formats.share(found))


def points(found: Measured | None) -> Cell:
    """A difference in points with its sign and interval."""
    if found is None:
        return NOTHING
    return cell(formats.points(found), tone={1: "good", -1: "bad", 0: "muted"}[found.sign])


def expected(found: Range | None, *, kind: str = "count") -> Cell:
    """What is expected of a number to come, with its range."""
    if found is None:
        return NOTHING
    reach = Measured(value=found.expected, low=found.low, high=found.high)
    if kind == "share":
        return cell(formats.share(reach))
    return replace(cell(formats.count(reach)), kind="number")


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
    """Show an agreed target, with its upper end where it has one.

    Parameters
    ----------
    value : float or None
        The target, or the lower end of its range; None where nothing was agreed.
    kind : str
        ``share`` (0 to 1), ``count``, or a unit of time.
    at_most : float, optional
        Upper end of the range.
    """
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
        return cell(formats.agreed_share(value))
    return cell(formats.count(value) if kind == "count" else formats.length(value, kind))


def _median(found: ReviewFigure, kind: str) -> Cell:
    of = found.of or 0
    if of == 0:
        return NOTHING
    counts = Text(ja=f"{of:,}件", en=f"of {of:,}")
    if found.value is None:
        return Cell(shown=Text(ja="半数が未対応", en="half still open"), detail=counts)
    measured = Measured(value=found.value, low=found.low, high=found.high)
    return cell(formats.length(measured, kind), beside=counts)
