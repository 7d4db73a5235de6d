"""``awase release diff``: what another release would change."""

from typing import Annotated

import typer

from features.core.clock import to_second
from features.core.errors import LeadDataError
from features.data_clock import clock_of
from features.history import History
from features.store import Store
from features.store.arrivals import known_until
from serving.cli.options import ReleaseName, ShownLanguage, WorkspaceOption
from serving.cli.output.show_document import show_document
from serving.decisions.score_leads import open_leads
from serving.ledger.leads.lead_state import newest_as_of
from serving.review.labels import Labels
from serving.workspace.workspace import Workspace
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.model.release import Release, load_release
from training.promotion.release_list import find_release
from training.promotion.requalified import requalify
from training.reports.release_diff import release_diff
from training.results.requalified_records import Requalification

app = typer.Typer(add_completion=False)


@app.command("diff")
def diff(
    before: ReleaseName,
    after: ReleaseName,
    lang: Annotated[ShownLanguage, typer.Option(help="Language of the words.")] = ShownLanguage.EN,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what differs between two releases, and what that means for the open leads."""

    place = Workspace.at(workspace)
    store, definition = place.store(), place.definition()
    old, new = (
        load_release(place.releases_dir / find_release(store, name).release_id)
        for name in (before, after)
    )
    report = release_diff(
        old,
        new,
        zone=definition.zone,
        words=Labels(definition).named,
        moved=_requalified(place, store, old, new),
    )
    show_document(report, lang.value)


def _requalified(
    place: Workspace, store: Store, old: Release, new: Release
) -> Requalification | None:
    """What both say of the leads that the newest decisions are about; None where they cannot."""
    definition, tables = place.definition(), store.read_tables()
    with store.engine.connect() as connection:
        newest = newest_as_of(connection)
    clock = clock_of(tables, definition, known_until=known_until(store))
    as_of = clock.reach if newest is None else to_second(newest)
    history = History.from_tables(tables, definition)
    moments = open_leads(
        tables, history, definition, as_of=as_of if definition.dated else UNDATED_AS_OF
    )
    try:
        return requalify(old, new, history=history, definition=definition, moments=moments)
    except LeadDataError:  # one of them reads inputs that the definition in force does not give
        return None
