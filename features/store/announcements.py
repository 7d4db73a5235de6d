"""What other systems are told: built from the ledger, in the transaction that writes it.

One message goes to every open channel; where none is open, nothing is kept. Messages hold ids and
judgements, never names, addresses or what somebody typed: a receiver that may see those asks for
them by the lead's id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from features.store.outbox import Message, enqueue, open_channels
from features.store.schema import hand_over, lead, outcome, standing

HAND_OVER_MADE = "hand_over.made"
VERDICT_GIVEN = "verdict.given"
KINDS = (HAND_OVER_MADE, VERDICT_GIVEN)
"""Every kind of message; docs/webhooks.md describes each."""

_HAND_OVERS = (
    select(
        hand_over.c.lead_id,
        hand_over.c.cycle,
        hand_over.c.handed_over_at,
        hand_over.c.qualification,
        hand_over.c.by,
        hand_over.c.definition_version,
        hand_over.c.release_id,
        standing.c.probability,
        standing.c.rulebook_points,
        lead.c.hubspot_id,
        lead.c.salesforce_id,
    )
    .join(lead, lead.c.lead_id == hand_over.c.lead_id)
    .outerjoin(standing, standing.c.lead_id == hand_over.c.lead_id)
    .where(hand_over.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
)

_VERDICTS = (
    select(
        outcome.c.lead_id,
        outcome.c.stage.label("verdict"),
        outcome.c.occurred_at.label("said_at"),
        outcome.c.reason,
        outcome.c.easy_to_act_on,
        standing.c.cycle,
        lead.c.hubspot_id,
        lead.c.salesforce_id,
    )
    .join(lead, lead.c.lead_id == outcome.c.lead_id)
    .outerjoin(standing, standing.c.lead_id == outcome.c.lead_id)
)

_AT_ONCE = 500
"""Leads of one query."""


def announce_hand_overs(connection: Connection, keys: Sequence[tuple[str, int]]) -> int:
    """Tell every open channel about hand-overs that this transaction has made; how many messages.

    Parameters
    ----------
    keys : sequence of (str, int)
        Lead and cycle of each. Their standings are gathered already, since the probability is
        taken from there.
    """
    channels = open_channels(connection)
    wanted = set(keys)
    if not channels or not wanted:
        return 0
    lead_ids = sorted({lead_id for lead_id, _ in wanted})
    n_kept = 0
    for start in range(0, len(lead_ids), _AT_ONCE):
        part = {"lead_ids": lead_ids[start : start + _AT_ONCE]}
        rows = [dict(row) for row in connection.execute(_HAND_OVERS, part).mappings()]
        made = [row for row in rows if (row["lead_id"], row["cycle"]) in wanted]
        n_kept += _tell(connection, channels, kind=HAND_OVER_MADE, news=made, key=("cycle",))
    return n_kept


def announce_verdict(
    connection: Connection, lead_id: str, *, stage: str, occurred_at: datetime
) -> int:
    """Tell every open channel about a verdict that this transaction has written."""
    channels = open_channels(connection)
    if not channels:
        return 0
    query = _VERDICTS.where(
        and_(
            outcome.c.lead_id == lead_id,
            outcome.c.stage == stage,
            outcome.c.occurred_at == occurred_at,
        )
    )
    news = [dict(row) for row in connection.execute(query).mappings()]
    return _tell(connection, channels, kind=VERDICT_GIVEN, news=news, key=("verdict", "said_at"))


def _tell(
    connection: Connection,
    channels: Sequence[str],
    *,
    kind: str,
    news: Sequence[Mapping[str, Any]],
    key: tuple[str, ...],
) -> int:
    plain = [{name: _plain(value) for name, value in row.items()} for row in news]
    return enqueue(
        connection,
        [
            Message(
                channel=channel,
                kind=kind,
                external_id="/".join(str(row[name]) for name in ("lead_id", *key)) + f"/{kind}",
                payload=row,
                lead_id=row["lead_id"],
            )
            for row in plain
            for channel in channels
        ],
    )


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
