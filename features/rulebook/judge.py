"""The rulebook's verdict on snapshots: points, rules hit and qualification."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.definition.rules import Rulebook, Threshold
from features.qualification import Qualification
from features.rulebook.columns import Columns, HasColumns, HasMatrix, for_blocks
from features.rulebook.fulfilment import fulfils
from features.rulebook.tally import tally

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the rulebook says of each snapshot.

    Attributes
    ----------
    points : ndarray of shape (n_snapshots,)
    qualification : ndarray of int8, shape (n_snapshots,)
        Values of :class:`~features.qualification.Qualification`.
    hits : ndarray of bool, shape (n_snapshots, n_rules)
        Which rules apply, in the rulebook's order.
    """

    points: FloatArray
    qualification: npt.NDArray[np.int8]
    hits: BoolArray


def judge(snapshot: HasMatrix, rulebook: Rulebook) -> Judgement:
    """Judge every snapshot by a rulebook.

    A lead is MQL or SQL by enough points or by the checklist, whichever comes first; what is SQL
    needs not be MQL by the rules of MQL.

    Raises
    ------
    DefinitionError
        If a rule asks about something the catalogue has not.
    """
    n_snapshots = len(snapshot.matrix)
    points = np.zeros(n_snapshots)
    qualification = np.zeros(n_snapshots, dtype=np.int8)
    hits = np.zeros((n_snapshots, len(rulebook.rules)), dtype=np.bool_)

    def work(rows: slice, columns: Columns) -> None:
        lines = tally(rulebook, columns)
        points[rows] = lines.points
        hits[rows] = lines.hits
        for level, threshold in (
            (Qualification.MQL, rulebook.mql),
            (Qualification.SQL, rulebook.sql),
        ):
            if threshold is not None:
                qualification[rows][reaches(threshold, columns, points=points[rows])] = level

    for_blocks(snapshot, work)
    return Judgement(points=points, qualification=qualification, hits=hits)


def columns_asked(rulebook: Rulebook, catalogue: HasColumns) -> tuple[str, ...]:
    """Names of the columns a rulebook reads: all that a snapshot for it alone needs.

    Raises
    ------
    DefinitionError
        If a rule asks about something the catalogue has not.
    """
    columns = Columns(matrix=np.zeros((0, len(catalogue.names))), catalogue=catalogue)
    points = tally(rulebook, columns).points
    for threshold in (rulebook.mql, rulebook.sql):
        if threshold is not None:
            reaches(threshold, columns, points=points)
    return columns.taken


def reaches(threshold: Threshold, columns: Columns, *, points: FloatArray) -> BoolArray:
    """Which snapshots a threshold qualifies, by points or by checklist.

    Parameters
    ----------
    columns : Columns
    points : ndarray of shape (n_snapshots,)
        Of the same snapshots.
    """
    enough = np.zeros(len(points), dtype=np.bool_)
    if threshold.points is not None:
        enough |= points >= threshold.points
    if threshold.checklist is not None:
        enough |= fulfils(threshold.checklist.when, columns)
    return enough
