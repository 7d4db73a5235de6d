"""``awase drift``: what moved since the champion learned, the most consequential first."""

from typing import Annotated

import typer

from features.errors import LeadDataError
from serving.cli.console import as_json, heading, say
from serving.cli.main import app
from serving.cli.options import JsonOption, WorkspaceOption, parse_instant


@app.command()
def drift(
    data_cutoff: Annotated[
        str | None,
        typer.Option(
            help="Instant up to which the tables are complete.",
            show_default="the newest thing in the tables",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what moved between what the champion learned from and the newest data."""
    from serving.score_leads import load_champion
    from serving.workspace import Workspace
    from training.drift import find_drift
    from training.gathered import gather

    place = Workspace.at(workspace)
    store, definition = place.store(), place.definition()
    champion = load_champion(store, place)
    if champion is None:
        msg = "drift is measured from a champion; got none. Make one with `awase retrain`."
        raise LeadDataError(msg)
    cutoff = None if data_cutoff is None else parse_instant(data_cutoff, definition.zone)
    gathered = gather(store, definition, data_cutoff=cutoff, seed=place.seed)
    findings = find_drift(gathered, champion.fit, unseen_from=champion.card.trained_until + 1)
    if json:
        as_json(findings)
        return
    heading(f"Since release {champion.release_id} learned")
    for finding in findings:
        say(f"  {finding.sentence.en}")
    if not findings:
        say("  Nothing moved more than it usually does from month to month.")
