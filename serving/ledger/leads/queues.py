"""What sales have before them, as conditions on where leads stand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, false, func, not_

from features.core.qualification import Qualification
from features.store.schema import hand_over, lead_state

SOON = timedelta(days=1)
"""What was handed over since then is new; what is due by then is due today."""


DATA_IS_PAST = timedelta(days=3)
"""When the newest decision is older, nobody scores daily: the tables are an export of the past or a
simulation, and waiting is counted to their end."""


class Queue(StrEnum):
    """Leads that want something of sales; the first four hold every one of them once."""

    ACT_NOW = "act_now"
    """Waits for an answer in time and stands at a cut-off, or nobody has it."""

    OVERDUE = "overdue"
    """Waits longer than agreed."""

    BELOW = "below"
    """Waits in time, handed over by the rulebook or a person though below the cut-off."""

    EXPLORATION = "exploration"
    """Waits in time, handed over by lot."""

    DUE_TODAY = "due_today"
    """Waits, and the agreed time ends within a day."""

    NEW = "new"
    """Waits since less than a day."""

    NOBODY = "nobody"
    """A candidate for sales that nobody handed over."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """From when waiting counts, and how long it may last; None where nothing was agreed."""

    now: datetime
    response_time: timedelta | None


def waiting_until(newest: datetime | None) -> datetime:
    """The clock, or the instant of the newest decision where that lies long ago."""
    now = datetime.now(UTC)
    return now if newest is None or now - newest < DATA_IS_PAST else newest


THIS_CYCLE = and_(
    hand_over.c.lead_id == lead_state.c.lead_id, hand_over.c.cycle == lead_state.c.cycle
)
"""Joins where a lead stands with its hand-over of the cycle it is in."""


def waits_for_an_answer() -> ColumnElement[bool]:
    """Handed over and not answered; what became an opportunity was taken up."""
    return and_(
        lead_state.c.handed_over_at.is_not(None),
        lead_state.c.verdict.is_(None),
        lead_state.c.reached != "opportunity",
    )


def is_due(reached: str | None, ended: str | None, verdict: str | None) -> bool:
    """Whether sales owe an answer about a lead that was handed over.

    Parameters
    ----------
    reached, ended, verdict : str or None
        Where the lead stands.
    """
    return verdict is None and ended is None and reached != "opportunity"


@lru_cache(maxsize=32)  # A page asks for the same leads to show, to count and to lead on to them.
def queued(queue: Queue, clock: Clock) -> tuple[ColumnElement[bool], ...]:
    """Say which leads are in a queue; the query joins hand-overs by :data:`THIS_CYCLE`.

    Parameters
    ----------
    queue : Queue
    clock : Clock
        From when waiting counts.

    Returns
    -------
    tuple of conditions
        Each lead of the queue meets one of them: to those of each leads an index of its own, but
        to those of either only a walk through all that are listed.
    """
    since, is_open = lead_state.c.handed_over_at, lead_state.c.ended.is_(None)
    waits = and_(waits_for_an_answer(), is_open)
    none = Qualification.NONE.name
    nobody = and_(since.is_(None), is_open, lead_state.c.reached == Qualification.SQL.name)
    if queue is Queue.NOBODY:
        return (nobody,)
    if queue is Queue.NEW:
        return (and_(waits, since >= clock.now - SOON),)
    late: ColumnElement[bool] = false()
    due: ColumnElement[bool] = false()
    if clock.response_time is not None:
        late = since < clock.now - clock.response_time
        due = since < clock.now - clock.response_time + SOON
    if queue is Queue.OVERDUE:
        return (and_(waits, late),)
    in_time = and_(waits, not_(late))
    if queue is Queue.DUE_TODAY:
        return (and_(in_time, due),)
    by_lot = func.coalesce(hand_over.c.by, "") == "exploration"
    if queue is Queue.EXPLORATION:
        return (and_(in_time, by_lot),)
    below = func.coalesce(lead_state.c.qualification, none) == none
    asked_of_sales = and_(in_time, not_(by_lot), below if queue is Queue.BELOW else not_(below))
    return (asked_of_sales,) if queue is Queue.BELOW else (nobody, asked_of_sales)
