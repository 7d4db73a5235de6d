"""Routes that only read: scores, decisions with reasons, the worklist, the documentation."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import FiniteFloat, TypeAdapter
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from features.core.clock import to_second
from features.core.formats.metrics_text import MEDIA_TYPE
from features.lookback.lead_rows import EventRow, FactRow, LeadRows
from features.snapshot import Snapshot, take_lead_snapshot
from features.store.schema import lead_state
from serving.api.access import Admitted, admit, admit_within
from serving.api.problems import RESPONSES, Problem, RequestFault, invalid
from serving.api.routes.parse_events import read_events, read_facts
from serving.api.routes.requests import Id, Instant, ScoreRequest
from serving.api.routes.responses import DecisionAnswer, ScoreAnswer, WorklistAnswer
from serving.api.routes.score_response import explain_row, score_response
from serving.api.routes.write import not_stored
from serving.api.services import ApiServices
from serving.api.strict_json import StrictJsonRoute
from serving.decisions.decide_lead import look_at_lead
from serving.decisions.in_force.apply import InForce
from serving.ledger.decisions import read_lead_decisions
from serving.ledger.leads.worklist import LeadState, PagePosition, WorklistFilter, read_page
from training.dataset.snapshot_grid import UNDATED_AS_OF

router = APIRouter(responses=RESPONSES, route_class=StrictJsonRoute)

MOST_ROWS = 200

_as_json = json.JSONEncoder(ensure_ascii=False).encode

LeadId = Annotated[Id, Path(description="Your id of the lead.")]
Reasons = Annotated[bool, Query(description="Whether to give the reasons.")]


@router.get("/leads/{lead_id:path}/score", name="score_lead", response_model=ScoreAnswer)
async def score_lead(
    request: Request,
    lead_id: LeadId,
    *,
    reasons: Reasons = True,
    as_of: Annotated[Instant | None, Query(description="Now, unless given.")] = None,
) -> Response:
    """What the release says of a stored lead, now or at an earlier instant; nothing is stored.

    The busiest route: key, rows and reasons are one visit to a thread.
    """
    score = partial(_score_lead, request, lead_id, reasons=reasons, as_of=as_of)
    api_services: ApiServices = request.app.state.api_services
    answer = await asyncio.get_running_loop().run_in_executor(api_services.scoring, score)
    return Response(answer, media_type="application/json")


def _score_lead(request: Request, lead_id: str, *, reasons: bool, as_of: datetime | None) -> bytes:
    api_services: ApiServices = request.app.state.api_services
    now = to_second(datetime.now(UTC))
    with api_services.store.lookups.connect() as connection:
        admit_within(connection, request)
        in_force = api_services.in_force(as_of)
        snapshot = look_at_lead(
            connection,
            lead_id,
            in_force=in_force,
            as_of=None if as_of is None else to_second(as_of),
            now=now,
            at_least=now,
        )
    if snapshot is None:
        raise not_stored()
    answer = score_response(snapshot, in_force, lead_id=lead_id, with_reasons=reasons)
    return _as_json(answer).encode()


@router.post("/score", name="score_request", response_model=ScoreAnswer)
def score_request(caller: Admitted, body: ScoreRequest, reasons: Reasons = True) -> Any:
    """What the release says of a lead that is in the request; nothing is stored."""
    in_force = caller.api_services.in_force(body.as_of)
    snapshot = _snapshot_of(body, in_force, now=datetime.now(UTC).replace(microsecond=0))
    return score_response(snapshot, in_force, lead_id=None, with_reasons=reasons)


@router.get("/leads/{lead_id:path}/decision", name="read_decision", response_model=DecisionAnswer)
def read_decision(caller: Admitted, lead_id: LeadId, reasons: Reasons = True) -> Any:
    """The newest decision about a lead, as the ledger holds it, with its reasons."""
    api_services = caller.api_services
    in_force = api_services.in_force()
    newest = read_lead_decisions(api_services.store, lead_id, limit=1)
    with api_services.store.engine.connect() as connection:
        query = select(lead_state).where(lead_state.c.lead_id == lead_id)
        stands = connection.execute(query).mappings().first()
    if not newest or stands is None:
        msg = "a decision is read of a lead that was decided about; got none. Decide first."
        raise Problem(status=404, kind="not-found", detail=msg)
    (decision,) = newest
    answer: dict[str, Any] = {
        name: getattr(decision, name)
        for name in (
            "decision_id", "lead_id", "as_of", "decided_at", "release_id", "probability",
            "qualification", "rulebook_points", "rulebook_qualification",
        )
    }  # fmt: skip
    for name in ("reached", "cycle", "handed_over_at", "verdict"):
        answer[name] = stands[name]
    answer["definition_version"] = decision.definition_version
    explainer = in_force.explainer if decision.release_id == in_force.release_id else None
    fits = decision.row is not None and len(decision.row) == len(in_force.catalogue)
    if reasons and explainer is not None and decision.row is not None and fits:
        answer |= explain_row(explainer, decision.row, to_second(decision.as_of))
    return answer


@router.get("/worklist", name="read_worklist", response_model=WorklistAnswer)
def read_worklist(
    caller: Admitted,
    *,
    team: Annotated[Id | None, Query(description="Leads of this team.")] = None,
    reached: Annotated[
        Literal["NONE", "MQL", "SQL", "accepted", "opportunity"] | None,
        Query(description="Leads that have come this far."),
    ] = None,
    waiting: Annotated[bool, Query(description="Only leads sales owe an answer.")] = False,
    after: Annotated[str | None, Query(max_length=1_000, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> Any:
    """Open leads by probability; names and addresses are not part of it."""
    wanted = WorklistFilter(team=team, reached=reached, waiting=waiting)
    place = None if after is None else _place(after)
    found = [
        stands
        for stands, _ in read_page(caller.api_services.store, wanted, after=place, limit=limit + 1)
    ]
    shown = found[:limit]
    rows = [{**stands._asdict(), "waiting_since": stands.waiting_since} for stands in shown]
    return {"leads": rows, "next": _after(shown[-1]) if len(found) > limit else None}


@router.get("/openapi.json", name="openapi", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """The documentation of this API, for those who have a key."""
    await run_in_threadpool(admit, request)
    return JSONResponse(request.app.openapi())


@router.get("/metrics", name="metrics", include_in_schema=False)
def metrics(caller: Admitted) -> Response:
    """Counters of this process, as OpenMetrics."""
    in_force_holder = caller.api_services.in_force_holder
    text = caller.api_services.metrics.text(
        release_id=caller.api_services.in_force().release_id,
        refused=in_force_holder.refused is not None,
        n_swaps=in_force_holder.n_swaps,
    )
    return Response(text, media_type=MEDIA_TYPE)


def _snapshot_of(body: ScoreRequest, in_force: InForce, *, now: datetime) -> Snapshot:
    """The snapshot of a lead in a request, by the same tables as a stored one."""
    definition, lead_id = in_force.definition, "lead"
    as_of = body.as_of or now
    if definition.dated and as_of <= body.created_at:
        detail = "must lie after created_at"
        raise invalid([RequestFault(pointer="#/as_of", detail=detail)])
    events = read_events(
        [e.as_event(str(number), lead_id) for number, e in enumerate(body.events)],
        definition,
        now=now,
    )
    facts = read_facts(body.facts, lead_id, definition, now=now)
    created = to_second(body.created_at)
    learned: list[FactRow] = [
        (f.attribute, to_second(f.known_at) if f.known_at_given else created, f.value, True)
        for f in facts
    ]  # fmt: skip
    done: list[EventRow] = [
        (e.behaviour, to_second(e.occurred_at),
         to_second(e.known_at if e.known_at_given else e.occurred_at), e.actor, e.amount)
        for e in events
    ]  # fmt: skip
    rows = LeadRows(
        lead_id=lead_id,
        created_at=created,
        day_only=False,
        arrival=None,
        facts=learned,
        events=done,
    )
    second = to_second(as_of) if definition.dated else UNDATED_AS_OF
    return take_lead_snapshot(rows, definition, catalogue=in_force.catalogue, as_of=second)


def _after(stands: LeadState) -> str:
    text = json.dumps([stands.priority, stands.lead_id])
    return base64.urlsafe_b64encode(text.encode()).decode()


_PLACE = TypeAdapter(tuple[FiniteFloat, Id])


def _place(after: str) -> PagePosition:
    try:
        priority, lead_id = _PLACE.validate_json(base64.urlsafe_b64decode(after.encode("ascii")))
    except ValueError:  # so are those of base64, of text that is no ASCII, and of pydantic
        detail = "must be `next` of a page"
        raise invalid([RequestFault(pointer="after", detail=detail)]) from None
    return PagePosition(key=priority, lead_id=lead_id)
