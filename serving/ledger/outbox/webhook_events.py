"""What webhook messages say: built from the ledger, in the transaction that writes it.

Where no webhook is open, nothing is kept; a CRM learns it by its own push. Messages hold ids and
judgements, never names, addresses or what somebody typed: a receiver that may see those asks for
them by the lead's id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from features.crms import CRMS
from features.store.schema import hand_over, lead, lead_external_id, lead_state, outcome
from serving.ledger.outbox.enqueue import Message, enqueue, open_channels

WEBHOOK = "webhook"

HAND_OVER_MADE = "hand_over.made"
DECISION_CHANGED = "decision.changed"
VERDICT_GIVEN = "verdict.given"
KINDS = (HAND_OVER_MADE, DECISION_CHANGED, VERDICT_GIVEN)
"""Every kind of message; docs/webhooks.md describes each."""

_EXTERNAL_IDS = [
    select(lead_external_id.c.external_id)
    .where(lead_external_id.c.lead_id == lead.c.lead_id, lead_external_id.c.vendor == vendor)
    .scalar_subquery()
    .label(f"{vendor}_id")
    for vendor in CRMS
]
"""Columns of the lead's ids in the CRMs; null where it has none."""

_HAND_OVERS = (
    select(
        hand_over.c.lead_id,
        hand_over.c.cycle,
        hand_over.c.handed_over_at,
        hand_over.c.qualification,
        hand_over.c.by,
        hand_over.c.definition_version,
        hand_over.c.release_id,
        lead_state.c.probability,
        lead_state.c.rulebook_points,
        *_EXTERNAL_IDS,
    )
    .join(lead, lead.c.lead_id == hand_over.c.lead_id)
    .outerjoin(lead_state, lead_state.c.lead_id == hand_over.c.lead_id)
    .where(hand_over.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
)

_VERDICTS = (
    select(
        outcome.c.lead_id,
        outcome.c.stage.label("verdict"),
        outcome.c.occurred_at.label("said_at"),
        outcome.c.reason,
        outcome.c.easy_to_act_on,
        lead_state.c.cycle,
        *_EXTERNAL_IDS,
    )
    .join(lead, lead.c.lead_id == outcome.c.lead_id)
    .outerjoin(lead_state, lead_state.c.lead_id == outcome.c.lead_id)
)

_CHANGES: Select[Any] = (
    select(
        lead_state.c.lead_id,
        lead_state.c.decision_id,
        lead_state.c.as_of,
        lead_state.c.qualification,
        lead_state.c.qualification_before,
        lead_state.c.probability,
        lead_state.c.rulebook_points,
        lead_state.c.rulebook_qualification,
        *_EXTERNAL_IDS,
    )
    .join(lead, lead.c.lead_id == lead_state.c.lead_id)
    .where(lead_state.c.qualification != func.coalesce(lead_state.c.qualification_before, "NONE"))
)

_AT_ONCE = 500
"""Leads of one query."""


def announce_hand_overs(connection: Connection, keys: Sequence[tuple[str, int]]) -> int:
    """Tell of hand-overs that this transaction has made; how many messages were left.

    Parameters
    ----------
    keys : sequence of (str, int)
        Lead and cycle of each. Their lead states are up to date already, since the probability is
        taken from there.
    """
    wanted = set(keys)
    if not wanted or not _is_open(connection):
        return 0
    lead_ids = sorted({lead_id for lead_id, _ in wanted})
    n_kept = 0
    for start in range(0, len(lead_ids), _AT_ONCE):
        part = {"lead_ids": lead_ids[start : start + _AT_ONCE]}
        rows = [dict(row) for row in connection.execute(_HAND_OVERS, part).mappings()]
        made = [row for row in rows if (row["lead_id"], row["cycle"]) in wanted]
        n_kept += _tell(connection, HAND_OVER_MADE, made, name="hand_over:{lead_id}:{cycle}")
    return n_kept


def announce_changes(connection: Connection, *, as_of: datetime, lead_id: str | None = None) -> int:
    """Leave a message for each lead whose qualification changed, and give how many were left.

    Parameters
    ----------
    connection : Connection
        Its transaction has written the decisions.
    as_of : datetime
        Instant of the decisions; the lead states already take them into account.
    lead_id : str, optional
        The lead that was decided about; all unless given.
    """
    if not _is_open(connection):
        return 0
    query = _CHANGES.where(lead_state.c.as_of == as_of)
    if lead_id is not None:
        query = query.where(lead_state.c.lead_id == lead_id)
    news = [dict(row) for row in connection.execute(query).mappings()]
    return _tell(
        connection,
        DECISION_CHANGED,
        news,
        name="decision:{decision_id}",
        # Of several about one lead only the newest is worth sending.
        record="decision:{lead_id}",
    )


def announce_verdict(
    connection: Connection, lead_id: str, *, stage: str, occurred_at: datetime
) -> int:
    """Leave a message about a verdict just written, and give how many messages were left.

    Parameters
    ----------
    connection : Connection
        Its transaction has written the verdict.
    lead_id : str
    stage : {"accepted", "returned"}
        The verdict.
    occurred_at : datetime
        When the verdict was given, as it is stored.
    """
    if not _is_open(connection):
        return 0
    query = _VERDICTS.where(
        and_(
            outcome.c.lead_id == lead_id,
            outcome.c.stage == stage,
            outcome.c.occurred_at == occurred_at,
        )
    )
    news = [dict(row) for row in connection.execute(query).mappings()]
    return _tell(connection, VERDICT_GIVEN, news, name="verdict:{lead_id}:{verdict}:{said_at}")


def _is_open(connection: Connection) -> bool:
    return WEBHOOK in open_channels(connection)


def _tell(
    connection: Connection,
    kind: str,
    news: Sequence[Mapping[str, Any]],
    *,
    name: str,
    record: str | None = None,
) -> int:
    plain = [{key: _plain(value) for key, value in row.items()} for row in news]
    messages = [
        Message(
            channel=WEBHOOK,
            kind=kind,
            external_id=name.format_map(row),
            payload=row,
            lead_id=row["lead_id"],
            record=None if record is None else record.format_map(row),
        )
        for row in plain
    ]
    return enqueue(connection, messages)


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
