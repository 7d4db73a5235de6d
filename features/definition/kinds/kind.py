"""What a kind of attribute is: how its text is kept and read, what is made and said of it.

A kind declares; it computes nothing but numbers from texts. Importing keeps values as ``kept_as``
says, features make a column of each :class:`KindColumn`, phrases and answers put the columns into
words, rules may ask ``tests`` of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from features.core.text import Text

Reading = Callable[[str], float]
"""The number a text stands for; NaN where it stands for none."""

DatedReading = Callable[[str, date], float]
"""The same, of a text that means something else on another day."""

YES_NO = "yes_no"
DAYS = "days"
LEVEL = "level"
SENIORITY = "seniority"

YES = Text(ja="はい", en="yes")
NO = Text(ja="いいえ", en="no")

ITS_LABEL = Text(ja="{}", en="{}")

RANGE_TESTS = ("at_least", "at_most", "between")


class Known(StrEnum):
    """How a column tells that an attribute is known."""

    NOT_MISSING = "not_missing"
    EQUALS_ONE = "equals_one"


@dataclass(frozen=True, kw_only=True)
class KindColumn:
    """One column that the model sees of an attribute.

    Attributes
    ----------
    name, label : str, Text
        With ``{}`` for the attribute's own.
    unit : str or None
        None for the attribute's own unit, or the kind's name.
    reading : callable or None
        Gives the reading from the attribute's unit and the time zone. Readings are module functions
        or made once for each attribute, so that facts can remember what they read. None for flags
        and for a category whose levels are learned.
    is_dated : bool
        Whether the reading is a dated one.
    is_instant : bool
        Whether what is read is a second since 1970 UTC, of which the column has the days until.
    is_flag : bool
        Whether the column is 1 where the attribute is known.
    levels, level_labels : tuple
        Of a category whose levels are the same in all data.
    choice : (Text, Text) or None
        What 1 and 0 are called.
    """

    name: str = "{}"
    label: Text = ITS_LABEL
    unit: str | None = None
    reading: Callable[[str, ZoneInfo], Reading | DatedReading] | None = None
    is_dated: bool = False
    is_instant: bool = False
    is_flag: bool = False
    levels: tuple[str, ...] = ()
    level_labels: tuple[Text, ...] = ()
    choice: tuple[Text, Text] | None = None


@dataclass(frozen=True, kw_only=True)
class AttributeKind:
    """One kind of attribute.

    Attributes
    ----------
    kept_as : str
        How the fact table keeps a value, see :mod:`features.importing.mapping.fact_values`.
    columns : tuple of KindColumn
        What the model sees; the first one tells answers apart. None: it groups leads only.
    tests : tuple of str
        Keys of :class:`~features.definition.conditions.AttributeCondition` besides ``known``.
    has_unit, is_segment, names_people : bool
        Whether an attribute may have a unit, may split reports, and says who somebody is.
    stated : callable or None
        Whether an answer counts as known, 1 or 0; every answer does unless given.
    bands : tuple of float
        Edges by which reports split it; quartiles unless given.
    answered : Text or None
        What every answer is told as, where answers are not told apart.
    """

    name: str
    kept_as: Literal["text", "number", "quantity", "yes_no", "day", "key", "domain"] = "text"
    columns: tuple[KindColumn, ...]
    tests: tuple[str, ...] = ()
    has_unit: bool = False
    is_segment: bool = False
    names_people: bool = False
    stated: DatedReading | None = None
    bands: tuple[float, ...] = ()
    answered: Text | None = None

    @property
    def known(self) -> tuple[str, Known]:
        """Pattern of the column that tells whether the attribute is known, and how it does."""
        for column in self.columns:
            if column.is_flag:
                return column.name, Known.EQUALS_ONE
        return self.columns[0].name, Known.NOT_MISSING

    @property
    def is_dated(self) -> bool:
        """Whether its values mean something else on another day."""
        return any(column.is_dated for column in self.columns)

    @property
    def is_continuous(self) -> bool:
        """Whether answers have an order and a distance, not only names."""
        told = self.columns[0]
        return not (told.choice or told.unit in (LEVEL, SENIORITY))


def always(read: Reading) -> Callable[[str, ZoneInfo], Reading]:
    """A reading that needs neither unit nor time zone."""
    return lambda _unit, _zone: read


def or_nan(number: float | None) -> float:
    """A number, NaN for None."""
    return float("nan") if number is None else float(number)
