"""The agreement as every command meets it: an edited file is noticed, and adopted on request.

No command adopts an edited lead_definition.yaml by itself: a file may be half edited when the
nightly run starts, and every version has a reason that somebody gives. Commands go on with the
version in force and say so.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

from serving.cli.output.console import err
from serving.decisions.in_force.written_file import file_notice
from serving.workspace.workspace import Workspace
from training.tracking.artifact_locations import settle_artifacts


def open_workspace(folder: Path | None) -> Workspace:
    """The workspace of a command, wherever it was moved; said where its file does not decide.

    Parameters
    ----------
    folder : path or None
    """

    place = Workspace.at(folder)
    with suppress(sqlite3.Error):  # read-only, or no database of MLflow: a retrain says so
        settle_artifacts(place.tracking_uri)
    store = place.store()
    try:
        notice = file_notice(place, place.agreed_versions(store))
    finally:
        store.close()
    if notice is not None:
        err.print(notice.en, markup=False)
    return place
