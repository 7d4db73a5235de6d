"""Routes that store: leads, facts, events, decisions, verdicts, outcomes.

Each request is one transaction, from the row that is new to the hand-over and the message that
follow from it: where it ends early, nothing was stored. It holds the lock of the lead states, which
lets one request at a time decide; the counts of a month stay right and no hand-over comes twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlalchemy import Connection, insert, select

from features.importing.validate import MUST_FOLLOW_CREATION
from features.store.erased import forgotten_among
from features.store.schema import lead, outcome
from serving.api.access import Admitted, Caller
from serving.api.problems import RESPONSES, Problem, RequestFault, invalid
from serving.api.routes.parse_events import check_dated, check_leads, read_events, read_facts
from serving.api.routes.requests import Event, Events, Facts, Id, Lead, OutcomeSent, VerdictSent
from serving.api.routes.responses import EventsAnswer, FactsAnswer, StepAnswer, VerdictAnswer
from serving.api.services import ApiServices
from serving.api.strict_json import StrictJsonRoute
from serving.decisions.decide_lead import Made, decide_lead, read_made
from serving.decisions.in_force.apply import InForce
from serving.ledger.access.audit import write_audit
from serving.ledger.leads.insert import (
    NewEvent,
    NewFact,
    NewLead,
    add_events,
    add_facts,
    put_lead,
    sort_events,
)
from serving.ledger.leads.lead_state import lock_standings, refresh_within
from serving.ledger.leads.read_one import known_spelling, lead_exists
from serving.ledger.retract_outcome import retract_outcome
from serving.ledger.verdicts import Verdict, record_verdict

router = APIRouter(responses=RESPONSES, route_class=StrictJsonRoute)

LeadId = Annotated[Id, Path(description="Your id of the lead.")]


@router.put("/leads/{lead_id:path}", name="put_lead", response_model=FactsAnswer)
def store_lead(caller: Admitted, lead_id: LeadId, body: Lead) -> Any:
    """Store a lead with what is known of it, or complete a stored one; then decide about it."""
    api_services, in_force, now = _begin(caller)
    if body.created_at is not None and body.created_at > now:
        detail = "must not lie in the future"
        raise invalid([RequestFault(pointer="#/created_at", detail=detail)])
    with _storing(api_services) as connection:
        lead_id = known_spelling(connection, lead_id)
        facts = read_facts(body.facts, lead_id, in_force.definition, now=now)
        new = NewLead(
            lead_id=lead_id,
            created_at=body.created_at,
            external_ids=body.external_ids,
            person=body.person.model_dump(exclude_unset=True),
        )
        _check_remembered(connection, lead_id)
        other = put_lead(connection, new, now=now)
        if other is not None:
            msg = "a lead's creation cannot change; got another instant than the stored one. "
            raise Problem(status=409, kind="conflict", detail=msg + "Leave it out.")
        stored = add_facts(connection, facts)
        made = [decide_lead(connection, lead_id, in_force=in_force, now=now)]
        answers = _steps(connection, made)
    return _counted(
        api_services, made, {"lead_id": lead_id, "stored": stored, "decisions": answers}
    )


@router.post("/leads/{lead_id:path}/facts", name="send_facts", response_model=FactsAnswer)
def store_facts(caller: Admitted, lead_id: LeadId, body: Facts) -> Any:
    """Store facts about a lead; decide about it if they say something new."""
    api_services, in_force, now = _begin(caller)
    facts: Sequence[NewFact] = read_facts(body.facts, lead_id, in_force.definition, now=now)
    with _storing(api_services) as connection:
        _check_stored(connection, lead_id)
        stored = add_facts(connection, facts)
        made = [decide_lead(connection, lead_id, in_force=in_force, now=now)] if stored else []
        answers = _steps(connection, made)
    return _counted(
        api_services, made, {"lead_id": lead_id, "stored": stored, "decisions": answers}
    )


@router.post("/events", name="send_event", response_model=EventsAnswer)
def store_event(caller: Admitted, body: Event) -> Any:
    """Store an event and decide about its lead at once; the same event again changes nothing."""
    api_services, in_force, now = _begin(caller)
    events = read_events((body,), in_force.definition, now=now, single=True)
    return _store_events(api_services, in_force, events, now=now, single=True)


@router.post("/events/batch", name="send_events", response_model=EventsAnswer)
def store_events(caller: Admitted, body: Events) -> Any:
    """Store events, all or none of them, and decide about each lead once."""
    api_services, in_force, now = _begin(caller)
    events = read_events(body.events, in_force.definition, now=now)
    return _store_events(api_services, in_force, events, now=now, single=False)


@router.post("/leads/{lead_id:path}/decisions", name="decide_lead", response_model=StepAnswer)
def decide_now(caller: Admitted, lead_id: LeadId) -> Any:
    """Decide about a stored lead as of now, so that time passing counts; into the ledger."""
    api_services, in_force, now = _begin(caller)
    with _storing(api_services) as connection:
        _check_stored(connection, lead_id)
        at_least = int(now.timestamp())
        made = [decide_lead(connection, lead_id, in_force=in_force, now=now, at_least=at_least)]
        (answer,) = _steps(connection, made)
    return _counted(api_services, made, answer)


@router.post("/leads/{lead_id:path}/verdict", name="send_verdict", response_model=VerdictAnswer)
def store_verdict(caller: Admitted, lead_id: LeadId, body: VerdictSent) -> Any:
    """Record what sales say about a lead: accepted or returned, with a reason."""
    api_services, in_force, _ = _begin(caller)
    reasons = [item.name for item in getattr(in_force.definition.verdict_reasons, body.answer)]
    if body.reason not in reasons:
        detail = f"must be one of the lead definition's reasons ({', '.join(reasons)})"
        raise invalid([RequestFault(pointer="#/reason", detail=detail)])
    with api_services.store.engine.connect() as connection:
        _check_stored(connection, lead_id)
    verdict = Verdict(
        lead_id=lead_id,
        answer=body.answer,
        reason=body.reason,
        comment=body.comment.strip(),
        easy_to_act_on=body.easy_to_act_on,
        by=caller.by,
        on_behalf_of=body.by,
    )
    return {"recorded": record_verdict(api_services.store, verdict, in_force.definition)}


@router.post("/leads/{lead_id:path}/outcomes", name="send_outcome", response_model=VerdictAnswer)
def store_outcome(caller: Admitted, lead_id: LeadId, body: OutcomeSent) -> Any:
    """Record what became of a lead, or take it back; a repetition changes nothing."""
    api_services, in_force, now = _begin(caller)
    for name, instant in (("occurred_at", body.occurred_at), ("known_at", body.known_at)):
        if instant is not None and instant > now:
            detail = "must not lie in the future"
            raise invalid([RequestFault(pointer=f"#/{name}", detail=detail)])
    key = {"lead_id": lead_id, "stage": body.stage, "occurred_at": body.occurred_at}
    known = select(outcome.c.value, outcome.c.reason).where(
        *(outcome.c[name] == value for name, value in key.items())
    )
    with _storing(api_services) as connection:
        _check_stored(connection, lead_id)
        if body.retracted:
            gone = retract_outcome(connection, key, now=now)
            if gone:
                _record(connection, f"{body.stage}_retracted", in_force, lead_id, by=caller.by)
            return {"recorded": gone}
        _check_follows_creation(connection, lead_id, body.occurred_at)
        earlier = connection.execute(known).first()
        if earlier is not None and tuple(earlier) != (body.value, body.reason):
            msg = "an outcome stands as it was sent; got another value or reason for it. "
            raise Problem(status=409, kind="conflict", detail=msg + "Send it with its own time.")
        if earlier is None:
            row = {
                **key,
                "known_at": body.known_at or now,
                "reason": body.reason,
                "value": body.value,
                "by": caller.by,
            }
            connection.execute(insert(outcome).values(**row))
            _record(connection, body.stage, in_force, lead_id, by=caller.by)
    return {"recorded": earlier is None}


def _record(
    connection: Connection, action: str, in_force: InForce, lead_id: str, *, by: str
) -> None:
    write_audit(connection, by=by, action=action, subject=lead_id)
    refresh_within(connection, in_force.definition, lead_id)


def _begin(caller: Caller) -> tuple[ApiServices, InForce, datetime]:
    in_force = caller.api_services.in_force()
    check_dated(in_force.definition)
    return caller.api_services, in_force, datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _storing(api_services: ApiServices) -> Iterator[Connection]:
    """Begin a transaction that locks the lead states; an error in it leaves nothing behind."""
    with (
        api_services.deciding,
        api_services.store.engine.connect().execution_options(begin="IMMEDIATE") as connection,
    ):
        lock_standings(connection)
        yield connection
        connection.commit()


def _store_events(
    api_services: ApiServices,
    in_force: InForce,
    events: Sequence[NewEvent],
    *,
    now: datetime,
    single: bool,
) -> dict[str, Any]:
    with _storing(api_services) as connection:
        check_leads(events, lead_exists(connection, [e.lead_id for e in events]), single=single)
        found = sort_events(connection, events)
        if found.conflicts:
            raise _taken(found.conflicts, single=single)
        add_events(connection, found.fresh)
        leads = dict.fromkeys(event.lead_id for event in found.fresh)
        made = [decide_lead(connection, lead_id, in_force=in_force, now=now) for lead_id in leads]
        answers = _steps(connection, made)
    n_fresh = len(found.fresh)
    api_services.metrics.count(api_services.metrics.events, "stored", n_fresh)
    api_services.metrics.count(api_services.metrics.events, "known", found.n_known)
    answer = {"stored": n_fresh, "known": found.n_known, "decisions": answers}
    return _counted(api_services, made, answer)


def _taken(positions: Sequence[int], *, single: bool) -> Problem:
    faults = tuple(
        RequestFault(
            pointer="#/event_id" if single else f"#/events/{position}/event_id",
            detail="belongs to an event with other content",
        )
        for position in positions
    )
    msg = f"an event id belongs to one event; got {len(faults)} with other content than before. "
    return Problem(
        status=409,
        kind="conflict",
        detail=msg + "Nothing was stored; send them under ids of their own.",
        faults=faults,
    )


def _steps(connection: Connection, made: Sequence[Made]) -> list[dict[str, Any]]:
    return [read_made(connection, one) for one in made]


def _counted(
    api_services: ApiServices, made: Sequence[Made], answer: dict[str, Any]
) -> dict[str, Any]:
    """Count what was decided, once it is certain that it was stored."""
    metrics = api_services.metrics
    for one in made:
        metrics.count(metrics.decisions, one.qualification)
        for opening in one.steps.opened:
            metrics.count(metrics.hand_overs, opening.by)
    return answer


def _check_stored(connection: Connection, lead_id: str) -> None:
    if not lead_exists(connection, [lead_id]):
        raise not_stored()


def _check_follows_creation(connection: Connection, lead_id: str, occurred_at: datetime) -> None:
    created_at = connection.execute(
        select(lead.c.created_at).where(lead.c.lead_id == lead_id)
    ).scalar()
    if created_at is None:
        raise not_stored()
    if occurred_at < created_at:
        raise invalid([RequestFault(pointer="#/occurred_at", detail=MUST_FOLLOW_CREATION)])


def _check_remembered(connection: Connection, lead_id: str) -> None:
    if forgotten_among(connection, [lead_id]):
        msg = "a forgotten lead stays forgotten; got one that was. Send it under a new id, "
        raise Problem(status=410, kind="forgotten", detail=msg + "if the person came back.")


def not_stored() -> Problem:
    """404: the path names a lead that is not stored."""
    msg = "a path names a stored lead; got one that is none. Send it first (PUT /v1/leads/{id})."
    return Problem(status=404, kind="not-found", detail=msg)
