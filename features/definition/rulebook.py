"""The rulebook: points and checklists by which marketing and sales qualify leads by hand."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from features.definition.conditions import Condition, FeatureCondition, simple_conditions
from features.definition.section import Days, DefinitionSection, Name, Words

Points = Annotated[int, Field(ge=-1000, le=1000)]
PositivePoints = Annotated[int, Field(ge=1, le=100_000)]


class Rule(DefinitionSection):
    """Points for a lead that fulfils a condition."""

    name: Name
    """Name in tables and reports."""
    label: Words
    """What the rule says, as people read it."""
    when: Condition
    """The condition a lead must fulfil."""
    points: Points
    """Points it is worth; negative points count against the lead."""
    per: Literal["once", "each"] = "once"
    """once: the points count one time; each: they count for every event of the behaviour."""
    at_most_points: PositivePoints | None = None
    """With `per: each`, the rule never counts for more than so many points."""
    half_life_days: Days | None = None
    """The points fade: half of them are left so many days after the event (the last one, with
    `per: once`)."""

    @property
    def subject(self) -> str | None:
        """The one behaviour or attribute the rule is about; None if it is about several."""
        simple = tuple(simple_conditions(self.when))
        if any(isinstance(condition, FeatureCondition) for condition in simple):
            return None
        names = {
            getattr(condition, "behaviour", None) or getattr(condition, "attribute", None)
            for condition in simple
        }
        return names.pop() if len(names) == 1 else None

    @property
    def most_points(self) -> float:
        """The most the rule can count for by itself."""
        if self.points <= 0:
            return 0
        if self.per == "once":
            return self.points
        return math.inf if self.at_most_points is None else self.at_most_points


class Cap(DefinitionSection):
    """A limit to what all rules about one behaviour can add up to."""

    behaviour: Name
    """The behaviour whose rules are limited; rules that also ask for something else are not."""
    points: PositivePoints
    """They never add up to more than so many points."""


class MatrixLevel(DefinitionSection):
    """One row or column of the matrix."""

    name: Name
    """Name used in `points`."""
    label: Words
    """The level, as people read it."""
    when: Condition
    """What a lead must fulfil to be at this level."""


class Matrix(DefinitionSection):
    """Points by behaviour x information: one without the other says little."""

    label: Words
    """What the matrix says, as people read it."""
    behaviour: Annotated[tuple[MatrixLevel, ...], Field(min_length=1)]
    """Levels of behaviour from low to high; a lead is at the highest one that it fulfils."""
    information: Annotated[tuple[MatrixLevel, ...], Field(min_length=1)]
    """Levels of information from low to high; a lead is at the highest one that it fulfils."""
    points: dict[Name, dict[Name, Points]]
    """Points by level of behaviour, then by level of information; what is left out is 0."""


class Checklist(DefinitionSection):
    """Conditions that qualify a lead whatever its points."""

    label: Words
    """What the checklist asks for, as people read it."""
    when: Condition
    """What a lead must fulfil."""


class Threshold(DefinitionSection):
    """What qualifies a lead: enough points, or the checklist."""

    points: PositivePoints | None = None
    """So many points are enough."""
    checklist: Checklist | None = None
    """Fulfilling this is enough."""

    @model_validator(mode="after")
    def _check(self) -> "Threshold":
        if self.points is None and self.checklist is None:
            msg = "must give points, a checklist, or both"
            raise ValueError(msg)
        return self


class Rulebook(DefinitionSection):
    """The hand-written baseline."""

    rules: tuple[Rule, ...] = ()
    """Points are added up over these."""
    caps: tuple[Cap, ...] = ()
    """Limits to the points of single behaviours."""
    matrix: Matrix | None = None
    """Further points, by behaviour x information."""
    mql: Threshold | None = None
    """When marketing hands a lead over; null: never by the rulebook."""
    sql: Threshold | None = None
    """When a lead is a candidate for an opportunity; null: never by the rulebook."""

    @property
    def says_anything(self) -> bool:
        """Whether it could qualify anybody; until then there are no rules yet."""
        return self.mql is not None or self.sql is not None

    def conditions(self) -> Iterator[Condition]:
        """Every condition of rules, matrix and checklists."""
        for rule in self.rules:
            yield rule.when
        if self.matrix is not None:
            for level in (*self.matrix.behaviour, *self.matrix.information):
                yield level.when
        for threshold in (self.mql, self.sql):
            if threshold is not None and threshold.checklist is not None:
                yield threshold.checklist.when


def most_points(rulebook: Rulebook) -> float:
    """The most points a lead could ever have, all conditions taken as fulfilled; may be inf."""
    limits = {cap.behaviour: cap.points for cap in rulebook.caps}
    total, by_subject = 0.0, dict.fromkeys(limits, 0.0)
    for rule in rulebook.rules:
        if rule.subject in by_subject:
            by_subject[rule.subject] += rule.most_points
        else:
            total += rule.most_points
    total += sum(min(limits[subject], points) for subject, points in by_subject.items())
    if rulebook.matrix is not None:
        cells = [points for row in rulebook.matrix.points.values() for points in row.values()]
        total += max([0, *cells])
    return total
