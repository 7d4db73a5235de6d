"""What features add to leads' margins."""

from dataclasses import dataclass

from features.core.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """Why leads have the margins they have, in natural log-odds.

    Attributes
    ----------
    base : float
        Mean margin over the training rows; ``base + values.sum(axis=1)`` is the margin.
    values : ndarray of shape (n_leads, n_features)
        What each feature adds to the base.
    margin : ndarray of shape (n_leads,)
        Mean of the boosters' margins, each of which is bit for bit what LightGBM predicts, with
        the offsets of segments.
    """

    base: float
    values: FloatArray
    margin: FloatArray
