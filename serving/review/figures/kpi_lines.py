"""Each KPI beside its target: as it stood at the month's end, by now, and in the stretch before."""

from features.core.text import Text
from features.definition.targets import MONTHS_PER, ceiling_of
from features.definition.terms import Kpi
from serving.review.figures.journeys import Journeys
from serving.review.figures.kpis import MEASURES, KpiPeriod, Measure, counted_leads
from serving.review.figures.trend import expect_final
from serving.review.month import Month
from serving.review.month_data import MonthData
from serving.review.records import KpiLine, ReviewFigure
from training.results.backtest_records import Range


def kpi_lines(month_data: MonthData) -> tuple[KpiLine, ...]:
    """The definition's KPIs, then what the review always shows, each once."""
    agreed = {kpi.name: kpi for kpi in month_data.definition.kpis}
    lines = []
    for name, measure in MEASURES.items():
        lines.append(_line(month_data, measure, agreed.get(name)))
    lines += [_unmeasured(kpi) for kpi in agreed.values() if kpi.name not in MEASURES]
    return tuple(lines)


def kpi_label(name: str, kpis: tuple[Kpi, ...]) -> Text:
    """What a KPI is called: by the definition, else by the measure."""
    named = next((kpi.label for kpi in kpis if kpi.name == name), None)
    return named if named is not None else MEASURES[name].label


def _line(month_data: MonthData, measure: Measure, agreed: Kpi | None) -> KpiLine:
    length = MONTHS_PER[None if agreed is None else agreed.per]
    first = month_data.month.earlier(length - 1)
    now = _stretch(month_data, first, length, month_data.by_now, month_data.known_before)
    then = _stretch(month_data, first, length, month_data.at_month_end, month_data.end)
    before = _stretch(
        month_data,
        first.earlier(length),
        length,
        month_data.by_now,
        month_data.known_before,
    )
    figure = measure.compute(now)
    for stretch, when in ((now, ""), (then, ":month-end"), (before, ":before")):
        month_data.count(f"{measure.name}{when}", counted_leads(measure.population, stretch))
    matured = measure.reached_at is None or month_data.month_matured(month_data.month)
    expected = None if matured else _expected(month_data, measure, now)
    target = None if agreed is None else agreed.target
    at_most = None if agreed is None else ceiling_of(agreed, month_data.definition)
    up = measure.bigger_is_better if agreed is None else agreed.bigger_is_better
    return KpiLine(
        name=measure.name,
        team=measure.team if agreed is None else agreed.team,
        kind=measure.kind,
        target=target,
        at_most=at_most,
        bigger_is_better=up,
        measured=True,
        at_month_end=measure.compute(then),
        now=figure,
        before=measure.compute(before),
        matured=matured,
        expected=expected,
        is_met=_is_met(figure, target, up=up, at_most=at_most) if matured else None,
        year=_year(month_data, measure, length),
    )


def _year(month_data: MonthData, measure: Measure, length: int) -> tuple[float | None, ...]:
    """A measure over twelve months, as known now."""
    stretches = (
        _stretch(
            month_data,
            month.earlier(length - 1),
            length,
            month_data.by_now,
            month_data.known_before,
        )
        for month in month_data.month.year_until()
    )
    return tuple(measure.compute(stretch).value for stretch in stretches)


def _stretch(
    month_data: MonthData, first: Month, length: int, every: Journeys, known_before: int
) -> KpiPeriod:
    zone = month_data.definition.zone
    return KpiPeriod(
        month_data=month_data,
        start=first.start(zone),
        end=first.earlier(-length).start(zone),
        known_before=known_before,
        every=every,
    )


def _expected(month_data: MonthData, measure: Measure, now: KpiPeriod) -> Range | None:
    """The final share of a stretch not matured, as a share of its hand-overs."""
    n = len(now.own)
    if measure.reached_at is None or not n:
        return None
    past = measure.reached_at(month_data, month_data.by_now)
    final = expect_final(
        month_data,
        now.own,
        reached_at=measure.reached_at(month_data, now.own),
        pace=month_data.pace(past),
    )
    if final is None:
        return None
    return Range(expected=final.expected / n, low=final.low / n, high=final.high / n)


def _is_met(
    figure: ReviewFigure, target: float | None, *, up: bool, at_most: float | None
) -> bool | None:
    if target is None or figure.value is None:
        return None
    if at_most is not None and figure.value > at_most:
        return False
    return figure.value >= target if up else figure.value <= target


def _unmeasured(kpi: Kpi) -> KpiLine:
    nothing = ReviewFigure(value=None)
    return KpiLine(
        name=kpi.name,
        team=kpi.team,
        kind="count",
        target=kpi.target,
        at_most=kpi.at_most,
        bigger_is_better=kpi.bigger_is_better,
        measured=False,
        at_month_end=nothing,
        now=nothing,
        before=nothing,
        matured=True,
        expected=None,
        is_met=None,
        year=(),
    )
