"""Records and changes of a CRM as tables: imported as files are, by mapping and with rejects."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.importing.files.raw_table import RawTable
from features.importing.imported_file import ImportedFile
from features.importing.mapping.mapped_columns import map_columns
from features.importing.mapping.mapping import Mapping as ImportMapping
from features.importing.mapping.mapping_columns import missing_columns
from features.importing.reporting.report import FileReport, sum_files
from serving.crm.inbound.needs import entries_of
from serving.crm.inbound.records import CHANGES, FieldChange, Record

Columns = dict[str, list[str]]


def make_intakes(
    records: Iterable[Record],
    changes: Iterable[FieldChange],
    *,
    leads: Mapping[str, str],
    mapping: ImportMapping,
    definition: LeadDefinition,
) -> list[ImportedFile]:
    """Turn a CRM's records and changes into tables, each with the mapping entries that read it.

    Parameters
    ----------
    records : iterable of Record
    changes : iterable of FieldChange
        In the order of time.
    leads : mapping from str to str
        Lead id by the id of the CRM's record; records of nobody in it are left out.
    mapping : ImportMapping
        Says what each column is.
    definition : LeadDefinition
    """
    sheets = _record_columns(records, leads)
    changed = _change_columns(changes, leads)
    if changed["lead"]:
        sheets[CHANGES] = changed
    imported_files = []
    for name, columns in sheets.items():
        entries = entries_of(mapping, name)
        lacking = [key for entry in entries for key in missing_columns(entry, columns)]
        sheet = _sheet(name, columns, lacking)
        for entry in entries:
            cells = map_columns(sheet, (*mapping.blank, *entry.blank), decimal=entry.decimal or ".")
            imported_files.append(
                ImportedFile(sheet, entry, cells=cells, mapping=mapping, definition=definition)
            )
    return imported_files


def _record_columns(records: Iterable[Record], leads: Mapping[str, str]) -> dict[str, Columns]:
    sheets: dict[str, Columns] = {}
    for record in records:
        columns = sheets.setdefault(record.object, {"lead": [], "id": [], "part": []})
        for about in record.about:
            lead_id = leads.get(about)
            if lead_id is None:
                continue
            n_rows = len(columns["lead"])
            columns["lead"].append(lead_id)
            columns["id"].append(record.record_id)
            columns["part"].append(record.part)
            for name, value in record.fields.items():
                cells = columns.get(name)
                if cells is None:
                    cells = columns[name] = [""] * n_rows
                elif len(cells) < n_rows:
                    cells.extend([""] * (n_rows - len(cells)))
                cells.append(value or "")
    for columns in sheets.values():
        for cells in columns.values():
            cells.extend([""] * (len(columns["lead"]) - len(cells)))
    return sheets


def _change_columns(changes: Iterable[FieldChange], leads: Mapping[str, str]) -> Columns:
    columns: Columns = {"lead": [], "id": [], "field": [], "value": [], "at": []}
    for change in changes:
        lead_id = leads.get(change.record_id)
        if lead_id is None:
            continue
        columns["lead"].append(lead_id)
        columns["id"].append(change.record_id)
        columns["field"].append(change.field)
        columns["value"].append(change.value or "")
        columns["at"].append(from_second(change.known_at).isoformat())
    return columns


def _sheet(name: str, columns: Columns, lacking: list[str]) -> RawTable:
    n_rows = len(columns["lead"])
    # A field that no record has is as blank as one that only some have.
    filled = {key: pa.array(values, pa.string()) for key, values in columns.items()}
    filled |= {key: pa.repeat(pa.scalar(""), n_rows) for key in lacking}
    return RawTable(file=name, columns=filled, lines=np.arange(n_rows, dtype=np.int64))


def by_object(files: Iterable[FileReport]) -> tuple[FileReport, ...]:
    """Reports of the same object added up."""
    summed: dict[str, FileReport] = {}
    for item in files:
        before = summed.get(item.file)
        summed[item.file] = item if before is None else sum_files(before, item)
    return tuple(summed.values())
