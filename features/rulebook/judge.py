"""The rulebook's verdict on snapshots: points, rules hit and qualification."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from features.core.qualification import Qualification
from features.definition.rulebook import Rulebook
from features.rulebook.columns import Columns, HasColumns, HasMatrix, for_blocks
from features.rulebook.lines import RulebookLines
from features.rulebook.predicates import Row
from features.rulebook.tally import points_of_row, tally


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the rulebook says of each snapshot.

    Attributes
    ----------
    points : ndarray of shape (n_snapshots,)
    qualification : ndarray of int8, shape (n_snapshots,)
        Values of :class:`~features.core.qualification.Qualification`.
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
    lines = RulebookLines.of(rulebook, snapshot.catalogue)
    n_snapshots = len(snapshot.matrix)
    points = np.zeros(n_snapshots)
    qualification = np.zeros(n_snapshots, dtype=np.int8)
    hits = np.zeros((n_snapshots, len(rulebook.rules)), dtype=np.bool_)

    def work(rows: slice, columns: Columns) -> None:
        counted = tally(lines, columns)
        points[rows] = counted.points
        hits[rows] = counted.hits
        for bar in lines.bars:
            qualification[rows][bar.where(columns, points[rows])] = bar.level

    for_blocks(snapshot, work)
    return Judgement(points=points, qualification=qualification, hits=hits)


def judge_row(row: Row, lines: RulebookLines) -> tuple[float, Qualification]:
    """Points and qualification of one row: what :func:`judge` says of a snapshot of one."""
    points = points_of_row(lines, row)
    reached = [bar.level for bar in lines.bars if bar.reached(row, points)]
    return points, max(reached, default=Qualification.NONE)


def columns_asked(rulebook: Rulebook, catalogue: HasColumns) -> tuple[str, ...]:
    """Names of the columns a rulebook reads: all that a snapshot for it alone needs.

    Raises
    ------
    DefinitionError
        If a rule asks about something the catalogue has not.
    """
    lines = RulebookLines.of(rulebook, catalogue)
    columns = Columns(matrix=np.zeros((0, len(catalogue.names))), catalogue=catalogue)
    points = tally(lines, columns).points
    for bar in lines.bars:
        bar.where(columns, points)
    return columns.taken
