"""The short way from a company to its lead tables gives what the way through files gives."""

from pathlib import Path

import numpy as np

from features.catalogue import build_catalogue
from features.definition import read_definition
from features.families.category_levels import fit_levels
from features.history import History
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.snapshot import Snapshot, take_snapshot
from features.store import Store
from features.store.lead_tables import LeadTables
from training.dataset.groups import account_groups
from training.dataset.outcomes import observe_outcomes
from training.dataset.snapshot_grid import grid_moments
from training.simulation.company import SimulatedCompany
from training.simulation.records.lead_tables import lead_tables


def test_every_cell_and_outcome_is_that_of_an_import(
    exports: Path, company: SimulatedCompany, tmp_path: Path
) -> None:
    definition = read_definition(exports / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    mapping = read_mapping(exports / "import.yaml", definition)
    files = sorted(exports.glob("*.csv"))
    import_files(store, files, mapping=mapping, definition=definition)
    imported, direct = store.read_tables(), lead_tables(company)
    store.close()

    def look(tables: LeadTables) -> tuple[Snapshot, np.ndarray, np.ndarray]:
        history = History.from_tables(tables, definition)
        cutoff = company.data_cutoff
        moments = grid_moments(tables, history, definition, until=cutoff)
        catalogue = build_catalogue(definition, fit_levels(history, definition, cutoff))
        outcomes = observe_outcomes(
            tables, history, moments, definition=definition, data_cutoff=cutoff
        )
        groups = account_groups(history, definition)[moments.lead]
        return take_snapshot(history, catalogue, moments), outcomes.converted, groups

    through_files, converted, groups = look(imported)
    short, short_converted, short_groups = look(direct)

    assert len(short.moments) > 1000
    np.testing.assert_array_equal(short.moments.as_of, through_files.moments.as_of)
    np.testing.assert_array_equal(short.matrix, through_files.matrix)
    np.testing.assert_array_equal(short_converted, converted)
    # The same leads share an account, whatever number the account has.
    pairs = len(np.unique(np.column_stack([groups, short_groups]), axis=0))
    assert pairs == len(np.unique(groups)) == len(np.unique(short_groups))
