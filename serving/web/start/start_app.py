"""A small application of its own: the choices of a start, for whoever has the key in the address.

It listens on loopback only and knows no users, for there is no workspace yet. The key goes from the
address into a cookie; other people on the machine and other sites have neither.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from features.core.clock import time_zones
from features.core.errors import AwaseError
from features.core.text import LANGUAGES
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.roles import understand
from features.importing.proposal.tables import NO_ANSWERS, Answers
from features.importing.proposal.writing.propose import Proposal, guess_zone, propose
from serving.web.figures import Figures
from serving.web.headers import SCRIPT_POLICY, SecurityHeaders
from serving.web.rendering import Around, render, static_path
from serving.web.request.forms import TOKEN_FIELD, read_form
from serving.web.request.session import (
    LANGUAGE_COOKIE,
    LANGUAGE_KEPT_SECONDS,
    Session,
    language_of,
    set_cookie,
)
from serving.web.start.start_page import Ended, ProgressPage, field_of_role, show_choices

KEY_COOKIE = "awase_start"
SCRIPT = "start.js"
FORBIDDEN = "Open the address that the terminal shows. / 端末に表示されたアドレスを開いてください。"


@dataclass(kw_only=True)
class StartDesk:
    """What one start has come to: the choices, then the proposal, then how it ended."""

    files: tuple[LookedAt, ...]
    found: Understanding
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answers: Answers = NO_ANSWERS
    zone: str = ""
    per_month: int | None = None
    misfit: bool = False
    proposal: Proposal | None = None
    ended: Ended | None = None
    chosen: threading.Event = field(default_factory=threading.Event)
    seen: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.zone = self.zone or guess_zone(self.found)

    def take(self, form: Mapping[str, str]) -> None:
        """Understand the files anew as a form says; keep the last choices that fit."""
        answers = self._answers(form)
        zone = form.get("zone", "")
        per_month = form.get("per_month", "").strip()
        try:
            found = understand(list(self.files), answers)
            known = zone if zone in time_zones() else self.zone
            wanted = int(per_month) if per_month.isdecimal() and int(per_month) > 0 else None
            self.proposal = propose(found, time_zone=known, per_month=wanted)
        except AwaseError:
            self.misfit = True
            return
        self.found, self.answers, self.misfit = found, answers, False
        self.zone, self.per_month = known, wanted

    def _answers(self, form: Mapping[str, str]) -> Answers:
        changed = {
            (c.file, c.header): role
            for c in self.found.columns
            if (role := form.get(field_of_role(self.found, c.file, c.header), c.role)) != c.role
            and role in set(ColumnRole)
        }
        answers = self.answers
        if self.found.outcomes and form.get("outcome") != self.found.outcomes[0].column:
            answers = replace(answers, outcome=form.get("outcome"))
        for (file, name), role in changed.items():
            if role == ColumnRole.ID:
                answers = replace(answers, key=name)
            elif role == ColumnRole.CREATED:
                answers = replace(answers, created=name)
            elif role == ColumnRole.OUTCOME:
                answers = replace(answers, outcome=name)
            else:
                answers = replace(answers, roles={**answers.roles, (file, name): role})
        if form.get("order") in ("day", "month"):
            answers = replace(answers, day_first=form["order"] == "day")
        return answers


def create_start_app(desk: StartDesk) -> Starlette:
    """The application of one start."""
    folder = str(resources.files("serving.web").joinpath("static"))
    app = Starlette(
        routes=[
            Route("/", _show, name="start"),
            Route("/", _count, methods=["POST"]),
            Route("/begin", _begin, methods=["POST"]),
            Route("/language", _language, methods=["POST"]),
            Mount("/static", StaticFiles(directory=folder), name="static"),
        ],
        middleware=[Middleware(SecurityHeaders, secure=False)],
    )
    app.state.desk = desk
    return app


def _session(request: Request) -> Session | None:
    """Whoever has the key; None for anybody else."""
    desk: StartDesk = request.app.state.desk
    given = request.cookies.get(KEY_COOKIE, "")
    if not secrets.compare_digest(given.encode(), desk.key.encode()):
        return None
    return Session(user=None, language=language_of(request, None), secret=desk.key)


async def _show(request: Request) -> Response:
    desk: StartDesk = request.app.state.desk
    if secrets.compare_digest(request.query_params.get("key", "").encode(), desk.key.encode()):
        moved = RedirectResponse("/", status_code=303)
        set_cookie(moved, KEY_COOKIE, desk.key, seconds=None, secure=False)
        return moved
    session = _session(request)
    if session is None:
        return PlainTextResponse(FORBIDDEN, status_code=403)
    return await run_in_threadpool(_page, desk, session)


def _page(desk: StartDesk, session: Session) -> Response:
    show, around = Figures(session.language, ZoneInfo(desk.zone)), Around(here="/")
    if desk.chosen.is_set():
        ended = desk.ended
        page = ProgressPage(ended=ended)
        response = render("start_progress.html", page, session=session, around=around, show=show)
        if ended is not None:
            desk.seen.set()
        else:
            response.headers["Refresh"] = "2"
        return response
    choices = show_choices(
        desk.found,
        zone=desk.zone,
        per_month=desk.per_month,
        misfit=desk.misfit,
        script=static_path(SCRIPT),
    )
    response = render("start.html", choices, session=session, around=around, show=show)
    response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


async def _sent(request: Request) -> tuple[Session, Mapping[str, str]] | None:
    """Who sent a form of ours and its fields; None for any other."""
    session, form = _session(request), await read_form(request)
    return (
        (session, form) if session is not None and session.owns(form.get(TOKEN_FIELD, "")) else None
    )


async def _count(request: Request) -> Response:
    sent, desk = await _sent(request), request.app.state.desk
    if sent is None:
        return PlainTextResponse(FORBIDDEN, status_code=403)
    if not desk.chosen.is_set():
        await run_in_threadpool(desk.take, sent[1])
    return await run_in_threadpool(_page, desk, sent[0])


async def _begin(request: Request) -> Response:
    sent, desk = await _sent(request), request.app.state.desk
    if sent is None:
        return PlainTextResponse(FORBIDDEN, status_code=403)
    if not desk.chosen.is_set():
        await run_in_threadpool(desk.take, sent[1])
        if not desk.misfit:
            desk.chosen.set()
    return RedirectResponse("/", status_code=303)


async def _language(request: Request) -> Response:
    sent = await _sent(request)
    moved = RedirectResponse("/", status_code=303)
    if sent is not None and sent[1].get("language") in LANGUAGES:
        language = sent[1]["language"]
        set_cookie(moved, LANGUAGE_COOKIE, language, seconds=LANGUAGE_KEPT_SECONDS, secure=False)
    return moved
