"""Why the rulebook judges one lead as it does: each line with its words, axis and points."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.core.formats import rule_points
from features.core.qualification import Qualification
from features.core.text import Language, Text
from features.definition.behaviours import Axis
from features.definition.conditions import (
    AllOf,
    Condition,
    FeatureCondition,
    simple_conditions,
)
from features.definition.lead_definition import LeadDefinition
from features.rulebook.columns import Columns, HasMatrix
from features.rulebook.fulfilment import fulfils
from features.rulebook.lines import LevelCondition, RulebookLines
from features.rulebook.tally import RulebookTally, tally


@dataclass(frozen=True, kw_only=True)
class ExplainedLine:
    """One line of an explanation: what adds or takes away points.

    ``axes`` holds both axes where a rule asks about both.
    """

    label: Text
    points: float
    axes: tuple[Axis, ...]

    def read(self, language: Language) -> str:
        """The line as people read it, as in ``Webinar attended: +10``."""
        return f"{self.label.read(language)}: {rule_points(self.points).read(language)}"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a checklist, and whether the lead fulfils it."""

    label: Text
    fulfilled: bool


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a lead is on the way to a qualification.

    Attributes
    ----------
    qualification : Qualification
    reached : bool
    needed_points : int or None
        Points that are enough; None if points alone never are.
    checklist : Text or None
        What the checklist asks for, as one sentence.
    items : tuple of Item
        The checklist item by item.
    """

    qualification: Qualification
    reached: bool
    needed_points: int | None
    checklist: Text | None
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The rulebook's judgement of one lead, line by line; the lines add up to the points."""

    points: float
    qualification: Qualification
    lines: tuple[ExplainedLine, ...]
    ways: tuple[Progress, ...]


def explain(snapshot: HasMatrix, definition: LeadDefinition, *, row: int = 0) -> Explanation:
    """Explain how the rulebook qualifies one snapshot.

    Parameters
    ----------
    snapshot : HasMatrix
        One row per snapshot, with the catalogue of its columns.
    definition : LeadDefinition
        Whose rulebook is explained.
    row : int
        Position of the snapshot that is explained.

    Raises
    ------
    DefinitionError
        If a rule asks about something the catalogue has not.
    """
    columns = Columns(matrix=snapshot.matrix[row : row + 1], catalogue=snapshot.catalogue)
    lines = RulebookLines.of(definition.rulebook, snapshot.catalogue)
    counted = tally(lines, columns)
    ways = tuple(
        _way(bar, columns=columns, counted=counted, definition=definition) for bar in lines.bars
    )
    reached = [way.qualification for way in ways if way.reached]
    return Explanation(
        points=float(counted.points[0]),
        qualification=max(reached, default=Qualification.NONE),
        lines=(
            *_rule_lines(counted, columns, definition),
            *_cap_lines(counted, definition),
            *_matrix_lines(counted, definition),
        ),
        ways=ways,
    )


def axes_of(condition: Condition, columns: Columns, definition: LeadDefinition) -> tuple[Axis, ...]:
    """Name the axes of what a condition asks about, behaviour first.

    Parameters
    ----------
    condition : Condition
    columns : Columns
        Features by name; only their declarations are read, not their values.
    definition : LeadDefinition
    """
    axes: set[str] = set()
    for simple in simple_conditions(condition):
        axis = simple.axis(definition)
        if axis is not None:
            axes.add(axis)
        elif isinstance(simple, FeatureCondition):
            column = columns.catalogue.index(simple.feature)
            axes.add(columns.catalogue.features[column].axis.value)
    both: tuple[Axis, ...] = ("behaviour", "information")
    return tuple(axis for axis in both if axis in axes)


def _rule_lines(
    counted: RulebookTally, columns: Columns, definition: LeadDefinition
) -> Iterator[ExplainedLine]:
    for position in np.flatnonzero(counted.hits[0]).tolist():
        rule = definition.rulebook.rules[position]
        axes = axes_of(rule.when, columns, definition)
        yield ExplainedLine(label=rule.label, points=float(counted.rules[0, position]), axes=axes)


def _cap_lines(counted: RulebookTally, definition: LeadDefinition) -> Iterator[ExplainedLine]:
    for cap, taken in zip(definition.rulebook.caps, counted.caps[0].tolist(), strict=True):
        if taken:
            behaviour = definition.behaviour(cap.behaviour).label
            label = Text(
                ja=f"{behaviour.ja}は{cap.points}点まで", en=f"{behaviour.en}: at most {cap.points}"
            )
            yield ExplainedLine(label=label, points=taken, axes=("behaviour",))


def _matrix_lines(counted: RulebookTally, definition: LeadDefinition) -> Iterator[ExplainedLine]:
    matrix = definition.rulebook.matrix
    if matrix is None or not counted.matrix[0]:
        return
    row = matrix.behaviour[int(counted.behaviour_level[0])].label
    column = matrix.information[int(counted.information_level[0])].label
    label = Text(ja=f"{row.ja} x {column.ja}", en=f"{row.en} x {column.en}")
    axes: tuple[Axis, ...] = ("behaviour", "information")
    yield ExplainedLine(label=label, points=float(counted.matrix[0]), axes=axes)


def _way(
    bar: LevelCondition, *, columns: Columns, counted: RulebookTally, definition: LeadDefinition
) -> Progress:
    checklist = bar.threshold.checklist
    return Progress(
        qualification=bar.level,
        reached=bool(bar.where(columns, counted.points)[0]),
        needed_points=bar.threshold.points,
        checklist=None if checklist is None else checklist.label,
        items=() if checklist is None else tuple(_items(checklist.when, columns, definition)),
    )


def _items(when: Condition, columns: Columns, definition: LeadDefinition) -> Iterator[Item]:
    for part in when.all_of if isinstance(when, AllOf) else (when,):
        label = part.words(definition)
        yield Item(label=label, fulfilled=bool(fulfils(part, columns)[0]))
