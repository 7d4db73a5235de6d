"""Model and rulebook as one function of moments: what a replay asks day after day."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.rulebook import judge
from features.snapshot import Snapshot
from features.snapshot_rows import SnapshotRows, computed, read_in_blocks
from training.comparison.compare import Judgements
from training.model.trained_model import TrainedModel
from training.results.records import ReleaseCutOffs

MARGIN, MODEL, RULEBOOK, POINTS = range(4)
"""Columns of what :class:`Policies` says of a moment; the qualifications lie between."""


@dataclass(frozen=True)
class Policies:
    """A tested fit with its cut-offs, and today's rulebook."""

    history: History
    definition: LeadDefinition
    fit: TrainedModel
    cut_offs: ReleaseCutOffs

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the fit reads; the rulebook asks about the same columns."""
        return Catalogue.from_dict(self.fit.catalogue, self.definition)

    def look_back(self, moments: Moments) -> SnapshotRows:
        """The snapshot of some moments, as both read it."""
        return read_in_blocks(self.history, self.catalogue, moments)

    def __call__(self, moments: Moments) -> FloatArray:
        """Margin, both qualifications and points, shape (n_moments, 4)."""
        return computed(self.look_back(moments), self._judge)

    def _judge(self, snapshot: Snapshot) -> FloatArray:
        margin = self.fit.margin(snapshot.matrix)
        rulebook = judge(snapshot, self.definition.rulebook)
        model = self.cut_offs.qualify(self.fit.calibrator.predict(margin))
        return np.column_stack([margin, model, rulebook.qualification, rulebook.points])


def judgements_of(values: FloatArray, tuned: ReleaseCutOffs | None = None) -> Judgements:
    """What was said of some moments, for a comparison.

    Parameters
    ----------
    values : ndarray of shape (n_moments, 4)
        From :class:`Policies`.
    tuned : ReleaseCutOffs, optional
        On the rulebook's points, chosen on past data.
    """
    return Judgements(
        margin=values[:, MARGIN],
        model=values[:, MODEL].astype(np.int8),
        rulebook=values[:, RULEBOOK].astype(np.int8),
        tuned=None if tuned is None else tuned.qualify(values[:, POINTS]),
    )
