"""One file on its way in: its cells, the rows it gives to each table, and what was rejected.

A row of a file is stored whole or not at all: half a row would be a lead without its outcome, which
looks like one that was lost. Only a fact whose value cannot be read is left out alone; the lead is
then merely less known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.definition import LeadDefinition
from features.definition.kinds import KINDS
from features.importing.files.footer import Malformed
from features.importing.files.raw_table import RawTable
from features.importing.mapping.column_types import TimeColumn
from features.importing.mapping.mapped_columns import MappedColumns
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.mapping.observation import read_observation
from features.importing.mapping.times import FAULTS, Instants, read_instants
from features.importing.notes import ImportNote

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

    ``origin`` is the row of the sheet each came from. ``rejected``, ``repeated`` and ``differs_in``
    are filled in while rows are checked: not to be stored, already there, and already there with
    another value in a column (counted from 1; 0 where there is none).
    """

    table: str
    rows: pa.Table
    origin: IntArray
    column: str
    """Header that is blamed when a row does not fit with others."""
    headers: dict[str, str] = field(default_factory=dict)
    """Header that is blamed when a row contradicts another, by the table's column."""
    backing: IntArray | None = None
    """Where many rows of the sheet make one of the batch: its place by row of the sheet, or -1."""
    latest: SecondArray | None = None
    """The last second at which it may have happened, where only the day is known."""
    undated: bool = False
    """Outcomes that stood on the day of an export, and nobody knows since when."""
    at_creation: bool = False
    """Facts whose known_at is the creation of their lead."""
    before: SecondArray | None = None
    """The change that ended each value, where these are what held from creation until then."""
    deals: pa.Array | None = None
    """Key of the deal in each row of the sheet, where outcomes are what stands now of deals."""
    stages: tuple[str, ...] = ()
    """Of which stages these are then all that a deal has."""
    rejected: BoolArray = field(init=False)
    stored: BoolArray = field(init=False)
    """Rows that the store already holds, with more than they say."""
    repeated: BoolArray = field(init=False)
    differs_in: IntArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rejected", np.zeros(len(self.origin), bool))
        object.__setattr__(self, "stored", np.zeros(len(self.origin), bool))
        object.__setattr__(self, "repeated", np.zeros(len(self.origin), bool))
        object.__setattr__(self, "differs_in", np.zeros(len(self.origin), np.int64))

    def with_column(self, name: str, values: pa.Array) -> "Batch":
        """The same batch with other values in a column."""
        position = self.rows.column_names.index(name)
        changed = replace(self, rows=self.rows.set_column(position, name, values))
        for mask in ("rejected", "stored", "repeated", "differs_in"):
            np.copyto(getattr(changed, mask), getattr(self, mask))
        return changed

    @property
    def takes_first(self) -> bool:
        """Whether these are leads whose creation is the earliest of many rows."""
        return self.backing is not None


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
        self.notes: list[ImportNote] = []
        self.merged: dict[str, str] = {}
        """The lead that stays by the key of each that was merged into it."""
        self.wanted = cells.rows_of(entry.when)
        self.observed_at = read_observation(
            sheet.file, entry, mapping=mapping, zone=definition.zone
        )
        self._hidden = _columns_about_people(mapping, definition)
        self._check_keys()

    def reject_rows(self, rows: BoolArray, column: str, reason: str) -> None:
        """Reject rows of the file and keep why.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,)
            Mask over all rows of the file.
        column : str
            Header of the column whose value is at fault.
        reason : str
            What must hold of the value.
        """
        if rows.any():
            self.rejected |= rows
            self.rejects.append(self._describe(np.flatnonzero(rows), column, reason))

    def reject_faults(
        self, rows: BoolArray, column: str | None, faults: dict[str, BoolArray]
    ) -> None:
        """Reject rows of the file by the reason for which a column could not be read.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,)
            Which rows the column speaks for.
        column : str or None
            Header of the column, if there is one.
        faults : dict of str to ndarray of shape (n_rows,)
            By reason.
        """
        for reason, which in faults.items():
            if column is not None:
                self.reject_rows(rows & which, column, reason)

    def reject_cells(
        self, batch: Batch, which: BoolArray, reason: str, *, column: str | None = None
    ) -> None:
        """Reject rows of a batch alone.

        Parameters
        ----------
        batch : Batch
        which : ndarray of shape (n_batch_rows,)
            Mask over the batch.
        reason : str
        column : str, optional
            Header that is blamed; that of the batch if not given.
        """
        if which.any():
            np.logical_or(batch.rejected, which, out=batch.rejected)
            blamed = batch.column if column is None else column
            self.rejects.append(self._describe(batch.origin[which], blamed, reason))

    def read_times(self, time: TimeColumn, rows: BoolArray, *, required: bool) -> Instants:
        """Read the instants of a column; faults in the given rows reject them.

        Parameters
        ----------
        time : TimeColumn
            Column, format and time zone as the mapping says.
        rows : ndarray of shape (n_rows,)
            Mask over all rows of the file: those that need the column.
        required : bool
            Whether a blank rejects its row, too.
        """
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

    def alive(self, batch: Batch) -> BoolArray:
        """Which rows of a batch are not rejected, alone or with their row of the sheet.

        What many rows of the sheet make lives as long as one of them does.
        """
        if batch.backing is None:
            return ~self.rejected[batch.origin] & ~batch.rejected
        stands = np.zeros(len(batch.origin), bool)
        stands[batch.backing[(batch.backing >= 0) & ~self.rejected]] = True
        return stands & ~batch.rejected

    def kept(self, batch: Batch) -> BoolArray:
        """Which rows of a batch are to be written."""
        return self.alive(batch) & ~batch.repeated & (batch.differs_in == 0)

    def rename_leads(self, lead_ids: pa.Array) -> None:
        """Give the rows' leads other keys, of shape (n_rows,)."""
        columns = self.cells.columns | {self.entry.lead_id: lead_ids}
        self.cells = replace(self.cells, columns=columns)

    def merged_rows(self) -> Iterator[tuple[str, str]]:
        """Keys of records with those of the leads they were merged into."""
        column = None if self.entry.lead is None else self.entry.lead.merged_into
        if column is None:
            return
        keys = self.cells.text(self.entry.lead_id)
        masters = self.cells.keys(column).text
        pairs = zip(keys.to_pylist(), masters.to_pylist(), strict=True)
        yield from ((key, master) for key, master in pairs if key and master and key != master)

    def leave_out_merged(self, rows: BoolArray) -> None:
        """Leave out rows of records that were merged, where this file says so itself."""
        lead = self.entry.lead
        if lead is not None and lead.merged_into is not None and (rows & self.wanted).any():
            n_merged = int((rows & self.wanted).sum())
            what = " records were merged into others; what is said of them goes to those"
            self.notes.append(ImportNote((f"{self.sheet.file}: ", n_merged, what)))
            self.wanted = self.wanted & ~rows

    def _check_keys(self) -> None:
        keys = self.cells.keys(self.entry.lead_id)
        self.reject_faults(self.wanted, self.entry.lead_id, keys.faults)
        self.rename_leads(keys.text)
        if keys.n_floats:
            what = f" keys of {self.entry.lead_id!r} end in .0 and were read without it"
            self.notes.append(ImportNote((f"{self.sheet.file}: ", keys.n_floats, what)))
        blank = ~np.asarray(keys.text.is_valid())
        self.reject_rows(self.wanted & blank, self.entry.lead_id, MUST_BE_GIVEN)

    def _describe(self, rows: IntArray, column: str, reason: str) -> Rejects:
        hidden = column in self._hidden
        values = (
            pa.repeat(pa.scalar(HIDDEN), len(rows))
            if hidden
            else self.cells.text(column).take(pa.array(rows))
        )
        return Rejects(lines=self.sheet.lines[rows], column=column, values=values, reason=reason)


@dataclass(kw_only=True)
class EntryResult:
    """What one entry of the mapping leaves to tell of a file whose rows are stored.

    Attributes
    ----------
    file : str
    malformed : tuple of Malformed
        Of the file, with the first entry that reads it.
    rejects : list of Rejects
    notes : list of list of ImportNote
        By slice of the file.
    merged : dict from str to str
        The lead that stays by the key of each that was merged into it.
    """

    file: str
    malformed: tuple[Malformed, ...] = ()
    rejects: list[Rejects] = field(default_factory=list)
    notes: list[list[ImportNote]] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)

    def add(self, imported_file: ImportedFile, *, is_first: bool) -> None:
        """Take in what became of some rows, by the first entry of their file or another."""
        if is_first:
            self.malformed += imported_file.sheet.malformed
        self.rejects += imported_file.rejects
        self.notes.append([*imported_file.cells.notes, *imported_file.notes])
        self.merged |= imported_file.merged


def _columns_about_people(mapping: Mapping, definition: LeadDefinition) -> frozenset[str]:
    """Headers that say who somebody is, wherever the mapping says so: entries may share a file."""
    domains = {item.name for item in definition.attributes if KINDS[item.kind].names_people}
    columns: set[str | None] = set()
    for entry in mapping.files:
        person = entry.person
        if person is not None:
            columns.update(*person.headers.values())
        columns |= {fact.column for fact in entry.facts if fact.attribute.constant in domains}
    return frozenset(column for column in columns if column is not None)
