"""How often drift is found where nothing moved, and how soon where something did.

This is the warrant of the thresholds in :mod:`training.drift.drift`. Each line is one simulated
company, looked at after every month from the tenth on: first companies whose world stays as it is,
then ones in which it changes at the start of the fifteenth month.

Run: python -m tests.benchmarks.bench_drift_false_alarms [LEADS]
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from features.core.clock import start_of_day
from features.definition import read_definition
from features.store import Store
from serving.cli.data.import_files import run_import
from serving.workspace.create import create_workspace
from training.dataset.dataset import load_dataset
from training.drift.drift import find_drift
from training.model.fit import fit
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings, Drift
from training.simulation.simulation import simulate
from training.train.train import training_rows_of

MONTHS, CHANGED_AT, FIRST_LOOK = 18, 14, 11
SEEDS = (1, 2, 3)
CHANGE = Drift(month=CHANGED_AT, hazard_factor=0.6, social_share=0.3, size_factor=10.0)
TREES = 40
"""A short fit: only the checks of outcomes read it."""


def main() -> None:
    """Print the findings of each month of each company."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    for change in (None, CHANGE):
        title = "nothing moves" if change is None else f"changes in month {CHANGED_AT + 1}"
        for seed in SEEDS:
            settings = CompanySettings(
                leads=leads, months=MONTHS, seed=seed, drift=change, truth_snapshots=0
            )
            found = _look_monthly(settings)
            told = ", ".join(f"{month}: {'; '.join(n) or '-'}" for month, n in found.items())
            print(f"{title}, seed {seed}: {told}", flush=True)


def _look_monthly(settings: CompanySettings) -> dict[int, list[str]]:
    with tempfile.TemporaryDirectory() as name:
        exports = Path(name) / "exports"
        write_company(simulate(settings), exports)
        place = create_workspace(Path(name), exports / "lead_definition.yaml")
        run_import(place, [exports], mapping=exports / "import.yaml")
        store = place.store()
        looks = range(FIRST_LOOK, MONTHS + 1)
        return {month: _look(store, place.definition_path, settings, month) for month in looks}


def _look(store: Store, definition_path: Path, settings: CompanySettings, month: int) -> list[str]:
    definition = read_definition(definition_path)
    cutoff = start_of_day(settings.month(month), definition.zone)
    dataset = load_dataset(store, definition, data_cutoff=cutoff, seed=0)
    split = dataset.split
    training_rows = training_rows_of(dataset, split.train, known_before=split.test_from)
    quick = replace(training_rows.recipe, most_trees=TREES)
    model = fit(replace(training_rows, recipe=quick)).model
    findings = find_drift(dataset, model, unseen_from=split.test_from)
    return [f"{finding.name} ({finding.kind})" for finding in findings]


if __name__ == "__main__":
    main()
