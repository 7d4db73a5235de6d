"""A review as one page that needs nothing beside itself: no script, no address, charts as SVG.

Both languages are in it; which one shows is a radio button that the stylesheet reads, so that the
file works from a mail as well as from a disk, and prints what is shown.
"""

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from features.core.text import LANGUAGES, Language
from serving.review.render.report import ReviewReport
from serving.review.render.view import View

LANGUAGE_NAMES: dict[Language, str] = {"ja": "日本語", "en": "English"}


def as_html(
    sheet: ReviewReport, language: Language, *, languages: tuple[Language, ...] = LANGUAGES
) -> str:
    """Render the review as an HTML file.

    Parameters
    ----------
    sheet : ReviewReport
    language : {"ja", "en"}
        Shown first.
    languages : tuple of {"ja", "en"}
        Those in the file.
    """
    return (
        _environment()
        .get_template("file.html")
        .render(
            sheet=sheet,
            first=language,
            views=[View(language=one, zone=sheet.zone) for one in languages],
            names=LANGUAGE_NAMES,
            style=Markup(_style()),
        )
    )


@cache
def _style() -> str:
    return resources.files("serving.review").joinpath("templates", "file.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("serving.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
