"""Features of all behaviours together: on how many days and in how many ways a lead was active."""

from collections.abc import Callable, Iterator

from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.families.behaviour import window_label, window_suffix
from features.feature import Axis, Feature
from features.lookback.protocol import EVER, Column, Lookback

Compute = Callable[[Lookback], Column]

ACTIVITY = "activity"

ACTIVE_DAYS = Text(ja="活動のあった日数", en="Days with activity")
DISTINCT_BEHAVIOURS = Text(ja="行動の種類数", en="Kinds of behaviour")


def activity_features(definition: LeadDefinition) -> Iterator[Feature]:
    """Active days and distinct behaviours over the definition's windows and ever."""
    if not definition.lead_behaviours:
        return
    for days in (*definition.windows.days, EVER) if definition.dated else ():
        yield Feature(
            name=f"active_days_{window_suffix(days)}",
            concept=ACTIVITY,
            axis=Axis.BEHAVIOUR,
            label=window_label(ACTIVE_DAYS, days),
            unit="days",
            compute=_active_days(days),
        )
    for days in (*definition.windows.days, EVER) if definition.dated else (EVER,):
        yield Feature(
            name=f"distinct_behaviours_{window_suffix(days)}",
            concept=ACTIVITY,
            axis=Axis.BEHAVIOUR,
            label=window_label(DISTINCT_BEHAVIOURS, days),
            unit="behaviours",
            compute=_distinct(days),
        )


def _active_days(days: int | None) -> Compute:
    return lambda lookback: lookback.active_days(days)


def _distinct(days: int | None) -> Compute:
    return lambda lookback: lookback.distinct_behaviours(days)


AGE = "days_since_creation"
"""Name of the feature, and of what it speaks of."""


def age_features(definition: LeadDefinition, *, kept: bool = False) -> Iterator[Feature]:
    """Days since creation, where the definition allows it, and they differ from lead to lead.

    Parameters
    ----------
    definition : LeadDefinition
    kept : bool
        Whether a release reads them that was made before those that never differ were left out.
    """
    snapshots = definition.snapshots
    is_one_age = snapshots.at == "creation" or (snapshots.at == "age" and len(snapshots.days) == 1)
    differ = definition.dated and (kept or not is_one_age)
    if definition.windows.age and differ:
        yield Feature(
            name=AGE,
            concept=AGE,
            axis=Axis.BEHAVIOUR,
            label=Text(ja="リード獲得からの日数", en="Days since the lead was created"),
            unit="days",
            compute=lambda lookback: lookback.days_since_creation(),
        )
