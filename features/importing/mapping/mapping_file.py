"""Reading a mapping file: one door, every mistake at once, checked against the lead definition."""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from features.core.errors import DefinitionError, LeadDataError
from features.definition import LeadDefinition
from features.definition.yaml.document import Path as Place
from features.definition.yaml.document import YamlDocument, read_document
from features.definition.yaml.errors import DefinitionFault, raise_faults, value_at
from features.definition.yaml.shape import shape_faults
from features.importing.mapping.column_types import REJECT, SKIP, MappedWord
from features.importing.mapping.mapping import FileEntry, Mapping
from features.store.schema import columns as words


def read_mapping(path: Path | str, definition: LeadDefinition) -> Mapping:
    """The mapping of a YAML file.

    Parameters
    ----------
    path : path
    definition : LeadDefinition
        Its behaviours and attributes are the words the mapping may use.

    Raises
    ------
    LeadDataError
        If the file cannot be read, or holds mistakes; all of them are listed with their lines.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"a mapping must be a readable file; got {path} ({error.strerror}). Check the path."
        raise LeadDataError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"a mapping must be UTF-8 text; got {path}, which is not. Save it as UTF-8."
        raise LeadDataError(msg) from error
    return parse_mapping(text, str(path), definition)


def parse_mapping(text: str, origin: str, definition: LeadDefinition) -> Mapping:
    """Read a mapping from a YAML text and check it against a lead definition.

    Parameters
    ----------
    text : str
        YAML.
    origin : str
        What errors call the text, such as the name of its file.
    definition : LeadDefinition
        Whose behaviours and attributes the mapping may name.

    Raises
    ------
    LeadDataError
        If the text holds mistakes; all of them are listed with their lines.
    """
    try:
        # Headers are compared in one Unicode form, whichever editor wrote them here.
        document = read_document(unicodedata.normalize("NFC", text), origin)
    except DefinitionError as error:
        # The reader speaks for definitions; what it says holds for any YAML file.
        raise LeadDataError(str(error)) from error
    faults = [DefinitionFault(path=path, must=must, got=False) for path, must in document.faults]
    mapping = None
    try:
        # By way of JSON, because only there does pydantic's strict mode take lists for tuples.
        mapping = Mapping.model_validate_json(json.dumps(document.content), strict=True)
    except ValidationError as error:
        faults += (_as_written(document, fault) for fault in shape_faults(Mapping, error))
    else:
        faults += _Check(mapping=mapping, definition=definition).faults()
    raise_faults(document, faults, subject="the mapping", kind=LeadDataError)
    if mapping is None:  # a failed validation always has faults
        raise LeadDataError(_unreadable(document))
    return mapping


def _as_written(document: YamlDocument, fault: DefinitionFault) -> DefinitionFault:
    """Blame the word in the file where a short form was read as a part with keys."""
    path = fault.path
    while path and not isinstance(value_at(document.content, path[:-1]), dict | list):
        path = path[:-1]
    return replace(fault, path=path)


def _unreadable(document: YamlDocument) -> str:
    return f"{document.origin}: the mapping cannot be read. Compare it with an example."


@dataclass(frozen=True, kw_only=True)
class _Check:
    """Whether the words of a mapping mean something in a lead definition."""

    mapping: Mapping
    definition: LeadDefinition

    def faults(self) -> Iterator[DefinitionFault]:
        for at, entry in enumerate(self.mapping.files):
            place: Place = ("files", at)
            yield from self._check_tables(entry, place)
            yield from self._check_facts(entry, place)
            yield from self._check_events(entry, place)
            yield from self._check_outcomes(entry, place)
            yield from self._check_hand_overs(entry, place)

    def _check_tables(self, entry: FileEntry, place: Place) -> Iterator[DefinitionFault]:
        given = (entry.lead, entry.person, entry.facts, entry.events, entry.outcomes)
        if not any((*given, entry.hand_overs)):
            must = "must fill a table: lead, person, facts, events, outcomes or hand_overs"
            yield DefinitionFault(path=place, must=must, got=False)
        if entry.lead is not None:
            yield from self._check_time(entry.lead, (*place, "lead"), "created_at")

    def _check_facts(self, entry: FileEntry, place: Place) -> Iterator[DefinitionFault]:
        attributes = tuple(item.name for item in self.definition.attributes)
        for at, fact in enumerate(entry.facts):
            here = (*place, "facts", at)
            yield from _check_choice(fact.attribute, (*here, "attribute"), attributes)
            if self.mapping.undated and fact.known_at.rule is None:
                must = "must be created or unknown in an undated mapping"
                yield DefinitionFault(path=(*here, "known_at"), must=must, got=False)

    def _check_events(self, entry: FileEntry, place: Place) -> Iterator[DefinitionFault]:
        behaviours = tuple(item.name for item in self.definition.behaviours)
        for at, event in enumerate(entry.events):
            here = (*place, "events", at)
            yield from _check_choice(event.behaviour, (*here, "behaviour"), behaviours)
            if event.actor is not None:
                yield from _check_choice(event.actor, (*here, "actor"), words.ACTORS)
            yield from self._check_time(event, here, "occurred_at")

    def _check_outcomes(self, entry: FileEntry, place: Place) -> Iterator[DefinitionFault]:
        for at, outcome in enumerate(entry.outcomes):
            here = (*place, "outcomes", at)
            yield from _check_choice(outcome.stage, (*here, "stage"), words.STAGES)
            time = outcome.occurred_at
            if time is not None and time.rule is not None and entry.observed_at is None:
                must = "must come with observed_at, the day on which the file was exported"
                yield DefinitionFault(path=(*here, "occurred_at"), must=must, got=False)
            yield from self._check_time(outcome, here, "occurred_at")

    def _check_hand_overs(self, entry: FileEntry, place: Place) -> Iterator[DefinitionFault]:
        for at, hand_over in enumerate(entry.hand_overs):
            here = (*place, "hand_overs", at)
            qualification = hand_over.qualification
            yield from _check_choice(qualification, (*here, "qualification"), words.QUALIFICATIONS)
            yield from _check_choice(hand_over.by, (*here, "by"), words.HANDED_OVER_BY)
            yield from self._check_time(hand_over, here, "handed_over_at")

    def _check_time(self, part: object, place: Place, key: str) -> Iterator[DefinitionFault]:
        given = getattr(part, key) is not None
        if given and self.mapping.undated:
            must = "must be left out, since the mapping is undated"
            yield DefinitionFault(path=(*place, key), must=must, got=False)
        if not given and not self.mapping.undated:
            must = f"must have the key {key} (or the mapping must say `undated: true`)"
            yield DefinitionFault(path=place, must=must, got=False)


def _check_choice(
    choice: MappedWord, place: Place, allowed: tuple[str, ...]
) -> Iterator[DefinitionFault]:
    must = "must be one of those allowed"
    if choice.constant is not None and choice.constant not in allowed:
        yield DefinitionFault(path=place, must=must, allowed=allowed)
    for value, word in choice.values.items():
        if word not in (*allowed, SKIP):
            path = (*place, "values", value)
            yield DefinitionFault(path=path, must=must, allowed=(*allowed, SKIP))
    if choice.others not in (*allowed, SKIP, REJECT):
        path = (*place, "others")
        yield DefinitionFault(path=path, must=must, allowed=(REJECT, SKIP, *allowed))
