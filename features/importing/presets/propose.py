"""A mapping proposed from the headers of files, as text that people can read and keep."""

from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

import yaml

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.files.parquet_file import is_parquet_folder
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import ENDINGS, read_file
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.plan import list_files
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


@dataclass(frozen=True, kw_only=True)
class FileNote:
    """What one file was taken for, and what of it the proposal uses."""

    file: str
    kind: str | None
    used: bool
    joined: bool
    columns_left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MappingProposal:
    """A mapping, its text, and what became of each file."""

    text: str
    mapping: Mapping
    files: tuple[FileNote, ...]


def propose_mapping(
    paths: list[Path], definition: LeadDefinition, *, exports: Iterable[ExportKind] = ()
) -> MappingProposal:
    """Map exports of known kinds by their headers.

    Parameters
    ----------
    paths : list of path
        Files or folders.
    definition : LeadDefinition
        Only its attributes and behaviours are filled.
    exports : iterable of ExportKind
        Kinds that the CRMs add to those of vendors without a connector.

    Raises
    ------
    LeadDataError
        If no file is an export of leads or of something that leads did.
    """
    sheets = [read_file(path) for path in _readable(paths)]
    kinds = (*exports, *other_exports())
    found = [(sheet, _recognise(sheet, definition, kinds)) for sheet in sheets]
    # Of two files of one kind the first is the one that others are joined to.
    others: Others = {item.kind.name: item for _, item in reversed(found) if item is not None}
    words = Vocabulary(definition=definition)
    entries = {}
    for sheet, item in found:
        if item is not None and item.kind.entry is not None:
            entry = _entry(item, others, words)
            if entry is not None:
                entries[sheet.file] = {
                    "match": escape(sheet.file),
                    "time_zone": item.zone,
                    **entry,
                }
    if not entries:
        msg = (
            f"files must be exports of a known CRM, or come with a mapping; got {len(sheets)} "
            "files with other headers. Write a mapping and give it with --mapping."
        )
        raise LeadDataError(msg)
    notes = tuple(_note(sheet, item, entries) for sheet, item in found)
    text = mapping_text({"files": list(entries.values())}, _comment(notes))
    mapping = parse_mapping(text, "proposed mapping", definition)
    return MappingProposal(text=text, mapping=mapping, files=notes)


def mapping_text(told: dict[str, Any], comments: Iterable[str]) -> str:
    """Write a mapping as people read it.

    Parameters
    ----------
    told : dict
        Its keys but ``format``.
    comments : iterable of str
        Lines for the top, without their ``#``.
    """
    return "".join(f"# {line}\n" for line in comments) + yaml.dump(
        {"format": 1, **told},
        Dumper=_PlainDumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )


class _PlainDumper(yaml.SafeDumper):
    """Writes a part that stands twice twice: people read the text, and anchors puzzle them."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _entry(found: RecognisedFile, others: Others, words: Vocabulary) -> dict[str, Any] | None:
    """The entry of a file, from the template of its kind; None if nothing is made of it."""
    template = dict(found.kind.entry or {})
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
    if entry is None:
        return None
    said = str([entry, *(values[join["by"]] for _, join in joined.values())])
    joins = [
        {"file": other.sheet.file, "as": alias, "key": other.columns[join["key"]]}
        | {"on": values[join["by"]]}
        | {key: value for key, value in join.items() if key == "repeated"}
        for alias, (other, join) in joined.items()
        if f"'{alias}." in said
    ]
    return ({"joins": joins} if joins else {}) | entry


def _time(found: RecognisedFile, joined: Others, name: str) -> Any:
    alias, _, of_other = name.rpartition(".")
    return joined[alias].time(of_other, f"{alias}.") if alias else found.time(name)


def _readable(paths: list[Path]) -> list[Path]:
    files = [file for path in paths for file in list_files(path)]
    return [f for f in files if f.name.lower().endswith(ENDINGS) or is_parquet_folder(f)]


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


def _is_code(header: str) -> bool:
    return header.isascii() and header == header.lower() and " " not in header


def _note(
    sheet: RawTable, item: RecognisedFile | None, entries: dict[str, dict[str, Any]]
) -> FileNote:
    used = sheet.file in entries
    mentioned = _words_in(entries.get(sheet.file, {}))
    joined = any(
        join["file"] == sheet.file for entry in entries.values() for join in entry.get("joins", ())
    )
    return FileNote(
        file=sheet.file,
        kind=None if item is None else item.kind.name,
        used=used,
        joined=joined,
        columns_left_out=tuple(name for name in sheet.columns if used and name not in mentioned),
    )


def _words_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_words_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_words_in(item) for item in value))
    return {str(value)}


def _comment(notes: tuple[FileNote, ...]) -> list[str]:
    lines = [
        "Proposed from the headers of files. Read it before you rely on it, above all known_at."
    ]
    for note in notes:
        what = note.kind or "not recognised"
        fate = "used" if note.used else "joined to others" if note.joined else "not used"
        if note.kind is not None and fate == "not used":
            fate = "the lead definition has nothing for it"
        lines.append(f"{note.file}: {what}, {fate}")
    return lines
