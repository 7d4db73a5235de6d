"""Answers that past leads gave, gathered into the few that a person can take in."""

from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.core.formats import days_ahead, quantity_range
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS
from features.definition.kinds.kind import DAYS, NO, YES
from features.feature import Feature
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.row import both, value_words

MOST_ANSWERS = 5
"""More are gathered under "other answers"."""

QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, kw_only=True)
class AnswerGroup:
    """Answers that are told as one: their words, and which of the past leads gave them."""

    words: Text
    rows: IntArray


def group_answers(
    attribute: Attribute, catalogue: Catalogue, matrix: FloatArray
) -> tuple[AnswerGroup, ...]:
    """Group the answers of past leads to one attribute: ranges from low to high, else by frequency.

    Parameters
    ----------
    attribute : Attribute
    catalogue : Catalogue
        Whose columns the matrix has.
    matrix : ndarray of shape (n_answers, n_features)
        Snapshots in which the attribute is known.
    """
    if not len(matrix):
        return ()
    feature = told_by(attribute, catalogue)
    values = matrix[:, catalogue.index(feature.name)]
    is_continuous = KINDS[attribute.kind].is_continuous
    if is_continuous:
        stated = ~np.isnan(values)
        key = np.full(len(values), -1)
        if stated.any():
            ends = np.unique(np.quantile(values[stated], QUARTERS))
            key[stated] = np.searchsorted(ends, values[stated])
    else:
        key = np.unique(values, return_inverse=True)[1]
    rows = [np.flatnonzero(key == one) for one in np.unique(key)]
    if not is_continuous:
        rows.sort(key=len, reverse=True)
    shown = rows if len(rows) <= MOST_ANSWERS else rows[: MOST_ANSWERS - 1]
    groups = [
        AnswerGroup(words=answer_words(attribute, feature, values[own]), rows=own) for own in shown
    ]
    if len(shown) < len(rows):
        rest = np.sort(np.concatenate(rows[len(shown) :]))
        groups.append(AnswerGroup(words=words.OTHER_ANSWERS, rows=rest))
    return tuple(groups)


def told_by(attribute: Attribute, catalogue: Catalogue) -> Feature:
    """The feature in which an attribute's answers are told apart."""
    name = KINDS[attribute.kind].columns[0].name.format(attribute.name)
    return catalogue.features[catalogue.index(name)]


def answer_words(attribute: Attribute, feature: Feature, values: FloatArray) -> Text:
    """The words of answers that are told as one.

    Parameters
    ----------
    attribute : Attribute
    feature : Feature
        From :func:`told_by`.
    values : ndarray of shape (n,)
        Of that feature.
    """
    kind = KINDS[attribute.kind]
    low, high = float(values.min()), float(values.max())
    if np.isnan(low):  # a timing stated without a day
        return words.TIMING_STATED
    if kind.answered is not None:
        return kind.answered
    if not kind.is_continuous:
        return value_words(feature, low, kind.columns[0].choice or (YES, NO))
    if feature.unit == DAYS:
        return _days_range(round(low), round(high))
    return quantity_range(low, high, feature.unit)


def _days_range(low: int, high: int) -> Text:
    if 0 < low < high:
        return both(f"{low}〜{high}日後", f"in {low} to {high} days")
    start, end = days_ahead(low), days_ahead(high)
    return start if low == high else both(f"{start.ja}〜{end.ja}", f"{start.en} to {end.en}")
