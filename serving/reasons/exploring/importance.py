"""How much each concept moves the points of leads, with an interval."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.text import Text
from features.feature import Axis
from serving.reasons.explainer import Explainer
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.results.records import Measured


@dataclass(frozen=True, kw_only=True)
class Importance:
    """Mean size of a concept's points, up or down, over leads."""

    concept: str
    axis: Axis
    label: Text
    points: Measured


def importance(
    explainer: Explainer, matrix: FloatArray, *, group: IntArray, seed: int = 0
) -> tuple[Importance, ...]:
    """Measure by how many points each concept moves leads on average, the weightiest first.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    group : ndarray of shape (n_leads,)
        Account, or lead: rows of one group are resampled together.
    seed : int
        Seed of the resampling.
    """
    size = np.abs(explainer.explain(matrix).points.reasons)
    sums = sums_by_group(group, np.column_stack((np.ones(len(size)), size)))
    observed, drawn = sums.sum(axis=0), resampled_sums(sums, seed)
    found = [
        Importance(concept=c.name, axis=c.axis, label=c.label, points=points)
        for at, c in enumerate(explainer.concepts, start=1)
        if (points := measured(_mean_of(at), observed, drawn)) is not None
    ]
    return tuple(sorted(found, key=lambda one: -one.points.value))


def _mean_of(column: int) -> Callable[[FloatArray], FloatArray]:
    return lambda sums: sums[:, column] / sums[:, 0]
