"""Past leads with what became of them: what a lead of today is compared with.

Only snapshots that the tested fit had not seen are here, with the probability it gave them: a rate
"of leads at this level" counted on snapshots the model had learned from would flatter it. Leads
carry running numbers, no ids and no names.

Written beside the releases as one ``.npz`` without pickle, so that a page or a command need not
take half a million snapshots again to show one card.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.atomic_folder import whole_file
from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from training.dataset.dataset import Dataset
from training.dataset.split import split_later
from training.model.concept_points import concepts_of
from training.model.release import Release
from training.model.trained_model import TrainedModel

MOST_ROWS = 20_000
"""More would not make a rate of a tenth of them truer, and 60 columns of these are 10 MB."""

LAST_YEAR_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class PastLeads:
    """Matured snapshots of past leads, sorted by lead, then time.

    Attributes
    ----------
    release_id : str
        Whose tested fit judged them, and whose catalogue orders the columns.
    lead : ndarray of shape (n,)
        Running numbers.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC.
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    probability : ndarray of shape (n,)
        What the tested fit said without having seen the snapshot.
    matrix : ndarray of shape (n, n_features)
    added : ndarray of shape (n, n_concepts)
        What each concept of the catalogue adds to the margin that the release's fit gives, in
        natural log-odds; no columns where older code wrote the file.
    """

    release_id: str
    lead: IntArray
    as_of: IntArray
    converted: BoolArray
    probability: FloatArray
    matrix: FloatArray
    added: FloatArray

    def __len__(self) -> int:
        return len(self.lead)

    def write(self, path: Path) -> None:
        """Write everything into one file."""
        with whole_file(path) as stream:
            np.savez_compressed(stream, **asdict(self))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote.

        Raises
        ------
        LeadDataError
            If the file is not one of these.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                missing = {"added": np.empty((len(file["lead"]), 0))}
                arrays = missing | {name: file[name] for name in file.files}
            return cls(**arrays | {"release_id": str(arrays["release_id"])})
        except (OSError, ValueError, KeyError, TypeError) as fault:
            msg = f"{path} must hold past leads; got {fault}. Remove it, and it is made again."
            raise LeadDataError(msg) from fault

    def explained(self, fit: TrainedModel) -> Self:
        """These with what concepts add, which a file of older code does not hold.

        Parameters
        ----------
        fit : TrainedModel
            Of the release they belong to.
        """
        return self if self.added.shape[1] else replace(self, added=_added(fit, self.matrix))


def load_past_leads(
    tables: LeadTables,
    definition: LeadDefinition,
    *,
    release: Release,
    data_cutoff: int,
    most_rows: int = MOST_ROWS,
) -> PastLeads:
    """Past leads of at most a year that the release's tested fit had not seen.

    Parameters
    ----------
    tables : LeadTables
    definition : LeadDefinition
    release : Release
    data_cutoff : int
        Second up to which the tables are complete; what matured since the release counts too.
    most_rows : int
        Leads are left out whole, by chance, until no more rows than this remain.
    """
    seed = release.card.recipe.seed
    dataset = Dataset.of(tables, definition, data_cutoff=data_cutoff, seed=seed)
    return past_leads_of(dataset, release, most_rows=most_rows)


def past_leads_of(dataset: Dataset, release: Release, *, most_rows: int = MOST_ROWS) -> PastLeads:
    """Past leads of at most a year before the data cut-off that the tested fit had not seen.

    Parameters
    ----------
    dataset : Dataset
    release : Release
    most_rows : int
        Leads are left out whole, by chance, until no more rows than this remain.
    """
    moments, definition = dataset.moments, dataset.definition
    unseen = _unseen(dataset, release)
    recent = moments.as_of >= dataset.data_cutoff - LAST_YEAR_DAYS * DAY
    matured = dataset.outcomes.matured
    rows = np.flatnonzero(matured & unseen & (recent | ~np.bool_(definition.dated)))
    rows = _whole_leads(rows, moments.lead[rows].astype(np.int64), most_rows)
    catalogue = Catalogue.from_dict(release.fit.catalogue, definition)
    tested = Catalogue.from_dict(release.tested.catalogue, definition)
    snapshot = take_snapshot(dataset.history, catalogue, dataset.at(rows))
    as_tested = take_snapshot(dataset.history, tested, dataset.at(rows))
    return PastLeads(
        release_id=release.release_id,
        lead=np.unique(moments.lead[rows], return_inverse=True)[1].astype(np.int64),
        as_of=moments.as_of[rows],
        converted=dataset.outcomes.converted[rows],
        probability=release.tested.probability(as_tested.matrix),
        matrix=snapshot.matrix,
        added=_added(release.fit, snapshot.matrix),
    )


def _added(fit: TrainedModel, matrix: FloatArray) -> FloatArray:
    return fit.tables.explain(matrix).values @ concepts_of(fit.catalogue)[1]


def _unseen(dataset: Dataset, release: Release) -> BoolArray:
    moments = dataset.moments
    if dataset.definition.dated:
        return moments.as_of >= release.card.tested_from
    split = split_later(
        dataset.tables,
        dataset.history,
        moments,
        definition=dataset.definition,
        data_cutoff=release.card.data_cutoff,
        seed=release.card.recipe.seed,
    )
    unseen = np.zeros(len(moments), dtype=np.bool_)
    unseen[split.test.rows] = True
    return unseen


def _whole_leads(rows: IntArray, lead: IntArray, most_rows: int) -> IntArray:
    """Rows of leads drawn at random, whole, as many as fit."""
    leads, position, n_rows = np.unique(lead, return_inverse=True, return_counts=True)
    if len(rows) <= most_rows:
        return rows
    order = np.random.default_rng(0).permutation(len(leads))
    kept = np.zeros(len(leads), dtype=np.bool_)
    kept[order[np.cumsum(n_rows[order]) <= most_rows]] = True
    return rows[kept[position]]
