"""Where the definition says that more may never lower the probability, the boosters keep to it.

Off unless said, since it costs and gains nothing by itself: later-in-time log loss with all counts
constrained was .4888 against .4889 for a bank's applications after an hour, .5979 and .5976 after a
day, .5996 both after a week; X Education .4015 both. It is for the page people read, where "asked
for a quote twice: minus three points" would cost trust.
"""

from features.catalogue import Catalogue
from features.definition import LeadDefinition
from features.feature import Feature

RISES, FALLS, FREE = 1, -1, 0

SINCE_LAST, SINCE_FIRST = "days_since_", "days_since_first_"


def constraints(catalogue: Catalogue, definition: LeadDefinition) -> tuple[int, ...]:
    """Per column +1 where the margin may only rise with it, -1 where only fall, else 0.

    Returns
    -------
    tuple of int
        Empty where the definition constrains nothing.
    """
    named = {item.name for item in definition.lead_behaviours if item.never_lowers}
    named |= {item.name for item in definition.feature_attributes if item.never_lowers}
    signs = tuple(_sign(feature) if feature.concept in named else FREE for feature in catalogue)
    return signs if any(signs) else ()


def _sign(feature: Feature) -> int:
    # A category's codes have no order; how long ago the first one was says nothing of more or less,
    # and a trend falls when the quarter before was busy.
    if (
        feature.is_category
        or feature.name.startswith(SINCE_FIRST)
        or feature.name.endswith("_trend")
    ):
        return FREE
    return FALLS if feature.name.startswith(SINCE_LAST) else RISES
