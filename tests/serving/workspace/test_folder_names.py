"""Folders are called as people like: a workspace is found there, or refused and nothing made."""

from pathlib import Path

import pytest

from features.store import Store
from features.store.sqlite_url import sqlite_path, sqlite_url


@pytest.mark.parametrize("name", ["100% ours", "#1", "why?"])
def test_a_folder_that_mlflow_would_misread_is_refused(awase, tmp_path: Path, name: str) -> None:
    told = awase("init", tmp_path / name)

    assert told.returncode == 1
    assert "must hold none of % # ?" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_database_is_in_the_folder_that_was_named(awase, tmp_path: Path) -> None:
    folder = tmp_path / "nobody's A&B; (\u4f55)"
    assert awase("init", folder).returncode == 0

    assert awase("user", "list", "-w", folder).returncode == 0

    assert (folder / "awase.db").is_file()
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("name", ["a b", "50%25", "50%", "#1?x=y", "\u4f55"])
def test_an_address_leads_to_its_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.db"

    Store.open(sqlite_url(path)).close()

    assert path.is_file()
    assert sqlite_path(sqlite_url(path)) == path
