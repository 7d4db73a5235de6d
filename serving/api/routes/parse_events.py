"""Facts and events of requests, checked against the lead definition and put as they are kept.

Values are read by the very functions that read imported columns, so that a fact means the same
whichever way it came.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import pyarrow as pa

from features.core.clock import CLOCKS_APART
from features.definition import LeadDefinition
from features.importing.mapping.fact_values import read_fact_values
from serving.api.problems import Problem, RequestFault, invalid
from serving.api.routes.requests import Event, Fact
from serving.ledger.leads.insert import NewEvent, NewFact


def read_facts(
    facts: Sequence[Fact], lead_id: str, definition: LeadDefinition, *, now: datetime
) -> list[NewFact]:
    """Turn the facts of a request into facts as the store keeps them.

    Parameters
    ----------
    facts : sequence of Fact
        As the request gives them.
    lead_id : str
        The lead they are about.
    definition : LeadDefinition
        Names the attributes and how their values are read.
    now : datetime
        Present instant; a fact without ``known_at`` is known from now on.

    Raises
    ------
    Problem
        422 with every fact that the definition does not know or whose value cannot be read.
    """
    faults: list[RequestFault] = []
    read = []
    attributes = {attribute.name: attribute for attribute in definition.attributes}
    for position, fact in enumerate(facts):
        here = f"#/facts/{position}"
        attribute = attributes.get(fact.attribute)
        if attribute is None:
            must = f"must be one of the lead definition's attributes ({', '.join(attributes)})"
            faults.append(RequestFault(pointer=f"{here}/attribute", detail=must))
            continue
        value, reason = _read_value(fact.value, attribute.kind)
        if reason is not None:
            faults.append(RequestFault(pointer=f"{here}/value", detail=reason))
        faults += _time_faults(here, now, known_at=fact.known_at)
        read.append(
            NewFact(
                lead_id=lead_id,
                attribute=fact.attribute,
                value=value,
                known_at=fact.known_at or now,
                known_at_given=fact.known_at is not None,
            )
        )
    if faults:
        raise invalid(faults)
    return read


def read_events(
    events: Sequence[Event], definition: LeadDefinition, *, now: datetime, single: bool = False
) -> list[NewEvent]:
    """Turn the events of a request into events as the store keeps them.

    Parameters
    ----------
    events : sequence of Event
        As the request gives them.
    definition : LeadDefinition
        Names the behaviours, who does them, and whether they have an amount.
    now : datetime
        Present instant; an event without ``known_at`` is known from now on.
    single : bool
        Whether the body is one event and not a list of them; only pointers differ.

    Raises
    ------
    Problem
        422 with every event that the definition does not know or that lies in the future.
    """
    faults: list[RequestFault] = []
    read = []
    behaviours = {behaviour.name: behaviour for behaviour in definition.behaviours}
    for position, event in enumerate(events):
        here = "#" if single else f"#/events/{position}"
        behaviour = behaviours.get(event.behaviour)
        if behaviour is None:
            must = f"must be one of the lead definition's behaviours ({', '.join(behaviours)})"
            faults.append(RequestFault(pointer=f"{here}/behaviour", detail=must))
            continue
        if event.amount is not None and behaviour.amount is None:
            must = "must be left out: the lead definition gives this behaviour no amount"
            faults.append(RequestFault(pointer=f"{here}/amount", detail=must))
        faults += _time_faults(here, now, occurred_at=event.occurred_at, known_at=event.known_at)
        read.append(
            NewEvent(
                event_id=event.event_id,
                lead_id=event.lead_id,
                behaviour=event.behaviour,
                occurred_at=event.occurred_at,
                known_at=event.known_at or now,
                known_at_given=event.known_at is not None,
                actor=behaviour.actor,
                amount=event.amount,
            )
        )
    if faults:
        raise invalid(faults)
    return read


def check_leads(events: Iterable[NewEvent], stored: set[str], *, single: bool) -> None:
    """Refuse events of leads that are not stored.

    Parameters
    ----------
    events : iterable of NewEvent
        In the order of the request.
    stored : set of str
        Ids of leads that are stored.
    single : bool
        Whether the body is one event and not a list of them; only pointers differ.

    Raises
    ------
    Problem
        422 with each of them.
    """
    faults = tuple(
        RequestFault(
            pointer="#/lead_id" if single else f"#/events/{position}/lead_id",
            detail="must be a stored lead",
        )
        for position, event in enumerate(events)
        if event.lead_id not in stored
    )
    if faults:
        raise Problem(
            status=422,
            kind="unknown-reference",
            detail=f"events are of stored leads; got {len(faults)} of leads that are not. Send "
            "those leads first (PUT /v1/leads/{lead_id}).",
            faults=faults,
        )


def check_dated(definition: LeadDefinition) -> None:
    """Refuse what needs instants in a workspace whose data have none.

    Raises
    ------
    Problem
        409.
    """
    if not definition.dated:
        msg = (
            "storing needs a definition with dates; got one that says `snapshots: {at: undated}`. "
            "Score without storing (POST /v1/score), or change the definition."
        )
        raise Problem(status=409, kind="undated", detail=msg)


def _time_faults(here: str, now: datetime, **instants: datetime | None) -> Iterator[RequestFault]:
    for name, instant in instants.items():
        if instant is not None and instant > now + timedelta(seconds=CLOCKS_APART):
            yield RequestFault(pointer=f"{here}/{name}", detail="must not lie in the future")


def _read_value(value: str | bool | float | None, kind: str) -> tuple[str | None, str | None]:
    """A value as the fact table keeps it, and why it cannot be read; None where it can."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, None
    return _read_text(_as_text(value), kind)


def _as_text(value: str | bool | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value


@lru_cache(maxsize=4_096)
def _read_text(text: str, kind: str) -> tuple[str | None, str | None]:
    read = read_fact_values(pa.array([text], pa.string()), kind, formats=())
    reasons = (reason for reason, bad in read.faults.items() if bad[0])
    return read.text[0].as_py(), next(reasons, None)
