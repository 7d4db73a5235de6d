"""Who owns leads, how much waits with whom, and what moved in a week: what managers see first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, false, func, select

from features.store.schema import hand_over, lead_state, outcome
from features.store.store import Store
from serving.ledger.leads.queues import Clock, waits_for_an_answer

HANDED_OVER = "handed_over"
MOVES = (HANDED_OVER, "accepted", "returned", "opportunity", "won")
"""What may happen to leads in a week: a hand-over, and stages of outcomes."""


@dataclass(frozen=True, kw_only=True)
class OwnerWaiting:
    """Leads that wait for one person's answer; ``owner`` is None of those nobody owns."""

    owner: str | None
    waiting: int
    overdue: int


def waiting_by_owner(store: Store, clock: Clock, team: str | None) -> tuple[OwnerWaiting, ...]:
    """Count what waits with each owner, the most overdue first.

    Parameters
    ----------
    store : Store
    clock : Clock
        From when waiting counts.
    team : str or None
        Only leads of this team; None for all.
    """
    since = lead_state.c.handed_over_at
    late = false() if clock.response_time is None else since < clock.now - clock.response_time
    overdue = func.coalesce(func.sum(case((late, 1), else_=0)), 0)
    # Whatever waits is listed; said, so that SQLite walks through that and not through all leads.
    is_listed = lead_state.c.listed.is_(True)
    conditions = [waits_for_an_answer(), lead_state.c.ended.is_(None), is_listed]
    if team is not None:
        conditions.append(lead_state.c.team == team)
    query = (
        select(lead_state.c.owner, func.count().label("waiting"), overdue.label("overdue"))
        .where(*conditions)
        .group_by(lead_state.c.owner)
        .order_by(overdue.desc(), func.count().desc(), lead_state.c.owner)
    )
    with store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(OwnerWaiting(**row) for row in rows)


def leads_moved(store: Store, start: datetime, end: datetime) -> Mapping[str, tuple[str, ...]]:
    """Which leads were handed over, accepted, returned and so on in a stretch of time, each once.

    Parameters
    ----------
    store : Store
    start, end : datetime
        From the first, and before the second.
    """
    at = hand_over.c.handed_over_at
    handed = select(hand_over.c.lead_id).where(at >= start, at < end).distinct()
    happened = (outcome.c.occurred_at >= start) & (outcome.c.occurred_at < end)
    reached = select(outcome.c.stage, outcome.c.lead_id).where(happened).distinct()
    moved: dict[str, list[str]] = {name: [] for name in MOVES}
    with store.engine.connect() as connection:
        moved[HANDED_OVER] += connection.scalars(handed)
        for stage, lead_id in connection.execute(reached):
            if stage in moved:
                moved[stage].append(lead_id)
    return {name: tuple(sorted(lead_ids)) for name, lead_ids in moved.items()}


def owns_any(store: Store, owners: Collection[str]) -> bool:
    """Whether somebody, by any of their names, owns a lead that is listed."""
    # Without "listed" among the conditions, which would lead SQLite through all that are.
    is_listed = select(lead_state.c.listed).where(lead_state.c.owner.in_(owners)).distinct()
    with store.engine.connect() as connection:
        return any(connection.scalars(is_listed))
