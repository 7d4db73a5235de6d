"""A reason for rejects, as reports carry it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RejectReason:
    """One reason for which values of one column were rejected.

    Attributes
    ----------
    file, column, reason : str
        ``column`` is empty where the whole row could not be read.
    count : int
        Values rejected for it.
    line : int
        Where the first of them stands.
    value : str
        What stands there; hidden where it says who somebody is.
    remedy : str
        What to do.
    """

    file: str
    column: str
    reason: str
    count: int
    line: int
    value: str
    remedy: str
