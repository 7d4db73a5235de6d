"""Errors as problem details (RFC 9457): what is wrong, where, and never what was sent.

Values of requests stay out of answers and logs: they may be somebody's name or address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Scope

from features.core.errors import AwaseError, LockHeld
from serving.api.strict_json import MUST_STAND_ONCE, RepeatedKeys
from serving.api.watched import is_no_database, request_id_of
from serving.decisions.in_force.holder import NotReady

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 5

TITLES = {
    "invalid-request": "The request does not hold what it must",
    "unreadable-body": "The body is not JSON",
    "no-key": "A valid key is needed",
    "not-allowed": "The key's scope does not allow this",
    "not-found": "There is no such thing",
    "method-not-allowed": "This path does not know that method",
    "forgotten": "The lead was forgotten",
    "conflict": "Something else is stored under that name",
    "too-large": "The body is too large",
    "too-many-requests": "Too many requests for this key",
    "unknown-reference": "The request names something that is not stored",
    "undated": "This workspace has no dates",
    "unavailable": "The service cannot answer right now",
    "defect": "An unexpected error",
}
"""Every kind of problem, by the last part of its type."""


@dataclass(frozen=True, kw_only=True)
class RequestFault:
    """One mistake: where in the request, as a JSON pointer or a parameter's name, and what."""

    pointer: str
    detail: str


@dataclass(kw_only=True)
class Problem(Exception):
    """Ends a request with problem details.

    Attributes
    ----------
    kind : str
        A key of :data:`TITLES`.
    detail : str
        What must hold, what came, what to do next.
    faults : tuple of RequestFault
        Where, if it is known.
    """

    status: int
    kind: str
    detail: str
    faults: tuple[RequestFault, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


class FaultModel(BaseModel):
    """One mistake of a request."""

    pointer: str = Field(description="Where: a JSON pointer into the body, or a parameter.")
    detail: str = Field(description="What must hold.")


class ProblemModel(BaseModel):
    """Problem details, RFC 9457."""

    type: str = Field(description="`urn:awase:problem:` and the kind of problem.")
    title: str
    status: int
    detail: str
    errors: list[FaultModel] = []


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "model": ProblemModel,
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemModel"}}},
    }
    for status, description in (
        (400, "The body is not JSON."),
        (401, "A valid key is needed."),
        (403, "The key's scope does not allow this."),
        (404, "There is no such lead, decision or path."),
        (409, "Something else is stored under that name, or the workspace has no dates."),
        (410, "The lead was forgotten."),
        (413, "The body is too large."),
        (422, "The request does not hold what it must."),
        (429, "Too many requests for this key."),
        (503, "The service cannot answer right now; nothing was stored."),
    )
}
"""Problems any route may answer with, for its documentation."""


def as_response(problem: Problem) -> JSONResponse:
    """A problem as the client receives it."""
    body: dict[str, Any] = {
        "type": f"urn:awase:problem:{problem.kind}",
        "title": TITLES[problem.kind],
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.faults:
        body["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in problem.faults
        ]
    return JSONResponse(
        body, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def unavailable(detail: str) -> Problem:
    """A problem that passes: the client may send the same request again."""
    return Problem(
        status=503,
        kind="unavailable",
        detail=detail,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def invalid(faults: Iterable[RequestFault]) -> Problem:
    """A request with mistakes, all of them at once."""
    listed = tuple(faults)
    n = len(listed)
    got, what = ("1 mistake", "it") if n == 1 else (f"{n} mistakes", "them")
    return Problem(
        status=422,
        kind="invalid-request",
        detail=f"the request must hold what the documentation says; got {got}. "
        f"Mend {what} and send it again.",
        faults=listed,
    )


def install_handlers(app: FastAPI) -> None:
    """Answer every error of an application with problem details."""
    app.add_exception_handler(Problem, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(AwaseError, _ours)
    app.add_exception_handler(NotReady, _not_ready)


async def _known(request: Request, error: Exception) -> JSONResponse:
    defect = _defect(request_id_of(request.scope))
    return as_response(error if isinstance(error, Problem) else defect)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    details: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    if isinstance(error.__cause__, RepeatedKeys):
        fault = RequestFault(pointer=error.__cause__.name, detail=MUST_STAND_ONCE)
        return as_response(invalid([fault]))
    if any(detail["type"] == "json_invalid" for detail in details):
        msg = "a body must be JSON in UTF-8; got something else. Check how it is made."
        return as_response(Problem(status=400, kind="unreadable-body", detail=msg))
    return as_response(
        invalid(RequestFault(pointer=_pointer(d["loc"]), detail=d["msg"]) for d in details)
    )


def _pointer(place: Sequence[str | int]) -> str:
    """JSON pointer of a place in the body, or the name of a parameter."""
    where, *steps = place
    if where != "body":
        return ".".join(str(step) for step in steps) or str(where)
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "#" + "".join(f"/{step}" for step in escaped)


async def _http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kinds = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 400: "unreadable-body"}
    details = {
        404: "a path must be one of the documented ones; got another. See /v1/openapi.json.",
        405: "a method must be one the path knows; got another. See /v1/openapi.json.",
        400: "a body must be JSON in UTF-8; got something else. Check how it is made.",
    }
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return as_response(
        Problem(
            status=status,
            kind=kinds.get(status, "invalid-request" if status < 500 else "defect"),
            detail=details.get(status, "the request cannot be answered as it was sent."),
            headers=headers,
        )
    )


async def _ours(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, LockHeld):
        return as_response(unavailable(str(error)))
    return as_response(Problem(status=422, kind="invalid-request", detail=str(error)))


async def _not_ready(_: Request, __: Exception) -> JSONResponse:
    return as_response(unavailable("no definition or release could be loaded yet; see /ready."))


async def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """Answer a request that met an error nobody handled; :class:`Watched` has logged it."""
    request_id = request_id_of(scope)
    if is_no_database(error):
        msg = "the database must answer; got no answer. Nothing was stored; send it again later."
        return as_response(unavailable(msg))
    return as_response(_defect(request_id))


def _defect(request_id: str) -> Problem:
    msg = "the request met an error of ours; nothing was stored. "
    return Problem(
        status=500, kind="defect", detail=f"{msg}The log has its place under {request_id}."
    )
