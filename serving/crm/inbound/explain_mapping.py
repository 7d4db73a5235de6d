"""What a mapping makes of a CRM's fields, one line each: what a dry run shows."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.definition import LeadDefinition
from features.importing.mapping.column_types import MappedWord, When
from features.importing.mapping.mapping import FactColumns, FileEntry, Mapping

EACH_CHANGE = "each change, since it was entered"
CREATION = "since the lead was created"
CURRENT_ONLY = "today's value only: since when is unknown"
WHEN_ENTERED = "when it happened, known when it was entered"
WHEN_IT_HAPPENED = "when it happened"


@dataclass(frozen=True, kw_only=True)
class MappedField:
    """One field and what becomes of it."""

    object: str
    field: str
    becomes: str
    known: str

    @property
    def current_only(self) -> bool:
        """Whether nobody recorded since when the value holds."""
        return self.known == CURRENT_ONLY


def explain_mapping(mapping: Mapping) -> list[MappedField]:
    """Every field that a mapping reads, in its order."""
    return [line for entry in mapping.files for line in _lines(entry)]


def unfilled(mapping: Mapping, definition: LeadDefinition) -> list[str]:
    """Attributes of the definition that no field fills."""
    filled = {
        name
        for entry in mapping.files
        for fact in entry.facts
        for name in (fact.attribute.constant, *fact.attribute.values.values())
    }
    return [item.name for item in definition.attributes if item.name not in filled]


def _lines(entry: FileEntry) -> Iterator[MappedField]:
    sheet = ", ".join(entry.match)
    for fact in entry.facts:
        for field, attribute in _facts(fact):
            yield MappedField(
                object=sheet, field=field, becomes=f"attribute {attribute}", known=_known(fact)
            )
    for event in entry.events:
        known = WHEN_IT_HAPPENED if event.known_at is None else WHEN_ENTERED
        for field, behaviour in _words(event.behaviour, _met(event.when) or sheet):
            yield MappedField(
                object=sheet, field=field, becomes=f"behaviour {behaviour}", known=known
            )
    for outcome in entry.outcomes:
        for field, stage in _words(outcome.stage, _met(outcome.when) or sheet):
            yield MappedField(
                object=sheet, field=field, becomes=f"stage {stage}", known=WHEN_ENTERED
            )
    for hand_over in entry.hand_overs:
        field = _met(hand_over.when) or sheet
        yield MappedField(object=sheet, field=field, becomes="hand-over", known=WHEN_ENTERED)


def _facts(fact: FactColumns) -> Iterator[tuple[str, str]]:
    if fact.attribute.constant is not None:
        yield fact.column, fact.attribute.constant
    yield from fact.attribute.values.items()


def _known(fact: FactColumns) -> str:
    if fact.known_at.rule == "unknown":
        return CURRENT_ONLY
    return CREATION if fact.known_at.rule == "created" else EACH_CHANGE


def _met(conditions: tuple[When, ...]) -> str:
    """What a row must say, such as ``lifecyclestage = salesqualifiedlead``."""
    return " = ".join("/".join(when.is_in) for when in conditions if when.is_in)


def _words(choice: MappedWord, otherwise: str) -> Iterator[tuple[str, str]]:
    if choice.constant is not None:
        yield otherwise, choice.constant
        return
    yield from choice.values.items()
    if choice.others not in ("skip", "reject"):
        yield "(all others)", choice.others
