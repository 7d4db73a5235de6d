"""What separates the leads that converted from the others, in the concepts of the reasons."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.text import Text
from features.feature import Axis
from serving.reasons.explainer import Explainer
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.proportion_intervals import share_of_sums
from training.results.records import Measured

Statistic = Callable[[FloatArray], FloatArray]
"""From sums of shape (n, k), numbers of converted and others first, to figures of shape (n,)."""


@dataclass(frozen=True, kw_only=True)
class Separation:
    """How one concept tells converted leads from the others.

    Attributes
    ----------
    difference : Measured
        Mean points among the converted, less that among the others, with its interval.
    present_converted, present_others : Measured
        Share of leads that showed the behaviour at all, or whose attribute was known.
    """

    concept: str
    axis: Axis
    label: Text
    difference: Measured | None
    present_converted: Measured | None
    present_others: Measured | None


def what_separates(
    explainer: Explainer,
    matrix: FloatArray,
    *,
    converted: BoolArray,
    group: IntArray,
    seed: int = 0,
) -> tuple[Separation, ...]:
    """Compare converted leads with the others, the concept that separates them most first.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
        One row per lead, from before its outcome.
    converted : ndarray of shape (n_leads,)
        Outcome within the horizon.
    group : ndarray of shape (n_leads,)
        Account, or lead: rows of one group are resampled together.
    seed : int
        Seed of the resampling.
    """
    points = explainer.explain(matrix).points.reasons
    present = np.column_stack([c.is_present(matrix) for c in explainer.concepts])
    yes = converted.astype(np.float64)[:, None]
    columns = (yes * points, (1 - yes) * points, yes * present, (1 - yes) * present)
    sums = sums_by_group(group, np.column_stack([yes, 1 - yes, *columns]))
    # One set of draws for all concepts: drawing is what costs.
    observed, drawn = sums.sum(axis=0), resampled_sums(sums, seed)
    n = len(explainer.concepts)
    found = [
        Separation(
            concept=concept.name,
            axis=concept.axis,
            label=concept.label,
            difference=measured(_difference(2 + i, 2 + n + i), observed, drawn),
            present_converted=share_of_sums(sums[:, 2 + 2 * n + i], sums[:, 0]),
            present_others=share_of_sums(sums[:, 2 + 3 * n + i], sums[:, 1]),
        )
        for i, concept in enumerate(explainer.concepts)
    ]
    return tuple(sorted(found, key=_weight, reverse=True))


def _difference(converted: int, others: int) -> Statistic:
    return lambda sums: sums[:, converted] / sums[:, 0] - sums[:, others] / sums[:, 1]


def _weight(separation: Separation) -> float:
    return 0.0 if separation.difference is None else abs(separation.difference.value)
