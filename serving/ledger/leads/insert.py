"""What arrives one by one: events, facts and leads, in a transaction that somebody else ends.

Sending something again changes nothing, so that a client may repeat whatever it got no answer to:
an event is known by its id, a lead by its own, a fact by what is known already.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from features.store.person_search import refresh_search_texts
from features.store.schema import event, fact, lead, lead_external_id, person


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """Something a lead did, or sales did with it.

    Attributes
    ----------
    known_at : datetime
        When it was learned.
    known_at_given : bool
        Whether the sender said so; otherwise it is when it arrived, and a repetition, which
        arrives later, is still the same event.
    """

    event_id: str
    lead_id: str
    behaviour: str
    occurred_at: datetime
    known_at: datetime
    known_at_given: bool
    actor: str
    amount: float | None


@dataclass(frozen=True, kw_only=True)
class NewFact:
    """A value of an attribute and when it was learned; None takes the value back."""

    lead_id: str
    attribute: str
    value: str | None
    known_at: datetime
    known_at_given: bool


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """A lead, and who it is.

    Attributes
    ----------
    external_ids : dict
        Id of the lead's record, by CRM.
    person : dict
        Columns of the person table that were sent.
    """

    lead_id: str
    created_at: datetime | None
    external_ids: dict[str, str]
    person: dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Events by what is stored already.

    Attributes
    ----------
    fresh : tuple of NewEvent
    n_known : int
        The same event was stored before.
    conflicts : tuple of int
        Positions of events whose id belongs to another event.
    """

    fresh: tuple[NewEvent, ...]
    n_known: int
    conflicts: tuple[int, ...]


def sort_events(connection: Connection, events: Sequence[NewEvent]) -> Sorted:
    """Tell new events from known ones and from those whose id is taken."""
    query = select(event).where(event.c.event_id.in_(bindparam("ids", expanding=True)))
    ids = [one.event_id for one in events]
    rows = connection.execute(query, {"ids": ids}).mappings()
    stored = {row["event_id"]: dict(row) for row in rows}
    fresh: dict[str, NewEvent] = {}
    conflicts = []
    for position, one in enumerate(events):
        earlier = stored.get(one.event_id)
        if earlier is None and one.event_id in fresh:
            earlier = _columns(fresh[one.event_id])
        if earlier is None:
            fresh[one.event_id] = one
        elif not _is_same(one, earlier):
            conflicts.append(position)
    n_known = len(events) - len(fresh) - len(conflicts)
    return Sorted(fresh=tuple(fresh.values()), n_known=n_known, conflicts=tuple(conflicts))


def add_events(connection: Connection, events: Sequence[NewEvent]) -> None:
    """Store events that are not there."""
    if events:
        connection.execute(insert(event), [_columns(one) for one in events])


def put_lead(connection: Connection, new: NewLead, *, now: datetime) -> datetime | None:
    """Store a lead, or add ids and the person to a lead that is stored.

    Parameters
    ----------
    connection : Connection
        Its transaction is ended by the caller.
    new : NewLead
    now : datetime
        When the lead was created, unless ``new`` says so.

    Returns
    -------
    datetime or None
        None if all is well; else when the stored lead was created, and nothing was changed.
    """
    created: datetime | None = connection.scalar(
        select(lead.c.created_at).where(lead.c.lead_id == new.lead_id)
    )
    if created is None:
        connection.execute(
            insert(lead).values(
                lead_id=new.lead_id, created_at=new.created_at or now, day_only=False
            )
        )
    elif new.created_at is not None and int(new.created_at.timestamp()) != int(created.timestamp()):
        return created
    for vendor, external_id in new.external_ids.items():
        row = {"lead_id": new.lead_id, "vendor": vendor, "external_id": external_id}
        _put(connection, lead_external_id, row, key=("lead_id", "vendor"))
    if new.person:
        _put(connection, person, {"lead_id": new.lead_id, **new.person}, key=("lead_id",))
        refresh_search_texts(connection, (new.lead_id,))
    return None


def add_facts(connection: Connection, facts: Sequence[NewFact]) -> int:
    """Store facts that say something new, and count them."""
    stored = 0
    for one in facts:
        if _says_nothing_new(connection, one):
            continue
        row = {
            "lead_id": one.lead_id,
            "attribute": one.attribute,
            "known_at": one.known_at,
            "value": one.value,
            "honest": True,
        }
        # Two values within one second: the later one counts.
        _put(connection, fact, row, key=("lead_id", "attribute", "known_at"))
        stored += 1
    return stored


def _says_nothing_new(connection: Connection, one: NewFact) -> bool:
    query = select(fact.c.value).where(
        fact.c.lead_id == one.lead_id, fact.c.attribute == one.attribute
    )
    if one.known_at_given:
        query = query.where(fact.c.known_at == one.known_at)
    newest = connection.execute(query.order_by(fact.c.known_at.desc()).limit(1)).first()
    if newest is None:
        return one.value is None and not one.known_at_given
    return bool(newest[0] == one.value)


def _columns(one: NewEvent) -> dict[str, Any]:
    columns = asdict(one)
    del columns["known_at_given"]
    return columns


def _is_same(one: NewEvent, stored: dict[str, Any]) -> bool:
    sent = _columns(one)
    if not one.known_at_given:
        del sent["known_at"]
    return all(_plain(stored[name]) == _plain(value) for name, value in sent.items())


def _plain(value: object) -> object:
    """Instants as the whole seconds that are stored."""
    return int(value.timestamp() // 1) if isinstance(value, datetime) else value


def _put(connection: Connection, table: Any, row: dict[str, Any], *, key: tuple[str, ...]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    others = {name: value for name, value in row.items() if name not in key}
    statement = dialect.insert(table).values(**row)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=others))
