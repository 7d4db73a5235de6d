"""The feature of time itself: how long the lead has been known."""

from collections.abc import Iterator

from features.definition.lead_definition import LeadDefinition
from features.feature import Axis, Feature
from features.text import Text

CONCEPT = "age"


def age_features(definition: LeadDefinition) -> Iterator[Feature]:
    """Days since creation, where the definition allows it and there are dates."""
    if definition.windows.age and definition.dated:
        yield Feature(
            name="days_since_creation",
            concept=CONCEPT,
            axis=Axis.BEHAVIOUR,
            label=Text(ja="リード獲得からの日数", en="Days since the lead was created"),
            unit="days",
            compute=lambda lookback: lookback.days_since_creation(),
        )
