"""What is learned from and what is asked, case by case: public data sets.

A public data set is added by a folder under ``tests/real`` with its definition and its mapping, and
a line in :data:`DATA_SETS`; also one in :data:`tests.quality.shape.SHAPES` where a mapping cannot
read its files as they are. Every split is ordered in time where the data have dates: what is
learned from had matured before the first row that is asked about.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from features.catalogue import build_catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY
from features.data_clock import clock_of
from features.definition import LeadDefinition, read_definition
from features.history import History
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from tests.quality.shape import OBSERVED_DAYS, SHAPES
from training.dataset.outcomes import OutcomesKnown, observe_outcomes
from training.dataset.snapshot_grid import known_end
from training.evaluation.evaluate_leads import set_apart
from training.learners.hyperparameters import hyperparameters_for
from training.model.fit import fit
from training.model.trained import Trained, TrainingRows
from training.model.trained_model import TrainedModel
from training.train.young_snapshots import with_young_snapshots

REAL = Path(__file__).parents[1] / "real"
DATA = Path(os.environ.get("AWASE_REAL_DATA", REAL.parents[2] / "shared" / "data"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rows to learn from, and later rows to be asked about.

    Attributes
    ----------
    name : str
    rows : TrainingRows
        What is learned from, as Awase takes it.
    later : ndarray of shape (n_later, n_features)
    outcome : ndarray of shape (n_later,)
    group : ndarray of shape (n_later,)
        Account or lead: rows of one are not independent.
    truth : ndarray of shape (n_later,), optional
        True probabilities of a simulated company; NaN where they were not worked out.
    adjust : callable
        What a retrain does with a fit before it ships it, where outcomes can be followed.
    """

    name: str
    rows: TrainingRows
    later: FloatArray
    outcome: BoolArray
    group: IntArray
    truth: FloatArray | None = None
    adjust: Callable[[Trained], TrainedModel] = lambda learned: learned.model

    @property
    def learned(self) -> FloatArray:
        """Features of the rows to learn from; NaN where unknown."""
        return self.rows.snapshot.matrix

    @property
    def converted(self) -> BoolArray:
        """Outcome of the rows to learn from."""
        return self.rows.converted

    @property
    def categorical(self) -> tuple[int, ...]:
        """Columns of category codes."""
        return tuple(self.rows.snapshot.catalogue.categorical)

    def n_levels(self, column: int) -> int:
        """How many values a category has."""
        return len(self.rows.snapshot.catalogue.features[column].levels)

    def by_awase(self) -> FloatArray:
        """Probabilities of the later rows by the model that a retrain would ship."""
        return self.adjust(fit(self.rows)).probability(self.later)


@dataclass(frozen=True, kw_only=True)
class Company:
    """A data set, imported through its mapping."""

    folder: Path
    definition: LeadDefinition
    tables: LeadTables
    data_cutoff: int

    def table(self, name: str) -> pd.DataFrame:
        """One of its raw files."""
        return pd.read_csv(self.folder / name)


def _import(name: str) -> Company:
    definition = read_definition(REAL / name / "lead_definition.yaml")
    with tempfile.TemporaryDirectory() as folder:
        source = DATA / name
        if name in SHAPES:
            source = Path(folder) / name
            source.mkdir()
            for file, rows in SHAPES[name](DATA / name).items():
                rows.to_csv(source / file, index=False)
        store = Store.open(f"sqlite:///{folder}/awase.db")
        import_files(
            store,
            [source],
            mapping=read_mapping(REAL / name / "import.yaml", definition),
            definition=definition,
            rejects_file=Path(folder) / "rejects.csv",
        )
        tables = store.read_tables()
        until = clock_of(tables, definition, known_until=known_until(store)).newest_at
        store.close()
    return Company(folder=DATA / name, definition=definition, tables=tables, data_cutoff=until)


def _created(first: str, last: str, company: Company) -> "pd.Series[str]":
    """Leads created from a day until another."""
    lead = company.tables.lead.to_pandas()
    start, end = (
        int(pd.Timestamp(day, tz=company.definition.zone).timestamp()) for day in (first, last)
    )
    return lead.loc[lead["created_at"].between(start, end, inclusive="left"), "lead_id"]


def _of_leads(choose: Callable[[Company], "pd.Series[str]"], company: Company) -> Iterator[Case]:
    """Some leads at their creation, learned from all others that had matured by then."""
    asked = pd.DataFrame({"lead_id": choose(company)})
    found = set_apart(company.tables, company.definition, asked, data_cutoff=company.data_cutoff)
    settled = found.outcomes.matured
    yield Case(
        name=company.folder.name,
        rows=found.learned,
        later=found.asked.matrix[settled],
        outcome=found.outcomes.converted[settled],
        group=found.group[settled],
    )


def _at_ages(
    ages: dict[str, int], days: tuple[str, str, str, str, str], company: Company
) -> Iterator[Case]:
    """Leads still open at an age: one snapshot each, learned and asked at the same age."""
    learn_until, known_by, ask_from, ask_until, settled_by = (
        int(pd.Timestamp(day, tz=company.definition.zone).timestamp()) for day in days
    )
    for name, age in ages.items():
        history, moments, definition = _open_at(company, age)
        until = moments.take(moments.as_of < known_by)
        known = OutcomesKnown.of(
            company.tables, history, definition=definition, data_cutoff=known_by
        )
        seen = known.at(until)
        rows = np.flatnonzero(seen.matured & (until.as_of < learn_until))
        catalogue = build_catalogue(definition, {})
        matured = TrainingRows(
            snapshot=take_snapshot(history, catalogue, until.take(rows)),
            converted=seen.converted[rows],
            group=until.lead[rows].astype(np.int64),
            recipe=hyperparameters_for(len(rows)),
        )
        asked = moments.take((moments.as_of >= ask_from) & (moments.as_of < ask_until))
        later = observe_outcomes(
            company.tables, history, asked, definition=definition, data_cutoff=settled_by
        )
        asked = asked.take(later.matured)
        yield Case(
            name=f"{company.folder.name} {name}",
            rows=with_young_snapshots(
                matured,
                known,
                history=history,
                moments=until,
                matured=rows,
                group=np.arange(history.n_leads),
            ),
            later=take_snapshot(history, catalogue, asked).matrix,
            outcome=later.converted[later.matured],
            group=asked.lead.astype(np.int64),
        )


def _open_at(company: Company, age: int) -> tuple[History, Moments, LeadDefinition]:
    """Every lead that is still open at an age, at that moment."""
    outcome = company.definition.outcome.model_copy(update={"only_decided": False})
    definition = company.definition.model_copy(update={"outcome": outcome})
    history = History.from_tables(company.tables, definition)
    as_of = history.created_at + age
    lead = np.flatnonzero(known_end(company.tables, history, definition) >= as_of)
    return history, Moments.of(lead, as_of[lead]), definition


def _olist(company: Company) -> "pd.Series[str]":
    leads = company.table("olist_marketing_qualified_leads_dataset.csv")
    return leads.loc[leads["first_contact_date"] >= "2018-04-01", "mql_id"]


def _x_education(company: Company) -> "pd.Series[str]":
    leads = company.table("Leads.csv").sort_values("Lead Number")
    return leads["Prospect ID"].iloc[int(0.7 * len(leads)) :]


MakeCases = Callable[[Company], Iterator[Case]]
DATA_SETS: dict[str, MakeCases] = {
    "olist_funnel": partial(_of_leads, _olist),
    "x_education": partial(_of_leads, _x_education),
    "bpic2012_asof": partial(
        _at_ages,
        {"1 hour": 3_600, "1 day": DAY, "7 days": 7 * DAY},
        ("2011-11-01", "2011-12-01", "2011-12-01", "2011-12-16", "2012-01-15"),
    ),
    "hotel_bookings": partial(_of_leads, partial(_created, "2017-01-01", "2017-06-01")),
    "medical_appointments": partial(_of_leads, partial(_created, "2016-05-24", "2016-06-01")),
    "cdnow": partial(
        _at_ages,
        {f"{OBSERVED_DAYS} days": OBSERVED_DAYS * DAY},
        ("1997-03-01", "1997-03-31", "1997-03-31", "1997-04-25", "1997-05-25"),
    ),
}


def real_cases(names: Iterable[str] = DATA_SETS) -> Iterator[Case]:
    """Cases of the public data sets that are there.

    Parameters
    ----------
    names : iterable of str
        Which of :data:`DATA_SETS`.
    """
    for name in names:
        if (DATA / name).is_dir():
            yield from DATA_SETS[name](_import(name))
