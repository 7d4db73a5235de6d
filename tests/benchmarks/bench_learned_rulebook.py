"""A learned rulebook on the simulated company: how long it takes, and what it recovers.

The opponents are today's rulebook and the model, at equal volumes, later in time.
"""

import tempfile
import time
from pathlib import Path

from features.definition import read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from training.dataset.dataset import Dataset, load_dataset
from training.learned_rulebook import Constraints, propose_rulebook
from training.model.fit import fit
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.train.train import training_rows_of

SEEDS = (CompanySettings().seed, 1, 2)
"""Simulated companies; one alone may be lucky."""


def company_dataset(folder: Path, seed: int) -> Dataset:
    """The company's files through the ordinary import."""
    write_company(simulate(CompanySettings(seed=seed, truth_snapshots=0)), folder)
    definition = read_definition(folder / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    files = sorted(folder.glob("*.csv"))
    mapping = read_mapping(folder / "import.yaml", definition)
    import_files(store, files, mapping=mapping, definition=definition)
    dataset = load_dataset(store, definition, data_cutoff=None, seed=0)
    store.close()
    return dataset


def main() -> None:
    """Print the table, a company after another."""
    for seed in SEEDS:
        propose_for(seed)


def propose_for(seed: int) -> None:
    """One company's proposal beside today's rulebook and the model."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = company_dataset(Path(folder), seed)
    split = dataset.split
    tested = fit(training_rows_of(dataset, split.train, known_before=split.test_from)).model
    begun = time.perf_counter()
    found = propose_rulebook(dataset, tested, Constraints())
    seconds = time.perf_counter() - begun
    n_rules = len(found.proposal.definition.rulebook.rules)
    print(
        f"seed {seed}: {n_rules} rules of {found.proposal.n_candidates} tried, "
        f"{len(split.train):,} snapshots; replay and intervals included: {seconds:.1f} s"
    )
    print("outcomes caught    volume   today  proposed   model  recovered")
    for at in found.recoveries:
        share = (
            "undefined"
            if at.recovered is None
            else (f"{at.recovered.value:.0%} ({at.recovered.low:.0%} to {at.recovered.high:.0%})")
        )
        print(
            f"  {at.volume:<12} {at.n_handed_over:>10,} {at.today_caught:>7.0f} "
            f"{at.proposed_caught:>9.0f} {at.model_caught:>7.0f}  {share}"
        )


if __name__ == "__main__":
    main()
