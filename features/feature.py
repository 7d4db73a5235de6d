"""One model input: its rule and its words in one object.

To add a feature: declare it in its family file (behaviour, activity, age, information or
completeness) and test it there. Everything else, from training to the reasons people read, follows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from features.core.text import Text
from features.lookback.protocol import Column, Lookback


class Axis(StrEnum):
    """The two axes on which a lead is judged."""

    BEHAVIOUR = "behaviour"
    INFORMATION = "information"


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A model input, computed from what lies strictly before ``as_of``.

    Attributes
    ----------
    name : str
        Carries its unit; a window ends it, as in ``webinar_30d``.
    concept : str
        Contributions of one concept's features are shown as one reason.
    axis : Axis
    label : Text
    unit : str
        What one unit of the value is, such as ``times`` or ``days``.
    compute : callable
        From a :class:`Lookback` to one number per moment; NaN for unknown or never.
    levels : tuple of str
        Of a category: value ``c`` means ``levels[c]``.
    level_labels : tuple of Text
        How the levels are shown; one for each.
    """

    name: str
    concept: str
    axis: Axis
    label: Text
    unit: str
    compute: Callable[[Lookback], Column]
    levels: tuple[str, ...] = ()
    level_labels: tuple[Text, ...] = ()
    is_category: bool = False
