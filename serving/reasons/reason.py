"""One reason: what a concept adds to a lead's points, with its values in words."""

from dataclasses import dataclass

from features.core.text import Text
from features.feature import Axis


@dataclass(frozen=True, kw_only=True)
class LeadReason:
    """What one concept adds to a lead's points.

    Attributes
    ----------
    concept : str
        Name of a behaviour or attribute, or ``activity``, ``age``, ``completeness``.
    axis : Axis
    points : float
        Above zero speaks for the lead, below against; ten points double the odds.
    words : Text
        The concept and its values, without the points.
    sentence : Text
        The same as a full sentence.
    """

    concept: str
    axis: Axis
    points: float
    words: Text
    sentence: Text
