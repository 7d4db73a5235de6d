"""A feature family: whether it is the weekend."""

from collections.abc import Iterator

from features.core.clock import DAY
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.feature import Axis, Feature
from features.lookback.protocol import one_or_zero

SATURDAY = 2
"""1 January 1970 was a Thursday."""


def weekend_features(_definition: LeadDefinition) -> Iterator[Feature]:
    """Whether the snapshot is taken on a Saturday or Sunday, UTC."""
    yield Feature(
        name="is_weekend",
        concept="weekend",
        axis=Axis.BEHAVIOUR,
        label=Text(ja="週末", en="Weekend"),
        unit="yes_no",
        compute=lambda lookback: one_or_zero((lookback.as_of // DAY - SATURDAY) % 7 < 2),
    )
