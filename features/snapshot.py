"""The snapshot: every feature of every lead at its moment, for a million rows or for one.

Blocks of moments are computed one after another, so that the look-ups a block shares stay in the
processor's cache; threads take blocks in turn, since sorting and searching release Python's lock.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.definition.lead_definition import LeadDefinition
from features.feature_frame import frame_of
from features.history import History, latest_look, looks_by_age
from features.lookback.bulk import BulkLookback
from features.lookback.lead_rows import LeadRows
from features.lookback.single import OneLookback
from features.moments import Moments

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 1 << 14
"""Moments per block, by measurement: 4 k to 16 k are equally fast, smaller ones pay for calls."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One row per moment.

    Attributes
    ----------
    moments : Moments
    matrix : ndarray of shape (n_moments, n_features)
        In the catalogue's column order. NaN is unknown or never; a category is its level's code.
    catalogue : Catalogue
    """

    moments: Moments
    matrix: FloatArray
    catalogue: Catalogue

    def column(self, name: str) -> FloatArray:
        """One feature over all moments, shape (n_moments,)."""
        return self.matrix[:, self.catalogue.index(name)]

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Some features over all moments, in the catalogue's order; shape (n_moments, n_names)."""
        return self.matrix[:, [f.name in names for f in self.catalogue]]

    def take(self, rows: IntArray | BoolArray | slice) -> "Snapshot":
        """Ascending rows of it."""
        return Snapshot(
            moments=self.moments.take(rows), matrix=self.matrix[rows], catalogue=self.catalogue
        )

    def to_frame(self) -> "pd.DataFrame":
        """The matrix in words: a column per feature, categories as text, unknown as missing."""
        return frame_of(self.matrix, self.catalogue.to_dict())


def take_snapshot(history: History, catalogue: Catalogue, moments: Moments) -> Snapshot:
    """Compute every feature at every moment from what lies strictly before it.

    Parameters
    ----------
    history : History
        Events and facts of all leads, sorted.
    catalogue : Catalogue
        The columns wanted, in their order.
    moments : Moments
        Lead and instant of each row; history is strictly before the instant, and of a lead that is
        looked at once, before that look.
    """
    elsewhere, looked_from = history.elsewhere, history.looked_from(moments)
    if elsewhere is not None and len(moments) >= elsewhere.fewest_moments:
        matrix = elsewhere.matrix(history, catalogue.to_dict(), looked_from)
        return Snapshot(moments=moments, matrix=matrix, catalogue=catalogue)
    matrix = np.empty((len(moments), len(catalogue)))

    def fill(rows: slice) -> None:
        lookback = BulkLookback(history=history, moments=looked_from.take(rows))
        for column, feature in enumerate(catalogue):
            matrix[rows, column] = feature.compute(lookback)

    blocks = list(moments.blocks(BLOCK))
    if blocks and not history.computed.issuperset(catalogue.names):
        # One block alone: it fills what the history remembers for all of them.
        fill(blocks.pop(0))
        history.computed.update(catalogue.names)
    if len(blocks) > 1:
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
            list(threads.map(fill, blocks))
    elif blocks:
        fill(blocks[0])
    return Snapshot(moments=moments, matrix=matrix, catalogue=catalogue)


def take_lead_snapshot(
    rows: LeadRows, definition: LeadDefinition, *, catalogue: Catalogue, as_of: int
) -> Snapshot:
    """Compute every feature of one lead at one second: the numbers of :func:`take_snapshot`.

    The lead is alone at its accounts, where the definition asks for them.

    Parameters
    ----------
    rows : LeadRows
        Everything the store holds of the lead.
    definition : LeadDefinition
    catalogue : Catalogue
        The columns wanted, in their order.
    as_of : int
        Second since 1970 UTC; history is strictly before it.

    Raises
    ------
    LeadDataError
        If the second is before 1970 or after 2105.
    """
    moments = Moments.of([0], [as_of])
    if definition.judged_account is not None or definition.snapshots.at == "event":
        history = History.from_tables(rows.as_tables(), definition)
        return take_snapshot(history, catalogue, moments)
    looked_from = as_of
    looks = looks_by_age(np.array([rows.created_at]), np.array([rows.day_only]), definition)
    if looks is not None:
        looked_from = int(latest_look(looks, np.array([as_of]))[0])
    lookback = OneLookback.of(rows, definition, looked_from)
    row = [feature.compute(lookback) for feature in catalogue]
    return Snapshot(moments=moments, matrix=np.array([row], dtype=np.float64), catalogue=catalogue)
