"""Two groups of leads compared in values that people know: medians, shares, the level that differs.

Points say how much something weighs, not what it is: "+2.0 points" beside "unsubscribed" reads as
if those who converted had unsubscribed. What is told here has a direction of its own: what the
first group did more often is told as done, what it did less often as not done.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray
from features.core.text import Text
from features.definition.kinds import KINDS
from features.families import account, activity, completeness
from serving.reasons.answers import answer_words, told_by
from serving.reasons.concepts import Concept
from serving.reasons.explainer import Explainer

MOSTLY = 0.5
"""From this share of both groups on, how often is told; below, whether at all."""

FIXED_COLUMNS = {
    activity.ACTIVITY: "active_days_ever",
    activity.AGE: "days_since_creation",
    account.ACCOUNT: "account_people",
    account.COLLEAGUES: "account_people",
    completeness.CONCEPT: "information_known",
}
"""What stands for a concept that no definition names."""


@dataclass(frozen=True, kw_only=True)
class NaturalContrast:
    """One concept of two groups.

    Attributes
    ----------
    measure : str
        ``median`` of those that have the value; else the share of the group that ``has`` it,
        ``lacks`` it, or is at the ``level`` named.
    level : Text or None
        The answer whose share differs most.
    first, second : float
        Of each group: in ``unit``, or a share.
    unit : str or None
        Of medians.
    """

    measure: Literal["median", "has", "lacks", "level"]
    first: float
    second: float
    level: Text | None = None
    unit: str | None = None


def natural_contrasts(
    explainer: Explainer, matrix: FloatArray, is_first: BoolArray
) -> dict[str, NaturalContrast]:
    """How two groups differ in each concept; without those of which there is nothing to say.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
        One row per lead.
    is_first : ndarray of shape (n_leads,)
        Both groups have somebody.
    """
    found = {}
    for concept in explainer.concepts:
        contrast = _contrast(concept, explainer, matrix, is_first)
        if contrast is not None:
            found[concept.name] = contrast
    return found


def _contrast(
    concept: Concept, explainer: Explainer, matrix: FloatArray, is_first: BoolArray
) -> NaturalContrast | None:
    present = concept.is_present(matrix)
    first, second = float(present[is_first].mean()), float(present[~is_first].mean())
    attributes = {a.name for a in explainer.definition.feature_attributes}
    if min(first, second) >= MOSTLY:
        if concept.name in attributes:
            told = _of_attribute(
                concept, explainer, matrix, is_first & present, ~is_first & present
            )
        else:
            told = _of_behaviour(
                concept, explainer.catalogue, matrix, is_first & present, ~is_first & present
            )
        if told is not None:
            return told
    if concept.present is None or first == second:
        return None
    if first > second:
        return NaturalContrast(measure="has", first=first, second=second)
    return NaturalContrast(measure="lacks", first=1 - first, second=1 - second)


def _of_behaviour(
    concept: Concept,
    catalogue: Catalogue,
    matrix: FloatArray,
    first: BoolArray,
    second: BoolArray,
) -> NaturalContrast | None:
    name = FIXED_COLUMNS.get(concept.name, f"{concept.name}_ever")
    if name not in catalogue.names:
        return None
    column = catalogue.index(name)
    return _medians(matrix[:, column], first, second, unit=catalogue.features[column].unit)


def _of_attribute(
    concept: Concept,
    explainer: Explainer,
    matrix: FloatArray,
    first: BoolArray,
    second: BoolArray,
) -> NaturalContrast | None:
    attribute = explainer.definition.attribute(concept.name)
    feature = told_by(attribute, explainer.catalogue)
    values = matrix[:, explainer.catalogue.index(feature.name)]
    if KINDS[attribute.kind].is_continuous:
        return _medians(values, first, second, unit=feature.unit)
    known = ~np.isnan(values)
    levels = np.unique(values[known])
    if len(levels) < 2:  # nothing to tell apart: whether it is known says it all
        return None
    shares = [(np.mean(values[first] == one), np.mean(values[second] == one)) for one in levels]
    more = int(np.argmax([own - other for own, other in shares]))
    if shares[more][0] <= shares[more][1]:
        return None
    return NaturalContrast(
        measure="level",
        level=answer_words(attribute, feature, levels[more : more + 1]),
        first=float(shares[more][0]),
        second=float(shares[more][1]),
    )


def _medians(
    values: FloatArray, first: BoolArray, second: BoolArray, *, unit: str
) -> NaturalContrast | None:
    own, other = values[first], values[second]
    own, other = own[~np.isnan(own)], other[~np.isnan(other)]
    if not len(own) or not len(other) or np.median(own) == np.median(other):
        return None
    return NaturalContrast(
        measure="median", first=float(np.median(own)), second=float(np.median(other)), unit=unit
    )
