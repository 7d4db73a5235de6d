"""Which keys open which routes: one rule per route, and none means nobody."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from serving.api.limits import RateLimit
from serving.api.problems import Problem
from serving.api.services import ApiServices
from serving.ledger.access.api_keys import ApiKey, Scope
from serving.workspace.api_keys import check_key

READS = frozenset(Scope)
WRITES = frozenset({Scope.WRITE})

RULES: dict[str, frozenset[Scope]] = {
    "openapi": READS,
    "score_lead": READS,
    "score_request": READS,
    "read_decision": READS,
    "read_worklist": READS,
    "put_lead": WRITES,
    "send_facts": WRITES,
    "send_event": WRITES,
    "send_events": WRITES,
    "decide_lead": WRITES,
    "send_verdict": WRITES,
    "send_outcome": WRITES,
    "metrics": READS,
}
"""Scopes by the route's name."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A program that may make its request."""

    key: ApiKey
    api_services: ApiServices

    @property
    def by(self) -> str:
        """What the ledger writes down as who."""
        return f"key {self.key.prefix}"


def may_call(route: str, scope: Scope | None) -> bool:
    """Whether a scope, or no key at all (None), opens a route."""
    return scope is not None and scope in RULES.get(route, frozenset())


def admit(request: Request) -> Caller:
    """Let in who may call the route, and nobody else; asks the store.

    Raises as :func:`admit_within`.
    """
    api_services: ApiServices = request.app.state.api_services
    with api_services.store.lookups.connect() as connection:
        return admit_within(connection, request)


def admit_within(connection: Connection, request: Request) -> Caller:
    """Let in who may call the route, asking by a connection that the request goes on to use.

    Raises
    ------
    Problem
        401 without a valid key, 403 if its scope is another, 429 if it calls too often.
    """
    api_services: ApiServices = request.app.state.api_services
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    key = check_key(connection, token.strip()) if kind.lower() == "bearer" else None
    if key is None:
        msg = "a request needs the header `Authorization: Bearer <key>` with an open key; got none."
        raise Problem(
            status=401,
            kind="no-key",
            detail=f"{msg} Make one with `awase key create`.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if not may_call(request.scope["route"].name, key.scope):
        msg = f"this route needs another scope; got {key.scope}. Use a key that has it."
        raise Problem(status=403, kind="not-allowed", detail=msg)
    _check_rate(api_services.rate, key)
    return Caller(key=key, api_services=api_services)


def _check_rate(rate: RateLimit, key: ApiKey) -> None:
    wait = rate.take(key.prefix)
    if wait:
        msg = f"a key may make {rate.per_second} requests a second; got more. Slow down."
        raise Problem(
            status=429,
            kind="too-many-requests",
            detail=msg,
            headers={"Retry-After": str(wait)},
        )


async def _admitted(request: Request) -> Caller:
    return await run_in_threadpool(admit, request)


Admitted = Annotated[Caller, Depends(_admitted)]
