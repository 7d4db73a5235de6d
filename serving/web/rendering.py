"""From a page's record to HTML: the frame around every page, words, and Jinja.

Every template gets ``page`` (a frozen record of its own module), ``frame``, ``w`` (the fixed words
in the visitor's language), ``say`` (reads a Text), ``show`` (figures) and ``lead_path``; a name
that is not there is an error, not an empty place.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse

from features.core.text import LANGUAGES, Language, Text
from serving.ledger.access.users import Role
from serving.web.access import may_open
from serving.web.figures import Figures
from serving.web.links import lead_path
from serving.web.request.flash import FlashMessage
from serving.web.request.session import Session
from serving.web.words.page_words import LANGUAGE_NAMES, PAGE_WORDS, ROLE_NAMES

STYLE = "awase.css"

MENU = (
    ("manager_home", "/home"),
    ("today", "/today"),
    ("worklist", "/worklist"),
    ("review", "/review"),
    ("proposals", "/proposals"),
    ("trial", "/trial"),
    ("definition", "/definition"),
    ("people", "/people"),
)
"""Route and path of what the top of every page leads to."""


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """A page the visitor may open."""

    route: str
    path: str
    label: Text
    here: bool


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around every page.

    Attributes
    ----------
    here : str
        Path and query of this page, to come back to after the language is switched.
    done : FlashMessage or None
        What the visitor just did.
    notices : tuple of Text
        What the visitor must know before they read the page.
    style : str
        Path of the stylesheet, with its version.
    """

    language: Language
    languages: tuple[tuple[Language, str], ...]
    menu: tuple[MenuItem, ...]
    here: str
    form_token: str
    user_name: str | None
    role_name: Text | None
    done: FlashMessage | None
    notices: tuple[Text, ...]
    style: str


@dataclass(frozen=True, kw_only=True)
class Around:
    """Of one page: its path and query, what was just done, and what everybody must know."""

    here: str
    done: FlashMessage | None = None
    notices: tuple[Text, ...] = ()


@cache
def page_text(language: Language) -> SimpleNamespace:
    """The fixed words of pages in one language, by name; an unknown name is an error."""
    return SimpleNamespace(**{name: words.read(language) for name, words in PAGE_WORDS.items()})


def render(
    template: str,
    page: object,
    *,
    session: Session,
    around: Around,
    show: Figures,
    status: int = 200,
) -> HTMLResponse:
    """Render a page as a response.

    Parameters
    ----------
    template : str
        File name of the template.
    page : object
        Frozen record that the template reads as ``page``.
    session : Session
        Gives the language and the signed-in user.
    around : Around
        What the frame around the page shows.
    show : Figures
        Writes figures in the session's language.
    status : int
        HTTP status.
    """
    context: dict[str, Any] = {
        "page": page,
        "frame": _frame(session, around),
        "w": page_text(session.language),
        "say": lambda text: text.read(session.language),
        "show": show,
    }
    return HTMLResponse(_environment().get_template(template).render(context), status_code=status)


def _frame(session: Session, around: Around) -> Frame:
    role = None if session.user is None else session.user.role
    return Frame(
        language=session.language,
        languages=tuple((language, LANGUAGE_NAMES[language]) for language in LANGUAGES),
        menu=_menu(role, around.here.partition("?")[0]) if role is not None else (),
        here=around.here,
        form_token=session.form_token,
        user_name=None if session.user is None else session.user.name,
        role_name=None if role is None else ROLE_NAMES[role],
        done=around.done,
        notices=around.notices,
        style=static_path(STYLE),
    )


def _menu(role: Role, path: str) -> tuple[MenuItem, ...]:
    return tuple(
        MenuItem(route=route, path=to, label=PAGE_WORDS[route], here=path.startswith(to))
        for route, to in MENU
        if may_open(route, role)
    )


@cache
def static_path(name: str) -> str:
    """Path of a static file; its version changes with its content, so that caches may keep it."""
    content = resources.files("serving.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("serving.web"),
                # A document looks the same on a page and in a file.
                PrefixLoader({"document": PackageLoader("training.reports.document")}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"lead_path": lead_path}
    return environment
