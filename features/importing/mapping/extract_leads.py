"""Rows of the lead, person and fact tables from the cells of one file."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.core.parsing.null_words import NULL_WORDS
from features.definition import LeadDefinition
from features.definition.attributes import Attribute
from features.importing.imported_file import Batch, ImportedFile
from features.importing.mapping.creation import read_creation
from features.importing.mapping.fact_values import read_fact_values
from features.importing.mapping.mapped_columns import (
    MappedColumns,
    WordColumn,
    choose,
    read_numbers,
    translate,
)
from features.importing.mapping.mapping import FactColumns, FileEntry
from features.importing.mapping.mapping_columns import rows_are_events
from features.importing.notes import ImportNote
from features.importing.sliced.whole_columns import read_beside
from features.store.lead_tables import FACT
from features.store.schema import PERSON

_SHOWN = 3
"""Examples in a note."""

UNKNOWN_ATTRIBUTE = "must be listed in the mapping or be an attribute of the lead definition"


def extract_leads(imported_file: ImportedFile) -> None:
    """Add the leads a file describes."""
    columns = imported_file.entry.lead
    if columns is None:
        return
    created = read_creation(imported_file, columns.created_at)
    rows, at = created.rows, pa.array(created.rows)
    arrival = read_numbers(imported_file.cells, columns.arrival)
    imported_file.reject_faults(imported_file.wanted, columns.arrival, arrival.faults)
    found = {
        "lead_id": imported_file.lead_ids(rows),
        "created_at": pa.array(created.start),
        "day_only": pa.array(created.day_only),
        "arrival": arrival.numbers.take(at),
    }
    headers = {"arrival": columns.arrival}
    if columns.created_at is not None and columns.created_at.column is not None:
        headers |= dict.fromkeys(("created_at", "day_only"), columns.created_at.column[0])
    batch = Batch(
        table="lead",
        rows=pa.table(found),
        origin=rows,
        column=imported_file.entry.lead_id,
        headers={name: column for name, column in headers.items() if column is not None},
        backing=created.backing,
    )
    imported_file.batches.append(batch)
    for vendor, column in columns.external_ids.items():
        _extract_ids(imported_file, vendor, column, rows=rows)


def _extract_ids(imported_file: ImportedFile, vendor: str, column: str, *, rows: IntArray) -> None:
    """Add a CRM's ids; where a cell is blank, what another file or the CRM stored stays."""
    ids = imported_file.cells.keys(column).text.take(pa.array(rows))
    given = ids.is_valid()
    rows = rows[np.asarray(given)]
    batch = Batch(
        table="lead_external_id",
        rows=pa.table(
            {
                "lead_id": imported_file.lead_ids(rows),
                "vendor": pa.repeat(pa.scalar(vendor), len(rows)),
                "external_id": ids.filter(given),
            }
        ),
        origin=rows,
        column=column,
    )
    imported_file.batches.append(batch)


def extract_persons(imported_file: ImportedFile) -> None:
    """Add who the leads are."""
    person = imported_file.entry.person
    if person is None:
        return
    rows = np.flatnonzero(imported_file.wanted)
    at = pa.array(rows)
    headers = person.headers
    columns = {"lead_id": imported_file.lead_ids(rows)}
    for field in PERSON.names[1:]:
        parts = [imported_file.cells.text(name).take(at) for name in headers.get(field, ())]
        columns[field] = _joined(parts) if parts else pa.nulls(len(rows), pa.string())
    table = pa.table(columns, schema=PERSON)
    known = np.zeros(len(rows), bool)
    for name in PERSON.names[1:]:
        known |= np.asarray(table[name].is_valid())
    batch = Batch(
        table="person",
        rows=table.filter(pa.array(known)),
        origin=rows[known],
        column=imported_file.entry.lead_id,
        headers={field: names[0] for field, names in headers.items()},
    )
    imported_file.batches.append(batch)


def extract_facts(imported_file: ImportedFile) -> None:
    """Add what a file says about leads."""
    for fact in imported_file.entry.facts:
        _extract_fact(imported_file, fact)


def said_facts(
    cells: MappedColumns, fact: FactColumns, *, entry: FileEntry, definition: LeadDefinition
) -> tuple[WordColumn, BoolArray]:
    """Of which attribute each row says something, and which rows do.

    Parameters
    ----------
    cells : MappedColumns
    fact : FactColumns
    entry : FileEntry
        To which the fact belongs; its condition on rows is not looked at here.
    definition : LeadDefinition
    """
    attributes = tuple(item.name for item in definition.attributes)
    chosen = choose(cells, fact.attribute, attributes, blank_is_unknown=rows_are_events(entry))
    says = cells.rows_of(fact.when)
    says &= np.asarray(chosen.words.is_valid()) | chosen.unknown
    if fact.attribute.constant is not None:
        # In a history a blank takes the fact back; beside a lead it only says nothing.
        says &= np.asarray(cells.text(fact.column).is_valid())
    return chosen, says


def _extract_fact(imported_file: ImportedFile, fact: FactColumns) -> None:
    chosen, says = said_facts(
        imported_file.cells, fact, entry=imported_file.entry, definition=imported_file.definition
    )
    says &= imported_file.wanted
    if fact.attribute.column is not None:
        imported_file.reject_rows(says & chosen.unknown, fact.attribute.column, UNKNOWN_ATTRIBUTE)
    _note_null_words(imported_file, fact.column)
    _note_spellings(imported_file, fact)
    rows = np.flatnonzero(says)
    known_at = np.zeros(len(rows), dtype=np.int64)
    if fact.known_at.time is not None:
        known_at = imported_file.read_times(fact.known_at.time, says, required=True).known_by[rows]
    words = chosen.words.take(pa.array(rows)).fill_null("")
    values, bad = _read_values(imported_file, fact, rows, words)
    honest = fact.known_at.rule != "unknown"
    table = pa.table(
        {
            "lead_id": imported_file.lead_ids(rows),
            "attribute": words,
            "known_at": pa.array(known_at),
            "value": values,
            "honest": pa.array(np.full(len(rows), honest)),
        }
    ).select(FACT.names)
    batch = Batch(
        table="fact",
        rows=table,
        origin=rows,
        column=fact.column,
        at_creation=fact.known_at.time is None,
    )
    imported_file.batches.append(batch)
    for reason, which in bad.items():
        imported_file.reject_cells(batch, which, reason)
    if fact.old is not None:
        _extract_old(imported_file, fact.model_copy(update={"column": fact.old}), batch)


def _extract_old(imported_file: ImportedFile, fact: FactColumns, changes: Batch) -> None:
    """Add what each change says of the time before it."""
    given = imported_file.cells.text(fact.column).take(pa.array(changes.origin)).is_valid()
    rows, origin = changes.rows.filter(given), changes.origin[np.asarray(given)]
    values, bad = _read_values(imported_file, fact, origin, rows["attribute"].combine_chunks())
    place = rows.column_names.index("value")
    batch = Batch(
        table="fact",
        rows=rows.set_column(place, "value", values),
        origin=origin,
        column=fact.column,
        at_creation=True,
        before=np.asarray(rows["known_at"]),
    )
    imported_file.batches.append(batch)
    for reason, which in bad.items():
        imported_file.reject_cells(batch, which, reason)


def _note_null_words(imported_file: ImportedFile, column: str) -> None:
    """Say which values look like a program's word for nothing; nobody but a person can know."""
    values = imported_file.cells.text(column)
    found = values.filter(pc.is_in(values, pa.array(NULL_WORDS)))
    if len(found):
        words = tuple(pc.unique(found).to_pylist())
        remedy = "; if they mean nothing, list them under `blank` in the mapping"
        counted = (len(found), f" values of {column!r} are ", words, remedy)
        imported_file.notes.append(ImportNote((f"{imported_file.sheet.file}: ", *counted)))


def _note_spellings(imported_file: ImportedFile, fact: FactColumns) -> None:
    """Say which words of a category differ in nothing but capitals, and so are read as one."""
    attribute = spelled_attribute(fact, imported_file.definition)
    if attribute is None:
        return
    spellings: dict[str, list[str]] = {}
    for word in imported_file.cells.words(fact.column).to_pylist():
        spellings.setdefault(word.casefold(), []).append(word)
    alike = [" = ".join(sorted(words)) for words in spellings.values() if len(words) > 1]
    if alike:
        more = f" and {len(alike) - _SHOWN:,} more" if len(alike) > _SHOWN else ""
        sentence = (
            f"{imported_file.sheet.file}: values of {fact.column!r} that differ in capitals alone "
            f"are one ({', '.join(alike[:_SHOWN])}{more}); say `keep_case: true` of "
            f"{attribute.name} in the lead definition if they are not"
        )
        imported_file.notes.append(ImportNote((sentence,)))


def spelled_attribute(fact: FactColumns, definition: LeadDefinition) -> Attribute | None:
    """The category that a column is, where words that differ in capitals alone are one."""
    kinds = {item.name: item for item in definition.attributes}
    attribute = kinds.get(fact.attribute.constant or "")
    if attribute is None or attribute.kind != "category" or attribute.keep_case:
        return None
    return attribute


def _read_values(
    imported_file: ImportedFile, fact: FactColumns, rows: IntArray, words: pa.Array
) -> tuple[pa.Array, dict[str, BoolArray]]:
    """Values as kept, and by reason the rows that cannot be read."""
    values = translate(imported_file.cells, fact.column, fact.values).take(pa.array(rows))
    kinds = {item.name: item.kind for item in imported_file.definition.attributes}
    notation = imported_file.cells.notation(fact.column, fact.decimal)
    nothing, whole = pa.scalar(None, pa.string()), imported_file.cells.whole
    bad: dict[str, BoolArray] = {}
    for name in pc.unique(words).to_pylist():
        if name not in kinds:
            continue
        # Each attribute by itself: in a history of changes others stand in the same column.
        mine = pc.equal(words, name)
        read = read_beside(
            pc.if_else(mine, values, nothing),
            None if whole is None else whole.facts.get((fact.column, name)),
            partial(read_fact_values, kind=kinds[name], formats=fact.format, notation=notation),
        )
        values = pc.if_else(mine, read.text, values)
        for reason, wrong in read.faults.items():
            bad[reason] = bad.get(reason, np.zeros(len(rows), bool)) | wrong
    return values, {reason: which for reason, which in bad.items() if which.any()}


def _joined(parts: list[pa.Array]) -> pa.Array:
    # Arrow's own way to skip nulls (25.0) loses rows in which all parts are null.
    text = pc.binary_join_element_wise(*(part.fill_null("") for part in parts), " ")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, " +", " "))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
