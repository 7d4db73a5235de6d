"""``awase trial``: model and rulebook side by side, by lot: plan it, look at it, end it."""

from typing import Annotated

import typer

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.definition.trial import Counted
from serving.cli.agreement import open_workspace
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, say
from serving.cli.output.show_document import show_document
from serving.workspace.workspace import Workspace
from training.dataset.dataset import load_dataset
from training.reports.document.blocks import Document
from training.reports.document.formats import document_files
from training.reports.trial_document import plan_document
from training.trial.count import wait_seconds
from training.trial.follow import past_entries
from training.trial.plan import plan_trial

app = typer.Typer(
    help="Model and rulebook side by side, by lot: plan, status, end.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def trial() -> None:
    """Model and rulebook side by side, by lot: plan, status, end."""


@app.command("plan")
def plan(
    worthwhile: Annotated[
        float | None,
        typer.Option(help="Smallest difference worth having, per 100.", show_default="as agreed"),
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Share of the tested arm.", min=0.05, max=0.95)
    ] = None,
    counted: Annotated[
        Counted | None, typer.Option(help="Figure that decides.", show_default="as agreed")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say how many months a trial takes at this volume, for power 80 and 90 %."""

    place = open_workspace(workspace)
    definition = place.definition()
    agreed = definition.trial
    if worthwhile is None:
        if agreed is None:
            msg = (
                "a plan needs the smallest difference worth having; got none, and no trial is "
                "agreed. Give it as `awase trial plan --worthwhile 1.5`."
            )
            raise LeadDataError(msg)
        worthwhile = agreed.worthwhile
    figure: Counted = "outcomes_per_100_leads" if agreed is None else agreed.counted
    figure = counted or figure
    dataset = load_dataset(place.store(), definition, data_cutoff=None, seed=place.seed)
    found = plan_trial(
        past_entries(dataset, figure),
        share=share or (0.5 if agreed is None else agreed.tested.share),
        worthwhile=worthwhile,
        capacity=definition.hand_overs_per_month,
        wait_days=wait_seconds(definition) // DAY,
    )
    document = plan_document(found, figure, definition.zone)
    path = _write(place, "trial_plan", document)
    if json:
        as_json(found)
        return
    show_document(document)
    say(f"\nReport:  {path} (and .ja, .md)")


def _write(place: Workspace, name: str, document: Document) -> str:
    """Write a document into the reports of the workspace; gives the English page."""
    for file, content in document_files(name, document).items():
        place.report_path(file).write_bytes(content)
    return str(place.report_path(f"{name}.en.html"))
