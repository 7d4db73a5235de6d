"""Lists that somebody filtered, sorted and kept under a name: their own, on every device.

Kept among the results, one record a person: a few links need no table of their own.
"""

import json
from dataclasses import asdict, dataclass

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.store import Store
from features.store.results import read_finding, write_finding
from serving.web.access import EVERYBODY, PageRouter
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened, SentForm, own_path

router = PageRouter()

SAVED_VIEWS = "saved_views"
"""Kind of the record."""

MOST_VIEWS = 20
LONGEST_NAME = 60
LONGEST_PATH = 2_000
LISTS = ("/today", "/worklist")
"""Pages whose views can be kept."""


@dataclass(frozen=True, kw_only=True)
class SavedView:
    """A list under a name; ``path`` holds its filters."""

    name: str
    path: str


def read_views(store: Store, login: str) -> tuple[SavedView, ...]:
    """Read the views that somebody kept, oldest first."""
    found = read_finding(store, SAVED_VIEWS, login)
    return () if found is None else tuple(SavedView(**view) for view in json.loads(found.record))


@router.page("/views", name="save_view", roles=EVERYBODY, method="POST")
def save_view(page_request: Opened, form: SentForm) -> Response:
    """Keep a list under a name, in place of one of that name."""
    name, path = form.get("name", "").strip(), own_path(form.get("path", ""))
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadFields(("name",))
    if path.partition("?")[0] not in LISTS or len(path) > LONGEST_PATH:
        raise BadFields(("path",))
    store, login = page_request.services.store, page_request.user.login
    others = [view for view in read_views(store, login) if view.name != name]
    # The oldest makes room: who keeps a twenty-first wants the newest.
    _write(store, login, [*others, SavedView(name=name, path=path)][-MOST_VIEWS:])
    return RedirectResponse(path, status_code=303)


@router.page("/views/remove", name="remove_view", roles=EVERYBODY, method="POST")
def remove_view(page_request: Opened, form: SentForm) -> Response:
    """Forget a view."""
    store, login = page_request.services.store, page_request.user.login
    views = read_views(store, login)
    left = [view for view in views if view.name != form.get("name", "")]
    if len(left) == len(views):
        raise HTTPException(404)
    _write(store, login, left)
    return RedirectResponse(own_path(form.get("next", "/")), status_code=303)


def _write(store: Store, login: str, views: list[SavedView]) -> None:
    record = json.dumps([asdict(view) for view in views], ensure_ascii=False)
    write_finding(store, SAVED_VIEWS, login, record=record)
