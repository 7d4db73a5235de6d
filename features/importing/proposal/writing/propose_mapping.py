"""A mapping for files and a lead definition that is there already.

Exports of known CRMs are mapped by the presets of their vendors, which know what a set of many
tables means. Other files are understood as a start understands them, and what the lead definition
has a word for is mapped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.definition.yaml.yaml_text import COMMENTS, yaml_text
from features.importing.files.parquet_file import is_parquet_folder
from features.importing.files.read_file import ENDINGS, read_file
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.plan import list_files
from features.importing.presets.entries import PresetEntry, preset_entries
from features.importing.presets.kinds import ExportKind
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.lead_times import lead_times
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.names import as_agreed, name_all
from features.importing.proposal.writing.write_mapping import MappingText

DECIDING = (ColumnRole.ID, ColumnRole.CREATED, ColumnRole.OUTCOME)
"""Roles of which a wrong guess stores wrong leads."""


@dataclass(frozen=True, kw_only=True)
class MappingProposal:
    """A mapping, its text, and what it rests on.

    Attributes
    ----------
    text : str
    mapping : Mapping
    presets : tuple of PresetEntry
        What each file was recognised as; empty where none is an export of a known CRM.
    understanding : Understanding or None
        What the files were understood to be, where no preset says.
    """

    text: str
    mapping: Mapping
    presets: tuple[PresetEntry, ...] = ()
    understanding: Understanding | None = None

    @property
    def doubt(self) -> str | None:
        """What a person should look at before anything is stored; None where nothing is."""
        found = self.understanding
        if found is None:
            return None
        if found.tables.is_log:
            return f"leads would be made of the events in {found.tables.leads.name}"
        doubtful = next((c for c in found.asked if c.role in DECIDING), None)
        if doubtful is None:
            return None
        return f"{doubtful.header!r} is only perhaps the {doubtful.role} ({doubtful.reason.en})"


def propose_mapping(
    paths: list[Path], definition: LeadDefinition, *, exports: Iterable[ExportKind] = ()
) -> MappingProposal:
    """Propose which column is what.

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
        If the files are no lists of rows, or do not say when leads came.
    """
    return map_by_presets(paths, definition, exports=exports) or _understood(paths, definition)


def map_by_presets(
    paths: list[Path], definition: LeadDefinition, *, exports: Iterable[ExportKind] = ()
) -> MappingProposal | None:
    """Propose which column is what by the presets of vendors; None where no file is known.

    Parameters
    ----------
    paths : list of Path
        Files or folders.
    definition : LeadDefinition
        Only its attributes and behaviours are filled.
    exports : iterable of ExportKind
        Kinds that the CRMs add to those of vendors without a connector.
    """
    files = [file for path in paths for file in list_files(path)]
    readable = [f for f in files if f.name.lower().endswith(ENDINGS) or is_parquet_folder(f)]
    found = preset_entries([read_file(file) for file in readable], definition, exports)
    entries = [one.entry for one in found if one.entry is not None]
    if not entries:
        return None
    text = yaml_text({"format": 1, "files": entries, COMMENTS: _left_out(found)}, _head(found))
    mapping = parse_mapping(text, "proposed mapping", definition)
    return MappingProposal(text=text, mapping=mapping, presets=found)


def _understood(paths: list[Path], definition: LeadDefinition) -> MappingProposal:
    found = understand(list(read_raw(paths).files))
    if found.created is None and definition.dated:
        file = found.tables.leads
        msg = (
            f"a column must say when leads came; got none in {file.name} (columns: "
            f"{file.headers}). Export the date as well, or write a mapping and give it with "
            "--mapping."
        )
        raise LeadDataError(msg)
    text = MappingText(
        found,
        named=as_agreed(name_all(found), definition),
        time_zone=definition.time_zone,
        until=lead_times(found, datetime.now(UTC).timestamp()).until,
    ).write()
    mapping = parse_mapping(text, "proposed mapping", definition)
    return MappingProposal(text=text, mapping=mapping, understanding=found)


def _head(found: tuple[PresetEntry, ...]) -> list[str]:
    return [
        "Proposed from the headers of files. Read it before you rely on it, above all known_at.",
        *(f"{one.sheet.file}: {one.kind or 'not recognised'}, {_fate(one)}" for one in found),
    ]


def _fate(one: PresetEntry) -> str:
    if one.entry is not None:
        return "used"
    if one.joined:
        return "joined to others"
    return "not used" if one.kind is None else "the lead definition has nothing for it"


def _left_out(found: tuple[PresetEntry, ...]) -> list[str]:
    return [
        f"{one.sheet.file}, left out: {', '.join(one.left_out)}"
        for one in found
        if one.entry is not None and one.left_out
    ]
