"""The decision about a lead, in one place because the rulebook and the model both make it."""

from enum import IntEnum


class Qualification(IntEnum):
    """How far a lead is; ordered, so that ``>=`` reads as "at least"."""

    NONE = 0
    MQL = 1
    SQL = 2
