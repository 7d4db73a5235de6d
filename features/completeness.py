"""Features of how much is known about a lead, whatever it is."""

from collections.abc import Iterator

import numpy as np

from features.definition.attributes import Attribute
from features.definition.lead_definition import LeadDefinition
from features.feature import Axis, Feature, FloatArray
from features.information import is_informative
from features.lookback import Lookback
from features.text import Text

CONCEPT = "completeness"


def completeness_features(definition: LeadDefinition) -> Iterator[Feature]:
    """Share of the information attributes that is known."""
    attributes = tuple(a for a in definition.feature_attributes if a.axis == Axis.INFORMATION.value)
    if not attributes:
        return
    yield Feature(
        name="information_known",
        concept=CONCEPT,
        axis=Axis.INFORMATION,
        label=Text(ja="わかっている情報の割合", en="Share of information known"),
        unit="share",
        compute=lambda lookback: _share_known(lookback, attributes),
    )


def _share_known(lookback: Lookback, attributes: tuple[Attribute, ...]) -> FloatArray:
    known = np.zeros(len(lookback))
    for attribute in attributes:
        known += is_informative(lookback, attribute)
    return known / len(attributes)
