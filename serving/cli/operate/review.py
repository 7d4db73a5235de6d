"""``awase review``: the monthly review of both teams, as a file to take away."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from features.core.progress import Progress, ignore_progress
from features.core.text import Language, both_from
from serving.cli.options import ShownLanguage, WorkspaceOption, ends_in
from serving.cli.output.console import heading, say, steps
from serving.decisions.in_force.apply import load_champion
from serving.review.make_review import make_review
from serving.review.month import Month, parse_month
from serving.review.review_document import REVIEW_FORMATS, review_document
from serving.workspace.workspace import Workspace
from training.reports.document.blocks import Document


class ReviewFormat(StrEnum):
    """What a review is written as."""

    HTML = "html"
    XLSX = "xlsx"
    PDF = "pdf"
    MD = "md"


app = typer.Typer(add_completion=False)


@app.command()
def review(
    month: Annotated[str, typer.Option(help="Month to look at, as 2026-03.")],
    form: Annotated[
        ReviewFormat | None,
        typer.Option("--format", help="What to write.", show_default="as --output ends, or html"),
    ] = None,
    lang: Annotated[
        ShownLanguage,
        typer.Option(help="Language of the words; an HTML file holds both."),
    ] = ShownLanguage.EN,
    both: Annotated[
        bool, typer.Option("--both", help="Write both languages, the one of --lang first.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write.",
            show_default="reports/review-MONTH in the workspace",
            callback=ends_in(*(f".{kind.value}" for kind in ReviewFormat)),
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make the review of a month and write it as a file."""

    written = _form(form, output)
    place = Workspace.at(workspace)
    wanted = parse_month(month)
    path = output or place.report_path(f"review-{wanted.name}.{written.value}")
    languages = both_from(lang.value) if both else (lang.value,)
    with steps("The review made before is still there.") as step:
        document = write_review(place, wanted, path=path, languages=languages, progress=step)
    heading(document.title.read(lang.value))
    for part in document.sections:
        for line in part.lines:
            say(f"  {line.read(lang.value)}")
    say(f"\nWritten to {path}")


def write_review(
    place: Workspace,
    month: Month,
    *,
    path: Path,
    languages: Sequence[Language] = ("en",),
    progress: Progress = ignore_progress,
) -> Document:
    """Make the review of a month and write it to a file, by its ending.

    Parameters
    ----------
    place : Workspace
    month : Month
    path : path
        Its ending is one of :class:`ReviewFormat`.
    languages : sequence of {"ja", "en"}
        Which it holds, in this order; an HTML file holds both.
    progress : callable
        Told how far it is.
    """
    store, definition = place.store(), place.definition()
    found = make_review(
        store, definition, month, release=load_champion(store, place), progress=progress
    )
    document = review_document(store, definition, found)
    form = path.suffix.lower().removeprefix(".")
    write_whole_file(path, REVIEW_FORMATS[form](document, languages))
    return document


def _form(asked: ReviewFormat | None, output: Path | None) -> ReviewFormat:
    """What to write: as the file's name says, which must not contradict what was asked for."""
    if output is None:
        return asked or ReviewFormat.HTML
    named = ReviewFormat(output.suffix.lower().removeprefix("."))
    if asked not in (None, named):
        msg = (
            f"the file must end as --format says; got {asked.value} and {output.name}. "
            "Leave one of them out."
        )
        raise typer.BadParameter(msg)
    return named
