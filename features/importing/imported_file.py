"""One file on its way in: its cells, the rows it gives to each table, and what was rejected.

A row of a file is stored whole or not at all: half a row would be a lead without its outcome, which
looks like one that was lost. Only a fact whose value cannot be read is left out alone; the lead is
then merely less known.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.definition import LeadDefinition
from features.importing.files.raw_table import RawTable
from features.importing.mapping.mapped_columns import MappedColumns
from features.importing.mapping.mapping import FileEntry, Mapping, TimeColumn
from features.importing.mapping.times import FAULTS, Instants, read_instants

HIDDEN = "(hidden)"
"""Stands in the file of rejects where a value says who somebody is."""

MUST_BE_GIVEN = "must not be blank"


@dataclass(frozen=True, kw_only=True)
class Rejects:
    """Values of one column that were rejected for one reason."""

    lines: IntArray
    column: str
    values: pa.Array
    reason: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows that one file gives to one table, before they are held against each other.

    ``origin`` is the row of the sheet each came from. ``rejected`` and ``repeated`` are filled in
    while rows are checked: not to be stored, and already there.
    """

    table: str
    rows: pa.Table
    origin: IntArray
    column: str
    """Header that is blamed when a row does not fit with others."""
    latest: SecondArray | None = None
    """The last second at which it may have happened, where only the day is known."""
    at_creation: bool = False
    """Facts whose known_at is the creation of their lead."""
    rejected: BoolArray = field(init=False)
    repeated: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rejected", np.zeros(len(self.origin), bool))
        object.__setattr__(self, "repeated", np.zeros(len(self.origin), bool))


class ImportedFile:
    """A file, what the mapping says about it, and what became of its rows so far."""

    def __init__(
        self,
        sheet: RawTable,
        entry: FileEntry,
        *,
        cells: MappedColumns,
        mapping: Mapping,
        definition: LeadDefinition,
    ) -> None:
        self.sheet = sheet
        self.entry = entry
        self.cells = cells
        self.mapping = mapping
        self.definition = definition
        self.rejected = np.zeros(sheet.n_rows, bool)
        self.rejects: list[Rejects] = []
        self.batches: list[Batch] = []
        self.wanted = cells.rows_of(entry.when)
        self._hidden = _columns_about_people(entry, definition)
        self._check_keys()

    def reject_rows(self, rows: BoolArray, column: str, reason: str) -> None:
        """Reject rows of the file; ``rows`` is a mask over all of them."""
        if rows.any():
            self.rejected |= rows
            self.rejects.append(self._describe(np.flatnonzero(rows), column, reason))

    def reject_cells(self, batch: Batch, which: BoolArray, reason: str) -> None:
        """Reject rows of a batch alone; ``which`` is a mask over the batch."""
        if which.any():
            np.logical_or(batch.rejected, which, out=batch.rejected)
            self.rejects.append(self._describe(batch.origin[which], batch.column, reason))

    def read_times(self, time: TimeColumn, rows: BoolArray, *, required: bool) -> Instants:
        """Instants of a column; faults in the given rows reject them."""
        zone = self.mapping.zone(self.entry, time)
        instants = read_instants(self.cells.plain(time.column), time.format, zone)
        for code, reason in enumerate(FAULTS, start=1):
            self.reject_rows(rows & (instants.fault == code), time.column, reason)
        if required:
            self.reject_rows(rows & instants.blank, time.column, MUST_BE_GIVEN)
        return instants

    def lead_ids(self, rows: IntArray) -> pa.Array:
        """Keys of the leads that some rows are about."""
        return self.cells.text(self.entry.lead_id).take(pa.array(rows))

    def kept(self, batch: Batch) -> BoolArray:
        """Which rows of a batch are to be written."""
        return ~self.rejected[batch.origin] & ~batch.rejected & ~batch.repeated

    def _check_keys(self) -> None:
        blank = ~np.asarray(self.cells.text(self.entry.lead_id).is_valid())
        self.reject_rows(self.wanted & blank, self.entry.lead_id, MUST_BE_GIVEN)

    def _describe(self, rows: IntArray, column: str, reason: str) -> Rejects:
        hidden = column in self._hidden
        values = (
            pa.repeat(pa.scalar(HIDDEN), len(rows))
            if hidden
            else self.cells.text(column).take(pa.array(rows))
        )
        return Rejects(lines=self.sheet.lines[rows], column=column, values=values, reason=reason)


def _columns_about_people(entry: FileEntry, definition: LeadDefinition) -> frozenset[str]:
    person = entry.person
    columns: set[str | None] = set()
    if person is not None:
        columns = {person.email, person.phone, person.company, *(person.name or ())}
    domains = {item.name for item in definition.attributes if item.kind == "email_domain"}
    columns |= {fact.column for fact in entry.facts if fact.attribute.constant in domains}
    return frozenset(column for column in columns if column is not None)
