"""Which concepts speak for and against leads, in points: ten double the odds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.core.arrays import FloatArray
from features.families.activity import AGE
from training.model.trained_model import TrainedModel
from training.results.disagreement_records import ConceptPoint

POINTS_PER_LOG_ODDS = 10 / math.log(2)


@dataclass(frozen=True, kw_only=True)
class ConceptPoints:
    """Points of every concept for every row.

    Attributes
    ----------
    concepts : tuple of str
    values : ndarray of shape (n, n_concepts)
        Of calibrated log-odds: with the base they add up to the probability.
    """

    concepts: tuple[str, ...]
    values: FloatArray

    def weightiest(self, row: int, count: int) -> tuple[ConceptPoint, ...]:
        """The concepts that move one row most, the weightiest first."""
        order = np.argsort(-np.abs(self.values[row]), kind="stable")[:count]
        return tuple(
            ConceptPoint(concept=self.concepts[i], points=float(self.values[row, i])) for i in order
        )

    def minus(self, other: "ConceptPoints") -> "ConceptPoints":
        """These points less another fit's of the same rows; a concept only one has counts whole."""
        names = tuple(dict.fromkeys((*self.concepts, *other.concepts)))
        values = np.zeros((len(self.values), len(names)))
        for part, sign in ((self, 1.0), (other, -1.0)):
            values[:, [names.index(name) for name in part.concepts]] += sign * part.values
        return ConceptPoints(concepts=names, values=values)


def concept_points(fit: TrainedModel, matrix: FloatArray) -> ConceptPoints:
    """Points of every concept of a fit.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_features)
        As the fit reads it.
    """
    concepts, belongs = concepts_of(fit.catalogue)
    scale = POINTS_PER_LOG_ODDS * fit.calibrator.slope
    return ConceptPoints(
        concepts=concepts, values=scale * (fit.tables.explain(matrix).values @ belongs)
    )


def concepts_of(catalogue: Mapping[str, Any]) -> tuple[tuple[str, ...], FloatArray]:
    """Tell the concepts of a release's catalogue, and which feature belongs to which.

    Parameters
    ----------
    catalogue : mapping
        As a fit stores it.

    Returns
    -------
    concepts : tuple of str
        In the order in which the catalogue first names them.
    belongs : ndarray of shape (n_features, n_concepts)
        1 where a feature belongs to a concept.
    """
    # Releases made while the concept was called "age" keep that word.
    of_feature = [
        AGE if feature["name"] == AGE else feature["concept"] for feature in catalogue["features"]
    ]
    concepts = tuple(dict.fromkeys(of_feature))
    belongs = np.zeros((len(of_feature), len(concepts)))
    belongs[np.arange(len(of_feature)), [concepts.index(c) for c in of_feature]] = 1.0
    return concepts, belongs
