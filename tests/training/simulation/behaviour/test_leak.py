"""The audit finds an attribute that sales fill in after the fact, and accuses no other."""

from pathlib import Path

import pytest

from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from serving.workspace.create import create_workspace
from training.dataset.dataset import load_dataset
from training.leakage.audit import audit_leakage
from training.simulation.behaviour.leak import ATTRIBUTE
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate


@pytest.mark.parametrize("leak", [True, False])
def test_only_what_knows_the_outcome_is_severe(tmp_path: Path, leak: bool) -> None:
    settings = CompanySettings(leads=2_000, months=12, leak=leak, truth_snapshots=0)
    write_company(simulate(settings), tmp_path / "exports")
    place = create_workspace(tmp_path / "place", tmp_path / "exports" / "lead_definition.yaml")
    definition = place.definition()
    store = place.store()
    import_files(
        store,
        sorted((tmp_path / "exports").glob("*.csv")),
        mapping=read_mapping(tmp_path / "exports" / "import.yaml", definition),
        definition=definition,
    )

    found = audit_leakage(load_dataset(store, definition, data_cutoff=None, seed=0))
    store.close()

    severe = {finding.column for finding in found if finding.severity == "severe"}
    assert severe == ({ATTRIBUTE} if leak else set())
    assert all(finding.blocks for finding in found if finding.severity == "severe")
