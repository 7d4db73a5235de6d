"""Cards compare a lead with past ones; who was forgotten is none of them."""

import shutil
from pathlib import Path

import numpy as np

from features.store.releases import read_champion
from serving.decisions.inspect.erase_lead import forget
from serving.workspace.workspace import Workspace
from training.dataset.past_leads import PastLeads


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
    )
    path = workspace.past_leads_path(champion.release_id)
    for place in (path, path.with_name("an-older-release.npz")):
        rows.write(place)

    forget(workspace, store.read_table("lead")["lead_id"][0].as_py(), by="test")

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert len(PastLeads.read(path)) == 0
