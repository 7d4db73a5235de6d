"""How probabilities follow one feature, and whether two say more together than each alone.

Partial dependence after Friedman (2001): every lead is given the same value and the probabilities
are averaged. It asks what the release would say, not what would happen: a lead made to have a
budget is not a lead that has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from features.core.text import Text
from features.feature import Axis, Feature
from serving.reasons.explainer import Explainer
from serving.reasons.phrases.row import value_words

MOST_VALUES = 12
"""Values of a feature that are tried: quantiles of what leads have, to two digits, each once."""

UNKNOWN = Text(ja="不明", en="unknown")
NEVER = Text(ja="なし", en="never")


@dataclass(frozen=True, kw_only=True, eq=False)
class Dependence:
    """Mean probability of leads, were one feature of all of them a given value.

    Attributes
    ----------
    label : Text
        Of the feature.
    values : ndarray of shape (n_values,)
        NaN is what is unknown.
    words : tuple of Text
        The values with their units.
    probability : ndarray of shape (n_values,)
    """

    feature: str
    label: Text
    values: FloatArray
    words: tuple[Text, ...]
    probability: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Interaction:
    """Mean points of leads for every pair of values of two features.

    Attributes
    ----------
    first, second : Dependence
        Of each alone.
    probability : ndarray of shape (n_first, n_second)
    beyond : ndarray of shape (n_first, n_second)
        Points of the pair beyond those of the two values alone; 0 where they only add up.
    """

    first: Dependence
    second: Dependence
    probability: FloatArray
    beyond: FloatArray


def partial_dependence(
    explainer: Explainer,
    matrix: FloatArray,
    feature: str,
    *,
    values: Sequence[float] | None = None,
) -> Dependence:
    """Average probabilities of leads over values of one feature.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    feature : str
        A name of the catalogue.
    values : sequence of float, optional
        To try; unless given, quantiles of what leads have (every level of a category), and
        unknown where some leads lack it.
    """
    column = explainer.catalogue.index(feature)
    tried = _values(explainer, matrix, column) if values is None else np.asarray(values, float)
    _check(tried, feature)
    probability = [
        float(_predicted(explainer, matrix, {column: value}).mean()) for value in tried.tolist()
    ]
    described = explainer.catalogue.features[column]
    return Dependence(
        feature=feature,
        label=described.label,
        values=tried,
        words=tuple(words_of(described, value) for value in tried.tolist()),
        probability=np.array(probability),
    )


def interaction(
    explainer: Explainer, matrix: FloatArray, *, first: str, second: str
) -> Interaction:
    """Find what two features say together beyond what each says alone.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    first, second : str
        Names of the catalogue, such as a behaviour and a piece of information.
    """
    alone = [partial_dependence(explainer, matrix, name) for name in (first, second)]
    at, by = (explainer.catalogue.index(name) for name in (first, second))
    shape = (len(alone[0].values), len(alone[1].values))
    probability, points = np.empty(shape), np.empty(shape)
    for i, one in enumerate(alone[0].values.tolist()):
        for j, other in enumerate(alone[1].values.tolist()):
            found = _predicted(explainer, matrix, {at: one, by: other})
            probability[i, j] = found.mean()
            points[i, j] = (10 * np.log2(found / (1 - found))).mean()
    # What rows and columns explain by themselves is taken out, as in an analysis of variance.
    beyond = points - points.mean(axis=1, keepdims=True) - points.mean(axis=0) + points.mean()
    return Interaction(first=alone[0], second=alone[1], probability=probability, beyond=beyond)


def _predicted(explainer: Explainer, matrix: FloatArray, given: dict[int, float]) -> FloatArray:
    changed = matrix.copy()
    for column, value in given.items():
        changed[:, column] = value
    return explainer.probability(changed)


def _values(explainer: Explainer, matrix: FloatArray, column: int) -> FloatArray:
    feature, seen = explainer.catalogue.features[column], matrix[:, column]
    known = seen[~np.isnan(seen)]
    if feature.is_category:
        tried = np.unique(known)
    else:
        found = np.quantile(known, np.linspace(0.02, 0.98, MOST_VALUES), method="nearest")
        tried = np.unique([float(f"{value:.2g}") for value in found])
    return np.append(tried, np.nan) if len(known) < len(seen) else tried


def _check(tried: FloatArray, feature: str) -> None:
    if not len(tried):
        msg = (
            f"partial dependence needs values to try; got none of {feature!r}. Give leads that "
            "have it, or values."
        )
        raise LeadDataError(msg)


def words_of(feature: Feature, value: float) -> Text:
    """A value of a feature with its unit; what is unknown, or never happened, too."""
    if np.isnan(value):
        return UNKNOWN if feature.axis is Axis.INFORMATION else NEVER
    return value_words(feature, value)
