"""Cards compare a lead with past ones; who was forgotten is none of them."""

import gc
import shutil
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest

from features.store.releases import read_champion
from serving.decisions.inspect.erase_lead import forget
from serving.web.services import PageServices
from serving.web.web_settings import WebSettings
from serving.workspace.workspace import Workspace
from tests.faults.trained import run_awase, trained
from training.dataset.past_leads import PastLeads

__all__ = ["trained"]


def test_no_row_of_a_forgotten_lead_is_compared_with(company: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(company, folder)
    workspace = Workspace.at(folder)
    store = workspace.store()
    champion = read_champion(store)
    assert champion is not None
    # The small company has no past leads that its tested fit had not seen: these were put here.
    rows = PastLeads(
        release_id=champion.release_id,
        lead=np.array([0, 1]),
        as_of=np.array([1_700_000_000, 1_700_000_000]),
        converted=np.array([True, False]),
        probability=np.array([0.5, 0.1]),
        matrix=np.ones((2, 3)),
        added=np.empty((2, 0)),
    )
    path = workspace.past_leads_path(champion.release_id)
    for place in (path, path.with_name("an-older-release.npz")):
        rows.write(place)

    forget(workspace, store.read_table("lead")["lead_id"][0].as_py(), by="test")

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert len(PastLeads.read(path)) == 0


def test_a_running_server_lets_go_of_the_rows_of_a_forgotten_lead(
    company: Path, tmp_path: Path
) -> None:
    workspace = Workspace.at(shutil.copytree(company, tmp_path / "workspace"))
    services = PageServices(workspace, WebSettings())
    champion = read_champion(services.store)
    assert champion is not None
    release_id = champion.release_id
    n_features = services.card_maker(release_id).release.fit.n_features
    PastLeads(
        release_id=release_id,
        lead=np.array([0, 1]),
        as_of=np.array([1_700_000_000, 1_700_000_000]),
        converted=np.array([True, False]),
        probability=np.array([0.5, 0.1]),
        matrix=np.ones((2, n_features)),
        added=np.empty((2, 0)),
    ).write(workspace.past_leads_path(release_id))
    shown = services.card_maker(release_id).past
    assert shown is not None
    assert len(shown.past) == 2

    forget(workspace, services.store.read_table("lead")["lead_id"][0].as_py(), by="test")

    after, before = services.card_maker(release_id).past, weakref.ref(shown)
    del shown
    gc.collect()
    assert len(after.past) == 0
    assert before() is None
    services.store.close()


@pytest.mark.long
def test_no_byte_of_a_workspace_that_has_learned_names_a_forgotten_person(
    trained: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(trained, tmp_path / "workspace")
    for words in (("score",), ("review", "--month", "2025-01")):
        run_awase(*words, "-w", folder)
    lead_id = "L00010"
    assert lead_id.encode() in (folder / "awase.db").read_bytes()

    run_awase("forget", lead_id, "--yes", "-w", folder)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"mlflow", "mlflow.db", "past_leads", "releases", "reports"} <= {
        path.relative_to(folder).parts[0] for path in files
    }
    naming = [path.name for path in files if _names(_unpacked(path), lead_id)]
    assert naming == []
    other = [path.name for path in files if _names(_unpacked(path), "L00011")]
    assert "awase.db" in other


def _names(content: bytes, lead_id: str) -> bool:
    return any(word.encode() in content for word in (lead_id, f"Hanako {lead_id}"))


def _unpacked(path: Path) -> bytes:
    """A file's bytes, and those of what is packed in it."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        return b"".join(packed.read(name) for name in packed.namelist())
