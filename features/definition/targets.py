"""KPI targets held against what sales can work: one agreement must not ask for what it rules out.

A target of hand-overs above the capacity that the same definition states cannot be met by keeping
the agreement; nor can a target of anything that only leads handed over become.
"""

from dataclasses import dataclass

from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.definition.terms import Kpi

MONTHS_PER = {"month": 1, "quarter": 3, "year": 12, None: 1}
"""Months over which a KPI is counted, by its ``per``."""

HAND_OVERS = "mql_count"
"""The KPI that counts hand-overs: more of them than sales can work is no success."""

OF_HAND_OVERS = (HAND_OVERS, "sql_count", "opportunity_count", "won_count")
"""KPIs that count what at most every lead handed over becomes."""


@dataclass(frozen=True, kw_only=True)
class TargetBeyondCapacity:
    """A KPI that asks for more than sales can work.

    Attributes
    ----------
    kpi : Kpi
    within : int
        The highest target that the capacity allows, over the KPI's own stretch.
    sentence : Text
    """

    kpi: Kpi
    within: int
    sentence: Text


def ceiling_of(kpi: Kpi, definition: LeadDefinition) -> float | None:
    """Above which a KPI is too much: its own ``at_most``, and the capacity for hand-overs."""
    ends = [] if kpi.at_most is None else [kpi.at_most]
    per_month = definition.hand_overs_per_month
    if kpi.name == HAND_OVERS and per_month is not None and kpi.bigger_is_better:
        ends.append(float(_capacity(kpi, per_month)))
    return min(ends, default=None)


def targets_beyond_capacity(definition: LeadDefinition) -> tuple[TargetBeyondCapacity, ...]:
    """KPIs whose target, or upper end, contradicts the capacity; none without a capacity."""
    per_month = definition.hand_overs_per_month
    if per_month is None:
        return ()
    found = []
    for kpi in definition.kpis:
        within = _capacity(kpi, per_month)
        asked = kpi.target if kpi.at_most is None else max(kpi.target, kpi.at_most)
        if kpi.name in OF_HAND_OVERS and kpi.bigger_is_better and asked > within:
            found.append(
                TargetBeyondCapacity(kpi=kpi, within=within, sentence=_sentence(kpi, asked, within))
            )
    return tuple(found)


def _capacity(kpi: Kpi, per_month: int) -> int:
    return per_month * MONTHS_PER[kpi.per]


def _sentence(kpi: Kpi, asked: float, within: int) -> Text:
    return Text(
        ja=f"KPI「{kpi.label.ja}」は{asked:,g}を求めていますが、同じ定義の営業の対応力では"
        f"{within:,}件までです。どちらかを改めてください。",
        en=f"The KPI {kpi.label.en} asks for {asked:,g}, but sales can work {within:,} by the "
        "capacity of the same definition. Change one of them.",
    )
