"""Entries of a mapping for exports of known CRMs, from the templates of their presets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import escape
from typing import Any

from features.definition import LeadDefinition
from features.importing.files.raw_table import RawTable
from features.importing.presets.kinds import (
    CONNECTOR_PREFIX,
    ExportKind,
    Others,
    RecognisedFile,
    strongest_match,
)
from features.importing.presets.leads import attribute_names
from features.importing.presets.presets import other_exports
from features.importing.presets.template import Holes, fill
from features.importing.presets.vocabulary import Vocabulary, person

TABLE_KEYS = frozenset(("lead", "person", "facts", "events", "outcomes", "hand_overs"))
"""Keys of an entry that fill a table; one without any says nothing that could be stored."""


@dataclass(frozen=True, kw_only=True)
class PresetEntry:
    """What is made of one file: its kind, and the entry, None where there is none for it."""

    sheet: RawTable
    kind: str | None
    entry: dict[str, Any] | None
    joined: bool = False
    """Whether an entry of another file looks into this one."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns that the entry does not mention."""
        mentioned = _words_in(self.entry or {})
        return tuple(name for name in self.sheet.columns if name not in mentioned)


def recognise(headers: list[str], kinds: Iterable[ExportKind]) -> ExportKind | None:
    """The kind of export that has these headers; None where it is none that is known.

    Parameters
    ----------
    headers : list of str
    kinds : iterable of ExportKind
        Those of CRMs; others are known without.
    """
    best = strongest_match(headers, (*kinds, *other_exports()))
    return None if best is None else best.kind


def preset_entries(
    sheets: list[RawTable], definition: LeadDefinition, kinds: Iterable[ExportKind]
) -> tuple[PresetEntry, ...]:
    """Fill the template of each file's kind.

    Parameters
    ----------
    sheets : list of RawTable
    definition : LeadDefinition
        Only its attributes and behaviours are filled.
    kinds : iterable of ExportKind
        Those of CRMs; others are known without.
    """
    kinds = (*kinds, *other_exports())
    found = [(sheet, _recognise(sheet, definition, kinds)) for sheet in sheets]
    # Of two files of one kind the first is the one that others are joined to.
    others: Others = {item.kind.name: item for _, item in reversed(found) if item is not None}
    words = Vocabulary(definition=definition)
    made = [(sheet, item, _entry(item, others, words)) for sheet, item in found]
    joined = {join["file"] for *_, entry in made for join in (entry or {}).get("joins", ())}
    return tuple(
        PresetEntry(
            sheet=sheet,
            kind=None if item is None else item.kind.name,
            entry=entry,
            joined=sheet.file in joined,
        )
        for sheet, item, entry in made
    )


def _entry(
    found: RecognisedFile | None, others: Others, words: Vocabulary
) -> dict[str, Any] | None:
    """The entry of a file, from the template of its kind; None if nothing is made of it."""
    if found is None or found.kind.entry is None:
        return None
    template = dict(found.kind.entry)
    values: dict[str, Any] = dict(found.columns)
    joined: dict[str, tuple[RecognisedFile, dict[str, str]]] = {}
    for join in template.pop("joins", ()):
        other = others.get(join["kind"])
        if other is not None and other.has(join["key"]) and join["by"] in values:
            alias = join["as"]
            joined[alias] = (other, join)
            values |= {f"{alias}.{name}": f"{alias}.{c}" for name, c in other.columns.items()}
    facts = words.facts(found, joined["company"][0] if "company" in joined else None)
    told = {"facts": facts, "person": person(found.columns)}
    values |= {name: part for name, part in told.items() if part}
    if found.has("name", "value"):
        named = found.sheet.columns[found.columns["name"]].unique().to_pylist()
        if names := attribute_names(named, words.attributes()):
            values["attributes"] = names
    holes = Holes(
        values=values,
        words=words,
        time=lambda name: _time(found, {alias: one for alias, (one, _) in joined.items()}, name),
    )
    entry = fill(template, holes)
    if entry is None or not entry.keys() & TABLE_KEYS:
        return None
    said = str([entry, *(values[join["by"]] for _, join in joined.values())])
    joins = [
        {"file": other.sheet.file, "as": alias, "key": other.columns[join["key"]]}
        | {"on": values[join["by"]]}
        | {key: value for key, value in join.items() if key == "repeated"}
        for alias, (other, join) in joined.items()
        if f"'{alias}." in said
    ]
    head = {"match": escape(found.sheet.file), "time_zone": found.zone}
    return head | ({"joins": joins} if joins else {}) | entry


def _time(found: RecognisedFile, joined: Others, name: str) -> Any:
    alias, _, of_other = name.rpartition(".")
    return joined[alias].time(of_other, f"{alias}.") if alias else found.time(name)


def _recognise(
    sheet: RawTable, definition: LeadDefinition, kinds: Iterable[ExportKind]
) -> RecognisedFile | None:
    headers = list(sheet.columns)
    best = strongest_match(headers, kinds)
    if best is None:
        return None
    # Connectors and interfaces give UTC; what people export shows their own time.
    by_machine = any(name.startswith((CONNECTOR_PREFIX, "_")) or _is_code(name) for name in headers)
    zone = "UTC" if by_machine else definition.time_zone
    return RecognisedFile(sheet=sheet, kind=best.kind, columns=best.columns, zone=zone)


def _is_code(header: str) -> bool:
    return header.isascii() and header == header.lower() and " " not in header


def _words_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _words_in(item)
    else:
        yield str(value)
