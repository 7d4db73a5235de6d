"""Each KPI beside its target: as it stood at the month's end, by now, and in the stretch before."""

from features.core.text import Text
from features.definition.terms import Kpi
from serving.review.figures.journeys import Journeys
from serving.review.figures.kpis import MEASURES, KpiPeriod, Measure
from serving.review.figures.trend import expect_final
from serving.review.month import Month
from serving.review.month_data import MonthData
from serving.review.records import KpiLine, ReviewFigure
from training.results.backtest_records import Range

MONTHS_PER = {"month": 1, "quarter": 3, "year": 12, None: 1}


def kpi_lines(training_rows: MonthData) -> tuple[KpiLine, ...]:
    """The definition's KPIs, then what the review always shows, each once."""
    agreed = {kpi.name: kpi for kpi in training_rows.definition.kpis}
    lines = []
    for name, measure in MEASURES.items():
        lines.append(_line(training_rows, measure, agreed.get(name)))
    lines += [_unmeasured(kpi) for kpi in agreed.values() if kpi.name not in MEASURES]
    return tuple(lines)


def kpi_label(name: str, kpis: tuple[Kpi, ...]) -> Text:
    """What a KPI is called: by the definition, else by the measure."""
    named = next((kpi.label for kpi in kpis if kpi.name == name), None)
    return named if named is not None else MEASURES[name].label


def _line(training_rows: MonthData, measure: Measure, agreed: Kpi | None) -> KpiLine:
    length = MONTHS_PER[None if agreed is None else agreed.per]
    first = training_rows.month.earlier(length - 1)
    now = _stretch(training_rows, first, length, training_rows.by_now, training_rows.known_before)
    then = _stretch(training_rows, first, length, training_rows.at_month_end, training_rows.end)
    before = _stretch(
        training_rows,
        first.earlier(length),
        length,
        training_rows.by_now,
        training_rows.known_before,
    )
    figure = measure.compute(now)
    matured = measure.reached_at is None or training_rows.month_matured(training_rows.month)
    expected = None if matured else _expected(training_rows, measure, now)
    target = None if agreed is None else agreed.target
    up = measure.bigger_is_better if agreed is None else agreed.bigger_is_better
    return KpiLine(
        name=measure.name,
        team=measure.team if agreed is None else agreed.team,
        kind=measure.kind,
        target=target,
        bigger_is_better=up,
        measured=True,
        at_month_end=measure.compute(then),
        now=figure,
        before=measure.compute(before),
        matured=matured,
        expected=expected,
        is_met=_is_met(figure, target, up=up) if matured else None,
    )


def _stretch(
    training_rows: MonthData, first: Month, length: int, every: Journeys, known_before: int
) -> KpiPeriod:
    zone = training_rows.definition.zone
    return KpiPeriod(
        training_rows=training_rows,
        start=first.start(zone),
        end=first.earlier(-length).start(zone),
        known_before=known_before,
        every=every,
    )


def _expected(training_rows: MonthData, measure: Measure, now: KpiPeriod) -> Range | None:
    """The final share of a stretch not matured, as a share of its hand-overs."""
    n = len(now.own)
    if measure.reached_at is None or not n:
        return None
    past = measure.reached_at(training_rows, training_rows.by_now)
    final = expect_final(
        training_rows,
        now.own,
        reached_at=measure.reached_at(training_rows, now.own),
        pace=training_rows.pace(past),
    )
    if final is None:
        return None
    return Range(expected=final.expected / n, low=final.low / n, high=final.high / n)


def _is_met(figure: ReviewFigure, target: float | None, *, up: bool) -> bool | None:
    if target is None or figure.value is None:
        return None
    return figure.value >= target if up else figure.value <= target


def _unmeasured(kpi: Kpi) -> KpiLine:
    nothing = ReviewFigure(value=None)
    return KpiLine(
        name=kpi.name,
        team=kpi.team,
        kind="count",
        target=kpi.target,
        bigger_is_better=kpi.bigger_is_better,
        measured=False,
        at_month_end=nothing,
        now=nothing,
        before=nothing,
        matured=True,
        expected=None,
        is_met=None,
    )
