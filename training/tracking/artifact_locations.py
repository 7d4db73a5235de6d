"""Where MLflow keeps artifacts: beside its database, wherever both have been moved to.

MLflow writes absolute addresses into its database. A workspace that was copied, moved or restored
would go on reading from, and writing into, the folder it was copied from.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from features.store.sqlite_url import sqlite_path

EXPERIMENT = "awase"
FOLDER = "mlflow"

_LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Columns of MLflow's tables that hold addresses of artifacts."""


def artifacts_beside(tracking_uri: str) -> str | None:
    """Address of the artifacts of a local MLflow database; None for a server, which decides."""
    database = sqlite_path(tracking_uri)
    return None if database is None else (database.parent / FOLDER).as_uri()


def settle_artifacts(tracking_uri: str) -> None:
    """Bring the addresses in a local MLflow database up to date, if it has been moved.

    Artifacts that somebody keeps elsewhere on purpose stay there.

    Parameters
    ----------
    tracking_uri : str
    """
    database, here = sqlite_path(tracking_uri), artifacts_beside(tracking_uri)
    if database is None or here is None or not database.is_file():
        return
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        known = _columns_of(connection)
        if ("experiments", "artifact_location") not in known:
            return
        query = "SELECT artifact_location FROM experiments WHERE name = ?"
        found = connection.execute(query, (EXPERIMENT,)).fetchone()
        if found is None or not _was_moved(found[0], here):
            return
        with connection:
            for table, column in _LOCATIONS:
                if (table, column) in known:
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?)"
                        f" WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                        (here, len(found[0]) + 1, found[0], len(found[0]) + 1, f"{found[0]}/"),
                    )


def _was_moved(recorded: str, here: str) -> bool:
    address = urlsplit(recorded)
    if recorded == here or address.scheme != "file" or Path(address.path).name != FOLDER:
        return False
    return Path(unquote(urlsplit(here).path)).is_dir() or not Path(unquote(address.path)).exists()


def _columns_of(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    query = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
    return set(connection.execute(query))
