"""Desks: a folder, a store and the mapping between them."""

from pathlib import Path

import pytest

from features.definition import LeadDefinition
from features.store import Store
from tests.features.importing.desk import Desk


@pytest.fixture
def desk(store: Store, tmp_path: Path, every_kind: LeadDefinition) -> Desk:
    """On both databases."""
    return Desk(folder=tmp_path, store=store, definition=every_kind)


@pytest.fixture
def small_desk(sqlite_url: str, tmp_path: Path, every_kind: LeadDefinition) -> Desk:
    """On SQLite alone, where the database makes no difference."""
    return Desk(folder=tmp_path, store=Store.open(sqlite_url), definition=every_kind)
