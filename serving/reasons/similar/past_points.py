"""Past leads with their reasons: the space in which two leads are more or less alike."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np

from features.core.arrays import FloatArray, IntArray
from serving.reasons.explainer import Explainer
from serving.reasons.points import POINTS_PER_LOG_ODDS
from training.dataset.past_leads import PastLeads

SNAPSHOTS_PER_LEAD = 10
"""Snapshots looked at for each lead wanted: several near ones may be of the same lead."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PastPoints:
    """Past leads, and why the fit of an explainer would judge them as it does.

    Attributes
    ----------
    past : PastLeads
    reasons : ndarray of shape (n_snapshots, n_concepts)
        In points.
    concepts : tuple of str
        Names of the columns.
    """

    past: PastLeads
    reasons: FloatArray
    concepts: tuple[str, ...]

    @classmethod
    def of(cls, past: PastLeads, explainer: Explainer) -> Self:
        """Tell the points of past leads, which were explained when the release was made.

        Parameters
        ----------
        past : PastLeads
            Explained.
        explainer : Explainer
            Of the same release.
        """
        return cls(
            past=past,
            reasons=past.added * (explainer.calibrator.slope * POINTS_PER_LOG_ODDS),
            concepts=tuple(concept.name for concept in explainer.concepts),
        )

    def squares(self, reasons: FloatArray) -> FloatArray:
        """Squared differences from a lead's reasons, shape (n_snapshots, n_concepts)."""
        return (self.reasons - reasons) ** 2

    def leave_out(self, squares: FloatArray, concepts: Collection[str]) -> FloatArray:
        """Squared distance without some concepts, shape (n_snapshots,)."""
        kept = np.array([name not in concepts for name in self.concepts], dtype=np.float64)
        return squares @ kept

    def nearest(self, distance: FloatArray, rows: IntArray, *, how_many: int) -> IntArray:
        """Find the snapshots with the smallest distance, nearest first, at most one of each lead.

        Parameters
        ----------
        distance : ndarray of shape (n_snapshots,)
            Squared distance in points, or anything that orders snapshots alike.
        rows : ndarray of shape (n,)
            Snapshots that may be chosen, ascending.
        how_many : int
            Most snapshots to find.
        """
        considered = how_many * SNAPSHOTS_PER_LEAD
        if len(rows) > considered:
            # Sorting all of them would cost more than everything else on a card.
            closest = np.argpartition(distance[rows], considered - 1)[:considered]
            rows = rows[np.sort(closest)]
        rows = rows[np.argsort(distance[rows], kind="stable")]
        first = np.sort(np.unique(self.past.lead[rows], return_index=True)[1])
        return rows[first[:how_many]]
