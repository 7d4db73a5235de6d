"""Reads the files of an import with what is joined to them; refuses what cannot be as mapped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from features.core.errors import LeadDataError
from features.core.progress import Progress, ignore_progress
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import read_file
from features.importing.mapping.mapped_columns import MappedColumns, join_columns, map_columns
from features.importing.mapping.mapping import FileEntry, Join, Mapping
from features.importing.mapping.mapping_columns import missing_columns
from features.importing.plan import Plan, fits
from features.importing.sliced.whole_columns import WholeColumns


def gather(
    plan: Plan, mapping: Mapping, *, on_step: Progress = ignore_progress
) -> list[tuple[RawTable, FileEntry, MappedColumns]]:
    """Read all files of a plan, each with its entry and its columns.

    Parameters
    ----------
    plan : Plan
        From :func:`features.importing.plan.plan_import`.
    mapping : Mapping
        Which column is what.
    on_step : callable
        Told the step, how many files are read, and of how many.

    Raises
    ------
    LeadDataError
        If a file cannot be read, or columns are missing; all missing ones are told at once.
    """
    desk = Desk(plan=plan, mapping=mapping)
    gathered: list[tuple[RawTable, FileEntry, MappedColumns]] = []
    for path, entry in plan.entries:
        on_step("read files", len(gathered), len(plan.entries))
        gathered.append(desk.read(path, entry))
    on_step("read files", len(gathered), len(plan.entries))
    desk.refuse_missing()
    return gathered


class ReadOptions(TypedDict):
    """What the readers of files take beside a path."""

    encoding: str
    delimiter: str | None
    sheet: str | None


@dataclass(frozen=True, kw_only=True)
class HowRead:
    """How an entry of the mapping reads a file; entries that read it alike read it once."""

    path: Path
    encoding: str
    delimiter: str | None
    sheet: str | None

    @classmethod
    def by(cls, path: Path, entry: FileEntry) -> "HowRead":
        """How an entry reads a file."""
        return cls(path=path, encoding=entry.encoding, delimiter=entry.delimiter, sheet=entry.sheet)

    @property
    def options(self) -> ReadOptions:
        """What the readers of files take."""
        return {"encoding": self.encoding, "delimiter": self.delimiter, "sheet": self.sheet}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Reads files with what is joined to them, each once, and remembers what is missing.

    Attributes
    ----------
    missing : list of (RawTable, str)
        Columns that are not there, with the sheet that should have them.
    sheets : dict of RawTable
        What was read: several entries may read one file, and several files be joined with one.
    """

    plan: Plan
    mapping: Mapping
    missing: list[tuple[RawTable, str]] = field(default_factory=list)
    sheets: dict[HowRead, RawTable] = field(default_factory=dict)

    def read(self, path: Path, entry: FileEntry) -> tuple[RawTable, FileEntry, MappedColumns]:
        """A file with one entry that reads it and its columns."""
        sheet = self._sheet(HowRead.by(path, entry))
        return sheet, entry, self.map(sheet, entry)

    def map(
        self, sheet: RawTable, entry: FileEntry, whole: WholeColumns | None = None
    ) -> MappedColumns:
        """The columns of a file, or of some of its rows, with those that are joined.

        Parameters
        ----------
        sheet : RawTable
        entry : FileEntry
        whole : WholeColumns, optional
            What is known of all rows, where these are some of them.
        """
        blanks, decimal = (*self.mapping.blank, *entry.blank), entry.decimal or self.mapping.decimal
        cells = map_columns(sheet, blanks, decimal=decimal, whole=whole)
        for join in entry.joins:
            cells = self._join(sheet, cells, join=join, entry=entry)
        self.missing.extend((sheet, name) for name in missing_columns(entry, cells.columns))
        return cells

    def _sheet(self, how: HowRead) -> RawTable:
        if how not in self.sheets:
            self.sheets[how] = read_file(how.path, **how.options)
        return self.sheets[how]

    def _join(
        self, sheet: RawTable, cells: MappedColumns, *, join: Join, entry: FileEntry
    ) -> MappedColumns:
        other = self._read_joined(sheet.file, join)
        lacking = [(other, join.key)] if join.key not in other.columns else []
        if join.on.column not in cells.columns:
            lacking.append((sheet, join.on.column))
        if lacking:
            self.missing.extend(lacking)
            return cells
        blanks = (*self.mapping.blank, *entry.blank)
        added = map_columns(other, blanks, decimal=cells.decimal)
        return join_columns(cells, join, other=added, file=other.file)

    def _read_joined(self, file: str, join: Join) -> RawTable:
        found = [path for path in self.plan.joined if fits(path, (join.file,))]
        if len(found) != 1:
            msg = (
                f"{file} is joined with one file named {join.file}; got {len(found)}. "
                "Give exactly one."
            )
            raise LeadDataError(msg)
        return self._sheet(
            HowRead(path=found[0], encoding=join.encoding, delimiter=None, sheet=join.sheet)
        )

    def refuse_missing(self) -> None:
        """Raise an error if columns are missing.

        Raises
        ------
        LeadDataError
            Naming all of them.
        """
        if not self.missing:
            return
        lines = []
        for sheet in {sheet.file: sheet for sheet, _ in self.missing}.values():
            names = dict.fromkeys(name for owner, name in self.missing if owner.file == sheet.file)
            lacking = ", ".join(repr(name) for name in names)
            present = ", ".join(sheet.columns)
            lines.append(f"{sheet.file} must have the columns {lacking}; got {present}.")
        lines.append("Nothing was stored. Mend the mapping or export the file again.")
        raise LeadDataError("\n".join(lines))
