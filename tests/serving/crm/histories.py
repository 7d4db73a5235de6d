"""Stores that a pull fills, made empty quickly, and their rows by the records leads are now."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from features.store import Store
from features.store.schema import (
    METADATA,
    event,
    fact,
    hand_over,
    lead,
    lead_external_id,
    outcome,
    person,
)

COMPARED = (lead, person, fact, event, outcome, hand_over)

Rows = dict[str, set[tuple[Any, ...]]]


class Stores:
    """Empty stores, again and again: one of the database asked for, others in files.

    Each name keeps one store, which compiles its statements once.
    """

    def __init__(self, folder: Path, url: str | None) -> None:
        self.folder, self.url = folder, url
        self.empty = folder / "empty.db"
        Store.open(f"sqlite:///{self.empty}").close()
        self.kept: dict[str, Store] = {}

    @contextmanager
    def opened(self, name: str) -> Iterator[Store]:
        if self.url is not None and name == "incremental":
            store = self._store(name, self.url)
            with store.engine.begin() as connection:
                names = ", ".join(f'"{table}"' for table in METADATA.tables)
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        else:
            path = self.folder / f"{name}.db"
            for old in self.folder.glob(f"{name}.db*"):
                old.unlink()
            shutil.copy(self.empty, path)
            store = self._store(name, f"sqlite:///{path}")
        try:
            yield store
        finally:
            # A store that was closed opens its connections anew.
            store.close()

    def _store(self, name: str, url: str) -> Store:
        if name not in self.kept:
            self.kept[name] = Store.open(url)
        return self.kept[name]


def rows_of(store: Store, vendor: str, current: Callable[[str], str]) -> Rows:
    """Rows by table, with leads by the record that they are in the CRM now."""
    with store.engine.connect() as connection:
        ids = select(lead_external_id.c.lead_id, lead_external_id.c.external_id)
        known = connection.execute(ids.where(lead_external_id.c.vendor == vendor)).all()
        name = {lead_id: current(record) for lead_id, record in known}
        return {
            table.name: {
                tuple(_plain(key, value, name) for key, value in row.items())
                for row in connection.execute(select(table)).mappings()
            }
            for table in COMPARED
        }


def _plain(column: str, value: Any, name: dict[str, str]) -> Any:
    if column == "lead_id":
        return name.get(value, value)
    if column == "event_id":
        return "/".join(name.get(part, part) for part in str(value).split("/"))
    # Who told it first is no matter.
    return None if column == "arrival" else value
