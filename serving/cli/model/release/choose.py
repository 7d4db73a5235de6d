"""``awase release promote`` and ``rollback``: a person's word on which release decides."""

import getpass
from typing import Annotated

import typer

from serving.cli.options import ReleaseName, WorkspaceOption
from serving.cli.output.console import say
from serving.decisions.in_force.apply import keep_past_leads, terms_in_force
from serving.workspace.workspace import Workspace
from training.promotion.promote import Moved, Mover, roll_back
from training.promotion.promote import promote as make_champion
from training.promotion.release_list import find_release

app = typer.Typer(add_completion=False)

WhyOption = Annotated[str, typer.Option("--why", help="Why; goes into the ledger.")]


@app.command("promote")
def promote(
    name: ReleaseName,
    why: WhyOption,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Promote although the gate refused it.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a release the champion by a person's word."""

    place = Workspace.at(workspace)
    store = place.store()
    moved = make_champion(
        store,
        find_release(store, name).release_id,
        mover=_mover(place, why),
        despite_gate=despite_gate,
        agreement=terms_in_force(place, store),
    )
    _show_moved(place, moved)


@app.command("rollback")
def rollback(why: WhyOption, workspace: WorkspaceOption = None) -> None:
    """Put the champion before this one back to work."""

    place = Workspace.at(workspace)
    store = place.store()
    agreement = terms_in_force(place, store)
    _show_moved(place, roll_back(store, mover=_mover(place, why), agreement=agreement))


def _show_moved(place: Workspace, moved: Moved) -> None:
    """Say which release is the champion now, and whose cut-offs it has."""
    if moved.release_id != moved.chosen:
        number = place.in_force().version.number
        keep_past_leads(place, moved.chosen, moved.release_id)
        say(
            f"Version {number} of the agreement stays in force: with its cut-offs {moved.chosen} "
            f"is release {moved.release_id}. To go back in the agreement: awase definition revert."
        )
    if moved.changed:
        say(f"Release {moved.release_id} is the champion.")
    else:
        say(f"Release {moved.release_id} is the champion already: nothing was changed.")
    if not moved.mirrored:
        say(
            "MLflow did not answer: its alias still names the release before. The next retrain, or "
            "the same command again, mends that."
        )


def _mover(place: Workspace, why: str) -> Mover:

    return Mover(
        releases_dir=place.releases_dir,
        tracking_uri=place.tracking_uri,
        by=getpass.getuser(),
        why=why,
    )
