"""Each KPI beside its target: as it stood at the month's end, by now, and in the stretch before."""

from features.core.text import Text
from features.definition.terms import Kpi
from serving.review.figures.journeys import Journeys
from serving.review.figures.kpis import MEASURES, Measure, Stretch
from serving.review.figures.trend import expect_final
from serving.review.month import Month
from serving.review.month_data import Material
from serving.review.records import Figure, KpiLine
from training.cutoffs.expected_volume import Range

MONTHS_PER = {"month": 1, "quarter": 3, "year": 12, None: 1}


def kpi_lines(material: Material) -> tuple[KpiLine, ...]:
    """The definition's KPIs, then what the review always shows, each once."""
    agreed = {kpi.name: kpi for kpi in material.definition.kpis}
    lines = []
    for name, measure in MEASURES.items():
        lines.append(_line(material, measure, agreed.get(name)))
    lines += [_unmeasured(kpi) for kpi in agreed.values() if kpi.name not in MEASURES]
    return tuple(lines)


def kpi_label(name: str, kpis: tuple[Kpi, ...]) -> Text:
    """What a KPI is called: by the definition, else by the measure."""
    named = next((kpi.label for kpi in kpis if kpi.name == name), None)
    return named if named is not None else MEASURES[name].label


def _line(material: Material, measure: Measure, agreed: Kpi | None) -> KpiLine:
    length = MONTHS_PER[None if agreed is None else agreed.per]
    first = material.month.earlier(length - 1)
    now = _stretch(material, first, length, material.by_now, material.known_before)
    then = _stretch(material, first, length, material.at_month_end, material.end)
    before = _stretch(
        material, first.earlier(length), length, material.by_now, material.known_before
    )
    figure = measure.compute(now)
    matured = measure.reached_at is None or material.month_matured(material.month)
    expected = None if matured else _expected(material, measure, now)
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
    material: Material, first: Month, length: int, every: Journeys, known_before: int
) -> Stretch:
    zone = material.definition.zone
    return Stretch(
        material=material,
        start=first.start(zone),
        end=first.earlier(-length).start(zone),
        known_before=known_before,
        every=every,
    )


def _expected(material: Material, measure: Measure, now: Stretch) -> Range | None:
    """The final share of a stretch not matured, as a share of its hand-overs."""
    n = len(now.own)
    if measure.reached_at is None or not n:
        return None
    past = measure.reached_at(material, material.by_now)
    final = expect_final(
        material,
        now.own,
        reached_at=measure.reached_at(material, now.own),
        pace=material.pace(past),
    )
    if final is None:
        return None
    return Range(expected=final.expected / n, low=final.low / n, high=final.high / n)


def _is_met(figure: Figure, target: float | None, *, up: bool) -> bool | None:
    if target is None or figure.value is None:
        return None
    return figure.value >= target if up else figure.value <= target


def _unmeasured(kpi: Kpi) -> KpiLine:
    nothing = Figure(value=None)
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
