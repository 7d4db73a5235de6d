"""Rows that stand for more than themselves: how much weighted rows say, and their averages.

Weights are wanted where some rows were less likely to be seen than others; see
:mod:`training.dataset.selection_weights`. Without weights (None) everything is as if nobody had
thought of them, to the last bit.
"""

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray


def effective_rows(weight: FloatArray) -> float:
    """How many unweighted rows would say as much.

    Parameters
    ----------
    weight : ndarray of shape (n,)

    References
    ----------
    Kish (1965), Survey sampling, section 11.7.
    """
    squares = float(weight @ weight)
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def as_effective(weight: FloatArray) -> FloatArray:
    """The same weights with the number of effective rows as their sum.

    What is learned is shrunk against a number of rows: ridge, leaves, priors. Weights that summed
    up to all leads would make it look better known than it is.
    """
    total = float(weight.sum())
    return weight * (effective_rows(weight) / total) if total else weight


def mean(values: FloatArray | npt.NDArray[np.bool_], weight: FloatArray | None) -> float:
    """The mean of values, weighted where there are weights."""
    if weight is None:
        return float(np.mean(values))
    return float(values @ weight / weight.sum())
