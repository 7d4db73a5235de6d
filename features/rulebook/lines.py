"""A rulebook whose lines know their columns: made once, then counted for a million rows or for one.

Like predicates, what counts points does it in two ways side by side: for a block of snapshots, and
for one row of plain numbers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from features.core.arrays import BoolArray, FloatArray
from features.core.qualification import Qualification
from features.definition.conditions import BehaviourCondition
from features.definition.rulebook import Matrix, Rule, Rulebook, Threshold
from features.rulebook.columns import (
    Columns,
    HasColumns,
    check_column,
    count_column,
    decayed_column,
)
from features.rulebook.fulfilment import predicate_of
from features.rulebook.predicates import Predicate, Row


class AddedPoints(Protocol):
    """What a rule adds where it applies; never NaN there, whatever elsewhere."""

    def of_columns(self, columns: Columns) -> FloatArray | float:
        """Points for each snapshot, or the same for all."""

    def of_row(self, row: Row) -> float:
        """Points for one row."""


@dataclass(frozen=True)
class Fixed:
    """Always the same points."""

    points: float

    def of_columns(self, _: Columns) -> float:
        """Points for all snapshots."""
        return self.points

    def of_row(self, _: Row) -> float:
        """Points for one row."""
        return self.points


@dataclass(frozen=True)
class Fading:
    """Points that halve with every half-life since an event, as told by a column of days."""

    points: float
    days: str
    half_life: float

    def of_columns(self, columns: Columns) -> FloatArray:
        """Points for each snapshot, shape (n_snapshots,)."""
        return self.points * np.exp2(-columns.take(self.days) / self.half_life)

    def of_row(self, row: Row) -> float:
        """Points for one row."""
        return float(self.points * np.exp2(-row[self.days] / self.half_life))


@dataclass(frozen=True)
class PerEvent:
    """Points for every event that a column counts, up to a limit either way."""

    points: float
    count: str
    most: float

    def of_columns(self, columns: Columns) -> FloatArray:
        """Points for each snapshot, shape (n_snapshots,)."""
        return np.clip(self.points * columns.take(self.count), -self.most, self.most)

    def of_row(self, row: Row) -> float:
        """Points for one row."""
        return min(max(self.points * row[self.count], -self.most), self.most)


@dataclass(frozen=True)
class RuleLine:
    """A rule: when it applies, and what it then adds."""

    when: Predicate
    amount: AddedPoints


@dataclass(frozen=True)
class CapLine:
    """Rules, by position, that add up to so many points at most."""

    rules: tuple[int, ...]
    limit: float


@dataclass(frozen=True, kw_only=True)
class MatrixLines:
    """Levels of both axes, lowest first, and the points where they cross.

    Attributes
    ----------
    points : ndarray of shape (n_behaviour + 1, n_information + 1)
        The last row and column are 0: -1, below the first level, leads there.
    """

    behaviour: tuple[Predicate, ...] = ()
    information: tuple[Predicate, ...] = ()
    points: FloatArray


@dataclass(frozen=True)
class LevelCondition:
    """What qualifies a lead for a level: enough points, or the checklist."""

    level: Qualification
    threshold: Threshold
    checklist: Predicate | None

    def where(self, columns: Columns, points: FloatArray) -> BoolArray:
        """Which snapshots it qualifies, given their points; both of shape (n_snapshots,)."""
        enough = np.zeros(len(points), dtype=np.bool_)
        if self.threshold.points is not None:
            enough |= points >= self.threshold.points
        if self.checklist is not None:
            enough |= self.checklist.where(columns)
        return enough

    def reached(self, row: Row, points: float) -> bool:
        """Whether it qualifies one row of so many points."""
        enough = self.threshold.points is not None and points >= self.threshold.points
        return enough or (self.checklist is not None and self.checklist.holds(row))


@dataclass(frozen=True, kw_only=True)
class RulebookLines:
    """A rulebook ready to be counted with the columns of one catalogue."""

    rules: tuple[RuleLine, ...]
    caps: tuple[CapLine, ...]
    matrix: MatrixLines
    bars: tuple[LevelCondition, ...]

    @classmethod
    def of(cls, rulebook: Rulebook, catalogue: HasColumns) -> Self:
        """Find the columns of every rule.

        Raises
        ------
        DefinitionError
            If a rule asks about something the catalogue has not.
        """
        return cls(
            rules=tuple(
                RuleLine(predicate_of(rule.when, catalogue), _amount(rule, catalogue))
                for rule in rulebook.rules
            ),
            caps=tuple(_caps(rulebook)),
            matrix=_matrix(rulebook.matrix, catalogue),
            bars=tuple(_bars(rulebook, catalogue)),
        )


def _amount(rule: Rule, catalogue: HasColumns) -> AddedPoints:
    condition = rule.when
    if not isinstance(condition, BehaviourCondition):
        return Fixed(float(rule.points))
    behaviour, half_life = condition.behaviour, rule.half_life_days
    if rule.per == "once":
        if half_life is None:
            return Fixed(float(rule.points))
        days = check_column(f"days_since_{behaviour}", catalogue)
        return Fading(rule.points, days, half_life)
    name = (
        count_column(behaviour, condition.within_days)
        if half_life is None
        else decayed_column(behaviour, half_life)
    )
    most = math.inf if rule.at_most_points is None else rule.at_most_points
    return PerEvent(rule.points, check_column(name, catalogue), most)


def _caps(rulebook: Rulebook) -> Iterator[CapLine]:
    for cap in rulebook.caps:
        limited = [
            position
            for position, rule in enumerate(rulebook.rules)
            if rule.subject == cap.behaviour and rule.points > 0
        ]
        yield CapLine(tuple(limited), cap.points)


def _matrix(matrix: Matrix | None, catalogue: HasColumns) -> MatrixLines:
    if matrix is None:
        return MatrixLines(points=np.zeros((1, 1)))
    points = np.zeros((len(matrix.behaviour) + 1, len(matrix.information) + 1))
    for row, level in enumerate(matrix.behaviour):
        cells = matrix.points.get(level.name, {})
        for column, other in enumerate(matrix.information):
            points[row, column] = cells.get(other.name, 0)
    return MatrixLines(
        behaviour=tuple(predicate_of(level.when, catalogue) for level in matrix.behaviour),
        information=tuple(predicate_of(level.when, catalogue) for level in matrix.information),
        points=points,
    )


def _bars(rulebook: Rulebook, catalogue: HasColumns) -> Iterator[LevelCondition]:
    for level, threshold in (
        (Qualification.MQL, rulebook.mql),
        (Qualification.SQL, rulebook.sql),
    ):
        if threshold is not None:
            asked = threshold.checklist
            checklist = None if asked is None else predicate_of(asked.when, catalogue)
            yield LevelCondition(level, threshold, checklist)
