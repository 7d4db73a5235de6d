"""What separates the leads that converted from the others, in the concepts of the reasons."""

from dataclasses import dataclass

import numpy as np

from features.feature import Axis
from features.text import Text
from serving.reasons.explainer import Explainer
from training.bootstrap import measured, resampled_sums, sums_by_group
from training.judged import BoolArray, IntArray
from training.records import Measured
from training.trees import FloatArray


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
    group : ndarray of shape (n_leads,)
        Account, or lead: what intervals draw together.
    """
    points = explainer.explain(matrix).points.reasons
    found = []
    for position, concept in enumerate(explainer.concepts):
        present = concept.is_present(matrix).astype(np.float64)
        columns = _by_outcome(converted, points[:, position], present)
        sums = sums_by_group(group, columns)
        observed, drawn = sums.sum(axis=0), resampled_sums(sums, seed)
        found.append(
            Separation(
                concept=concept.name,
                axis=concept.axis,
                label=concept.label,
                difference=measured(_difference, observed, drawn),
                present_converted=measured(_present_converted, observed, drawn),
                present_others=measured(_present_others, observed, drawn),
            )
        )
    return tuple(sorted(found, key=_weight, reverse=True))


def _by_outcome(converted: BoolArray, points: FloatArray, present: FloatArray) -> FloatArray:
    yes = converted.astype(np.float64)
    no = 1.0 - yes
    return np.column_stack([yes, no, yes * points, no * points, yes * present, no * present])


def _difference(sums: FloatArray) -> FloatArray:
    return sums[:, 2] / sums[:, 0] - sums[:, 3] / sums[:, 1]


def _present_converted(sums: FloatArray) -> FloatArray:
    return sums[:, 4] / sums[:, 0]


def _present_others(sums: FloatArray) -> FloatArray:
    return sums[:, 5] / sums[:, 1]


def _weight(separation: Separation) -> float:
    return 0.0 if separation.difference is None else abs(separation.difference.value)
