"""The web application: routes, headers, and what is said when a page cannot be shown."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module, resources
from pkgutil import walk_packages

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from features.core.errors import AwaseError
from serving.api.app import create_api
from serving.api.limits import RateLimit
from serving.api.request_text import CheckedAddress
from serving.api.services import ApiServices
from serving.api.watched import Watched
from serving.decisions.in_force.holder import NotReady
from serving.ledger.leads.lead_state import refresh_standings
from serving.web import pages
from serving.web.access import EVERYBODY, PageRouter
from serving.web.headers import SecurityHeaders
from serving.web.pages.leads.today_page import first_page
from serving.web.pages.review.kept_reviews import MadeAhead
from serving.web.request.error_page import (
    refuse_address,
    show_defect,
    show_fault,
    show_session_ended,
)
from serving.web.request.forms import StaleForm
from serving.web.request.page_request import Opened, SignInNeeded, to_sign_in
from serving.web.services import PageServices
from serving.web.sign_in import new_password, second_factor
from serving.web.sign_in import oidc_routes as single_sign_on
from serving.web.sign_in import routes as signing_in
from serving.web.web_settings import WebSettings
from serving.workspace.workspace import Workspace

router = PageRouter()

PAGES = (
    router,
    signing_in.router,
    second_factor.router,
    new_password.router,
    single_sign_on.router,
    *(
        found.router
        for module in walk_packages(pages.__path__, f"{pages.__name__}.")
        if hasattr(found := import_module(module.name), "router")
    ),
)
"""The routes of every page: whatever stands in the room of pages, and what is needed to get there.
"""

API = "/v1/"

STATIC_KEPT_SECONDS = 365 * 86_400
"""The stylesheet's path carries its version, so caches may keep it."""


def create_app(workspace: Workspace, settings: WebSettings | None = None) -> FastAPI:
    """The application on a workspace.

    Parameters
    ----------
    workspace : Workspace
        Its store is opened and brought up to date; the lead states are refreshed.
    settings : WebSettings, optional
        Defaults unless given.
    """
    settings = settings or WebSettings()
    services = PageServices(workspace, settings)
    refresh_standings(services.store, services.definition())
    in_force_holder = services.in_force_holder
    app = FastAPI(
        title="Awase",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # A redirect would repeat whatever host the request named.
        redirect_slashes=False,
        lifespan=_life_of(services),
    )
    app.state.services = services
    rate = RateLimit(per_second=settings.requests_per_second)
    api_services = ApiServices(store=services.store, in_force_holder=in_force_holder, rate=rate)
    # The last one added is the first one to see a request.
    app.add_middleware(CheckedAddress, refuse=refuse_address, but_not=API)
    app.add_middleware(
        Watched, metrics=api_services.metrics, answer=show_defect, prefix="page:", but_not=API
    )
    app.add_middleware(SecurityHeaders, secure=settings.secure_cookies)
    app.add_exception_handler(SignInNeeded, _needs_sign_in)
    app.add_exception_handler(StaleForm, _stale_form)
    app.add_exception_handler(HTTPException, show_fault)
    app.add_exception_handler(RequestValidationError, show_fault)
    app.add_exception_handler(AwaseError, show_fault)
    # Before the pages, so that no page's pattern is tried for its requests.
    app.mount(API.rstrip("/"), create_api(api_services), name="api")
    for page in PAGES:
        # Not `include_router`, which hides the routes from the test that checks every one's rule.
        app.router.routes.extend(page.routes)
    folder = str(resources.files("serving.web").joinpath("static"))
    app.mount("/static", _Static(directory=folder), name="static")
    return app


class _Static(StaticFiles):
    """Files that caches may keep for as long as their path stays the same."""

    async def get_response(self, path: str, scope: object) -> Response:
        response = await super().get_response(path, scope)  # type: ignore[arg-type]
        if response.status_code < 400:
            response.headers["Cache-Control"] = f"public, max-age={STATIC_KEPT_SECONDS}, immutable"
        return response


async def _needs_sign_in(request: Request, _: Exception) -> Response:
    return await show_session_ended(request) or to_sign_in(request)


async def _stale_form(request: Request, fault: Exception) -> Response:
    # Who signs in has no page to load again: they get a new form instead.
    if request.url.path == "/sign-in":
        return RedirectResponse("/sign-in?why=no_cookie", status_code=303)
    return await show_fault(request, fault)


@router.page("/", name="home", roles=EVERYBODY)
def _home(page_request: Opened) -> Response:
    return RedirectResponse(first_page(page_request.user), status_code=303)


@router.page("/health", name="health", public=True)
async def _health() -> Response:
    """Say that the process answers, even while every thread is busy."""
    return JSONResponse({"status": "ok"})


@router.page("/ready", name="ready", public=True)
def _ready(request: Request) -> Response:
    """Say whether requests can be served: the database answers, and there is what decides.

    A refused release does not make it unready: the one before it keeps serving.
    """
    services: PageServices = request.app.state.services
    in_force_holder = services.in_force_holder
    try:
        with services.store.engine.connect() as connection:
            connection.execute(select(1))
        in_force = in_force_holder.current()
    except SQLAlchemyError:
        return JSONResponse({"status": "no database"}, status_code=503)
    except NotReady:
        return JSONResponse({"status": "no definition or release"}, status_code=503)
    refused = in_force_holder.refused is not None
    return JSONResponse(
        {"status": "ready", "release_id": in_force.release_id, "newer_release_refused": refused}
    )


def _life_of(services: PageServices) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Look for new champions and make reviews while it runs; write the last of the audit."""
    ahead = MadeAhead(services)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(services.in_force_holder.start)
        ahead.start()
        yield
        await run_in_threadpool(ahead.stop)
        await run_in_threadpool(services.in_force_holder.stop)
        await run_in_threadpool(services.writer.close)

    return life
