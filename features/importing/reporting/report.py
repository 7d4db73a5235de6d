"""What an import did: per file and table, with counts that must add up."""

from dataclasses import dataclass, replace
from pathlib import Path

from features.core.errors import LeadDataError
from features.data_clock import FutureRows


@dataclass(frozen=True, kw_only=True)
class TableCount:
    """Rows that a file gave to one table: ``read == stored + unchanged + rejected + forgotten``.

    ``forgotten`` are rows of leads that were forgotten: nothing of them is stored again.
    """

    table: str
    read: int
    stored: int
    unchanged: int
    rejected: int
    forgotten: int = 0


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """What became of one file.

    ``rows`` are those with any text below the header; ``skipped`` did not meet the mapping's
    condition; ``rejected`` were stored in no table; ``parts_left_out`` are single facts, and what
    contradicts an earlier row, of rows that were stored otherwise; ``footer_rows`` (totals,
    copyright) are no data and not counted.
    """

    file: str
    rows: int
    skipped: int
    rejected: int
    parts_left_out: int
    footer_rows: int
    tables: tuple[TableCount, ...]


@dataclass(frozen=True, kw_only=True)
class RejectReason:
    """One reason for which values of one column were rejected.

    Attributes
    ----------
    file, column, reason : str
        ``column`` is empty where the whole row could not be read.
    count : int
        Values rejected for it.
    line : int
        Where the first of them stands.
    value : str
        What stands there; hidden where it says who somebody is.
    remedy : str
        What to do.
    """

    file: str
    column: str
    reason: str
    count: int
    line: int
    value: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did; ``unmatched`` files fit no entry of the mapping and were not read."""

    files: tuple[FileReport, ...]
    joined: tuple[str, ...]
    unmatched: tuple[str, ...]
    rejects_file: Path | None
    """Where rejected values are listed; None if there are none."""
    future: tuple[FutureRows, ...] = ()
    """Rows of the store, by table, that lie beyond its data: kept, and moving nothing."""
    empty: tuple[TableCount, ...] = ()
    """Tables that the mapping fills and of which nothing arrived."""
    notes: tuple[str, ...] = ()
    """What was understood otherwise than it was written, and how well each join matched."""
    reasons: tuple[RejectReason, ...] = ()
    """The commonest reasons for rejects."""
    merged: tuple[tuple[str, str], ...] = ()
    """Keys of merged records, each with that of the lead that stays."""
    dry_run: bool = False
    """Whether nothing was stored: the counts tell what would be."""

    @property
    def tables(self) -> tuple[TableCount, ...]:
        """Counts per table over all files."""
        return sum_tables([count for file in self.files for count in file.tables])

    @property
    def rejected(self) -> int:
        """Rows of files that were stored in no table, and parts of rows left out alone."""
        return sum(file.rejected + file.parts_left_out for file in self.files)

    def refuse_empty(self) -> None:
        """Raise an error if a table that the mapping fills stayed empty.

        Raises
        ------
        LeadDataError
            Naming each such table with what was read and rejected.
        """
        if not self.empty:
            return
        told = ", ".join(
            f"0 of {count.read} rows for the table {count.table}" for count in self.empty
        )
        msg = (
            f"every table that the mapping fills must get rows; got {told}. "
            "See why above and in the file of rejects, and check the mapping's columns and words."
        )
        raise LeadDataError(msg)


def sum_files(first: FileReport, second: FileReport) -> FileReport:
    """What became of the rows of both, which are of one file."""
    return replace(
        first,
        rows=first.rows + second.rows,
        skipped=first.skipped + second.skipped,
        rejected=first.rejected + second.rejected,
        parts_left_out=first.parts_left_out + second.parts_left_out,
        footer_rows=first.footer_rows + second.footer_rows,
        tables=sum_tables([*first.tables, *second.tables]),
    )


def sum_tables(counts: list[TableCount]) -> tuple[TableCount, ...]:
    """Counts of several files or entries added up by table, in the order in which they come."""
    return tuple(
        _sum([count for count in counts if count.table == name])
        for name in dict.fromkeys(count.table for count in counts)
    )


def _sum(counts: list[TableCount]) -> TableCount:
    return TableCount(
        table=counts[0].table,
        read=sum(count.read for count in counts),
        stored=sum(count.stored for count in counts),
        unchanged=sum(count.unchanged for count in counts),
        rejected=sum(count.rejected for count in counts),
        forgotten=sum(count.forgotten for count in counts),
    )
