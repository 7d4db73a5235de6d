"""When something last arrived in a store: after that moment its tables can know nothing.

Files and CRM pulls are runs; what a program sends is decided about at once, and what people say is
in the audit. A store that was filled without any of these, by a script, says nothing of it.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, exists, func, select

from features.core.clock import to_second
from features.store.schema import api_key, audit, decision, run
from features.store.schema.columns import ALLOWED
from features.store.store import Store

LIVE_RUN = "api"
"""The run of decisions that no batch made."""


def known_until(store: Store, now: datetime | None = None) -> int:
    """The last second of which a store could know anything: now, or its newest arrival.

    Parameters
    ----------
    now : datetime, optional
        With its time zone; the present unless given.
    """
    second = to_second(now or datetime.now(UTC))
    with store.engine.connect() as connection:
        imported = connection.scalar(
            select(func.max(run.c.finished_at, type_=run.c.finished_at.type)).where(
                run.c.kind == "import", run.c.state == "done"
            )
        )
        if imported is None:
            return second
        arrivals = [imported, *_sent_since(connection, imported)]
    return min(second, max(to_second(arrival) for arrival in arrivals))


def _sent_since(connection: Connection, when: datetime) -> list[datetime]:
    """When programs and people last told something after an import; empty if they did not."""
    said = select(func.max(audit.c.happened_at, type_=audit.c.happened_at.type)).where(
        audit.c.action.in_(ALLOWED["outcome"]["stage"])
    )
    found = [connection.scalar(said)]
    # Without a key no program can have sent anything, and the ledger need not be searched.
    if connection.scalar(select(exists().select_from(api_key))):
        # What was sent after the import is looked at from a moment after it.
        sent = select(func.max(decision.c.decided_at, type_=decision.c.decided_at.type)).where(
            decision.c.as_of > when, decision.c.run_id == LIVE_RUN
        )
        found.append(connection.scalar(sent))
    return [instant for instant in found if instant is not None]
