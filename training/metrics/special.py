"""scipy's special functions that fits call, imported at the first call.

Who reads a release or makes one card fits nothing, and importing scipy takes a tenth of a second
and 20 MB. Why scipy's and not our own: kept releases were fitted with them, to the last bit.
"""

import numpy as np

from features.core.arrays import FloatArray


def expit(log_odds: FloatArray) -> FloatArray:
    """Compute the logistic function."""
    from scipy.special import expit as logistic

    return np.asarray(logistic(log_odds))


def normal_quantile(probability: float) -> float:
    """Compute the quantile of the standard normal distribution.

    Examples
    --------
    >>> round(normal_quantile(0.975), 2)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri(probability))
