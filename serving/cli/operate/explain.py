"""``awase explain``: one lead's card, in either language."""

from typing import Annotated

import typer

from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_instant
from serving.cli.options import JsonOption, ShownLanguage, WorkspaceOption
from serving.cli.output.console import ONLY_READS, as_json, err, steps
from serving.cli.output.lead_card import show_card
from serving.decisions.inspect.explain_lead import explain_lead
from serving.decisions.suspension import current_suspension
from serving.reasons.card import as_data

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    lead: Annotated[str, typer.Argument(help="Id of the lead.")],
    lang: Annotated[ShownLanguage, typer.Option(help="Language of the words.")] = ShownLanguage.EN,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Instant to look from: 2026-04-01, 2026-04-01T09:00+09:00 or now.",
            show_default="that of the newest decision",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say why a lead qualifies or not, what to ask it next, and what moved since last time."""

    place = open_workspace(workspace)
    zone = place.definition().zone
    moment = None if as_of is None else parse_instant(as_of, zone)
    with steps(ONLY_READS) as step:
        card = explain_lead(place, lead, moment, progress=step)
    suspended = current_suspension(place.store())
    if suspended is not None and (moment is None or moment >= suspended.as_of):
        err.print(suspended.sentence.read(lang.value), markup=False, style="yellow")
    if json:
        as_json(as_data(card, lang.value, zone))
    else:
        show_card(card, lang.value, zone)
