"""What other systems are told about decisions: messages in the transaction that makes them.

Two kinds. ``hand_over.made`` is told once for each cycle. ``decision.changed`` is told when a
lead's qualification differs from the decision before; of several only the newest is worth sending.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from features.store.cycles import HandOver
from features.store.outbox import Message, enqueue, open_channels
from features.store.schema import standing

HAND_OVER_MADE = "hand_over.made"
DECISION_CHANGED = "decision.changed"


def announce(
    connection: Connection, made: Sequence[HandOver], *, as_of: datetime, lead_id: str | None
) -> None:
    """Leave messages about new hand-overs and changed qualifications, where a channel is open.

    Parameters
    ----------
    made : sequence of HandOver
        What was handed over just now.
    as_of : datetime
        Of the decisions.
    lead_id : str or None
        The lead that was decided about; None for all.
    """
    for channel in open_channels(connection):
        enqueue(connection, _hand_overs(channel, made))
        enqueue(connection, list(_changes(connection, channel, as_of=as_of, lead_id=lead_id)))


def _hand_overs(channel: str, made: Sequence[HandOver]) -> list[Message]:
    return [
        Message(
            channel=channel,
            kind=HAND_OVER_MADE,
            external_id=f"hand_over:{row.lead_id}:{row.cycle}",
            lead_id=row.lead_id,
            payload={
                "lead_id": row.lead_id,
                "cycle": row.cycle,
                "handed_over_at": row.handed_over_at.isoformat(),
                "qualification": row.qualification,
                "by": row.by,
                "definition_version": row.definition_version,
                "release_id": row.release_id,
            },
        )
        for row in made
    ]


def _changes(
    connection: Connection, channel: str, *, as_of: datetime, lead_id: str | None
) -> Iterator[Message]:
    before = func.coalesce(standing.c.qualification_before, "NONE")
    query = select(standing).where(standing.c.as_of == as_of, standing.c.qualification != before)
    if lead_id is not None:
        query = query.where(standing.c.lead_id == lead_id)
    for row in connection.execute(query).mappings():
        yield Message(
            channel=channel,
            kind=DECISION_CHANGED,
            external_id=f"decision:{row['decision_id']}",
            lead_id=row["lead_id"],
            record=f"decision:{row['lead_id']}",
            payload={
                "lead_id": row["lead_id"],
                "decision_id": row["decision_id"],
                "as_of": row["as_of"].isoformat(),
                "qualification": row["qualification"],
                "qualification_before": row["qualification_before"],
                "probability": row["probability"],
                "rulebook_points": row["rulebook_points"],
                "rulebook_qualification": row["rulebook_qualification"],
            },
        )
