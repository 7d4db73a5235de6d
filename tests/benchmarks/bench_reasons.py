"""Reasons for one lead and for everybody, with a release like the demo's.

``make bench`` prints how long a lead takes from its row of the snapshot: probability and
contributions, the same with reasons in words, what to ask, and the whole card.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from features.definition import LeadDefinition, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from features.store.lead_tables import LeadTables
from serving.reasons.explainer import Explainer
from serving.reasons.similar.past_points import PastPoints
from serving.reasons.similar.similar import leads_at_level, nearest_leads
from serving.reasons.what_to_ask import what_to_ask
from serving.reasons.why_moved import take_row
from training.dataset.past_leads import load_past_leads
from training.model.release import Release, load_release
from training.retrain import RetrainSettings, retrain
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

SETTINGS = CompanySettings(leads=2_000, months=12, truth_snapshots=0)
N_LEADS = 100_000
CALLS = 300


def main() -> None:
    """Print one line per step, medians over ``CALLS`` calls."""
    with tempfile.TemporaryDirectory() as folder:
        release, definition, tables = make_release(Path(folder))
    measure(release, definition, tables)


def make_release(folder: Path) -> tuple[Release, LeadDefinition, LeadTables]:
    """A small company through import and retrain, in the default recipe."""
    exports = folder / "exports"
    write_company(simulate(SETTINGS), exports)
    definition = read_definition(exports / "lead_definition.yaml")
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    import_files(
        store,
        [exports],
        mapping=read_mapping(exports / "import.yaml", definition),
        definition=definition,
        rejects_file=folder / "rejects.csv",
    )
    settings = RetrainSettings(
        releases_dir=folder / "releases",
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
        by="bench",
    )
    report = retrain(store, definition, settings=settings)
    tables = store.read_tables()
    store.close()
    return load_release(Path(report.release_dir)), definition, tables


def measure(release: Release, definition: LeadDefinition, tables: LeadTables) -> None:
    """Time every step of one lead's card, and the points of everybody."""
    as_of = release.card.data_cutoff
    start = perf_counter()
    explainer = Explainer.of(release.fit, definition)
    built = perf_counter() - start
    dataset = load_past_leads(tables, definition, release=release, data_cutoff=as_of)
    past = PastPoints.of(dataset, explainer)
    one = tables_of(tables, str(tables.lead.column("lead_id")[17].as_py()))
    row = take_row(explainer, one, as_of=as_of)
    reasons = explainer.explain(row[None]).points.reasons[0]

    def in_words() -> object:
        explained = explainer.explain(row[None])
        feature_row = explainer.feature_row(row, as_of)
        return tuple(explainer.reasons(explained.points.reasons[0], feature_row))

    steps: dict[str, Callable[[], object]] = {
        "probability by LightGBM alone": lambda: release.probability(row[None]),
        "probability and contributions": lambda: explainer.explain(row[None]),
        "the same, with reasons in words": in_words,
        "what to ask": lambda: what_to_ask(
            explainer, row, reasons=reasons, past=past, cut_offs=release.cut_offs
        ),
        "level of past leads": lambda: leads_at_level(past, 0.2),
        "nearest past leads": lambda: nearest_leads(past, reasons),
        "the lead's row from its tables": lambda: take_row(explainer, one, as_of=as_of),
    }
    n_trees = sum(booster.num_trees() for booster in release.fit.boosters)
    table = Table(
        title=f"{n_trees} trees, {len(explainer.catalogue)} features, {len(dataset)} past"
    )
    table.add_column("step")
    table.add_column("median", justify="right")
    table.add_row("tables and words of a release, once", f"{built:.2f} s")
    for name, step in steps.items():
        table.add_row(name, f"{median(seconds(step)) * 1000:.3f} ms")
    many = dataset.matrix[np.random.default_rng(0).integers(0, len(dataset), N_LEADS)]
    everybody = f"{N_LEADS:,} leads, points by concept"
    table.add_row(everybody, f"{median(seconds(lambda: explainer.explain(many), calls=3)):.2f} s")
    Console().print(table)


def seconds(step: Callable[[], object], *, calls: int = CALLS) -> list[float]:
    """How long each of some calls took."""
    taken = []
    for _ in range(calls):
        start = perf_counter()
        step()
        taken.append(perf_counter() - start)
    return taken


def tables_of(tables: LeadTables, lead_id: str) -> LeadTables:
    """The rows of one lead."""
    return LeadTables(
        **{
            name: table.filter(pc.equal(table.column("lead_id"), lead_id))
            for name, table in vars(tables).items()
        }
    )


if __name__ == "__main__":
    main()
