"""The rulebook as the table both teams think in: behaviour x information.

Each cell is a lead that did one thing and of which one thing is known: the points of both rules
together, and what they qualify it for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.conditions import simple_conditions
from features.definition.rulebook import Rule, Rulebook


@dataclass(frozen=True, kw_only=True)
class PairCell:
    """Points of two rules together and what they qualify a lead for: NONE, MQL or SQL."""

    points: int
    reached: str


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """A behaviour, or none, with every information."""

    label: Text | None
    cells: tuple[PairCell, ...]


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """Behaviours down, information across; first row and column stand for neither."""

    columns: tuple[Text, ...]
    rows: tuple[PairRow, ...]


def pair_table(definition: LeadDefinition) -> PairTable | None:
    """The table of a definition's rulebook; None where one of the two sides has no rules."""
    rulebook = definition.rulebook
    behaviour = _strongest_first(rulebook.rules, definition, "behaviour")
    information = _strongest_first(rulebook.rules, definition, "information")
    if not behaviour or not information:
        return None
    rows: list[tuple[Text | None, int]] = [(None, 0)]
    rows += [(rule.label, rule.points) for rule in behaviour]
    return PairTable(
        columns=tuple(rule.label for rule in information),
        rows=tuple(
            PairRow(
                label=label,
                cells=tuple(
                    PairCell(points=points + extra, reached=_reached(points + extra, rulebook))
                    for extra in (0, *(rule.points for rule in information))
                ),
            )
            for label, points in rows
        ),
    )


def _strongest_first(
    rules: Iterable[Rule], definition: LeadDefinition, axis: str
) -> tuple[Rule, ...]:
    found = [rule for rule in rules if rule.points > 0 and axis_of(rule, definition) == axis]
    return tuple(sorted(found, key=lambda rule: -rule.points))


def axis_of(rule: Rule, definition: LeadDefinition) -> str | None:
    """The one axis that a rule is about; None if it is about both, or about something else."""
    axes = {part.axis(definition) or "other" for part in simple_conditions(rule.when)}
    return axes.pop() if len(axes) == 1 else None


def _reached(points: int, rulebook: Rulebook) -> str:
    for name, threshold in (("SQL", rulebook.sql), ("MQL", rulebook.mql)):
        if threshold is not None and threshold.points is not None and points >= threshold.points:
            return name
    return "NONE"
