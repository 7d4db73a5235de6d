"""What a deal's stages say of its leads: whether it was won or lost, and since when.

Deals move on after they are won: to a pipeline of onboarding or of renewals, which says nothing
about the win. A win counts from its first entry until the deal is open or lost again in the same
pipeline; a deal that is open anywhere is not lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from features.core.clock import from_second
from serving.crm.inbound.links import outcome_tag

OPENED, WON, LOST = "opened", "won", "lost"


@dataclass(frozen=True, kw_only=True)
class Stay:
    """A stage that a deal was in.

    Attributes
    ----------
    at : int
        Second at which it entered.
    end : str or None
        ``won`` or ``lost``; None for a stage that is open.
    """

    pipeline: str
    at: int
    end: str | None


@dataclass(kw_only=True)
class DealReader:
    """Reads deals as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Further fields that the mapping reads.
    counts : callable
        Whether a deal counts, by its pipeline or record type.
    """

    client: Any
    counts: Callable[[str | None], bool]
    fields: tuple[str, ...] = ()

    def cells(
        self, stay: Stay, *, kind: str, record_id: str, known: int | None = None
    ) -> dict[str, str | None]:
        """Columns that say where a deal is, since when, and which deal it is.

        Parameters
        ----------
        stay : Stay
        kind : str
            The CRM's object of deals.
        record_id : str
        known : int, optional
            Second since which it is known, where that is another one.
        """
        return {
            "stage": stay.end,
            "at": from_second(stay.at).isoformat(),
            "known": from_second(stay.at if known is None else known).isoformat(),
            "by": outcome_tag(self.client.vendor, kind, record_id),
        }


def end_of(stays: Sequence[Stay]) -> Stay | None:
    """The win or loss that counts, at its first entry; None while the deal is open.

    Examples
    --------
    >>> sales = [Stay(pipeline="sales", at=1, end=None), Stay(pipeline="sales", at=5, end="won")]
    >>> end_of([*sales, Stay(pipeline="onboarding", at=9, end=None)]).at
    5
    """
    ends: dict[str, Stay | None] = {}
    for stay in stays:
        before = ends.get(stay.pipeline)
        if stay.end is None:
            ends[stay.pipeline] = None
        elif before is None or before.end != stay.end:
            ends[stay.pipeline] = stay
    wins = [stay for stay in ends.values() if stay is not None and stay.end == WON]
    if wins:
        return min(wins, key=lambda stay: stay.at)
    return ends[stays[-1].pipeline] if stays else None
