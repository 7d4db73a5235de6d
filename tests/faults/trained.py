"""A workspace that has learned: with people, a champion, past leads and MLflow's files."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from features.store.schema import PERSON
from serving.workspace.create import create_workspace
from tests.training.conftest import DEFINITION, make_company_tables

N_LEADS, N_MONTHS = 300, 14


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company that has learned once, two months ago."""
    return make_trained(tmp_path_factory.mktemp("trained"))


def make_trained(folder: Path) -> Path:
    """Make one in a folder; its database is the one that the environment names."""
    (folder / "definition.yaml").write_text(DEFINITION, encoding="utf-8")
    store = create_workspace(folder / "base", folder / "definition.yaml").store()
    tables = make_company_tables(N_LEADS, N_MONTHS, 1.0)
    people = [
        {"lead_id": lead_id, "name": f"Hanako {lead_id}", "email": f"{lead_id}@example.com"}
        for lead_id in tables.lead.column("lead_id").to_pylist()
    ]
    store.write(tables, pa.Table.from_pylist(people, PERSON))
    store.close()
    run_awase("retrain", "--data-cutoff", "2024-12-26", "-w", folder / "base")
    return folder / "base"


def run_awase(*words: str | Path) -> str:
    """Run a command in a process of its own; gives what it printed."""
    done = subprocess.run(
        [Path(sys.executable).with_name("awase"), *words],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    return done.stdout
