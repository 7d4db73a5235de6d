"""A document as one page that needs nothing beside itself: no script, no address, charts as SVG.

Both languages are in it; which one shows is a radio button that the stylesheet reads, so that the
file works from a mail as well as from a disk, and prints what is shown.
"""

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from features.core.text import LANGUAGES, Language
from training.reports.document.blocks import Document
from training.reports.document.view import View

LANGUAGE_NAMES: dict[Language, str] = {"ja": "日本語", "en": "English"}


def as_html(
    document: Document, language: Language, *, languages: tuple[Language, ...] = LANGUAGES
) -> str:
    """Render a document as an HTML file.

    Parameters
    ----------
    document : Document
    language : {"ja", "en"}
        Shown first.
    languages : tuple of {"ja", "en"}
        Those in the file.
    """
    return (
        _environment()
        .get_template("file.html")
        .render(
            document=document,
            first=language,
            views=[View(language=one, zone=document.zone) for one in languages],
            names=LANGUAGE_NAMES,
            style=Markup(_style()),
        )
    )


@cache
def _style() -> str:
    return (
        resources.files("training.reports.document")
        .joinpath("templates", "file.css")
        .read_text("utf-8")
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("training.reports.document"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
