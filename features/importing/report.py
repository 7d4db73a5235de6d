"""What an import did: per file and table, with counts that must add up."""

from dataclasses import dataclass
from pathlib import Path

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
    condition; ``rejected`` were stored in no table; ``facts_left_out`` are single facts of rows
    that were stored otherwise; ``footer_rows`` (totals, copyright) are no data and not counted.
    """

    file: str
    rows: int
    skipped: int
    rejected: int
    facts_left_out: int
    footer_rows: int
    tables: tuple[TableCount, ...]


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

    @property
    def tables(self) -> tuple[TableCount, ...]:
        """Counts per table over all files."""
        names = dict.fromkeys(count.table for file in self.files for count in file.tables)
        return tuple(_sum(name, self.files) for name in names)

    @property
    def rejected(self) -> int:
        """Rows of files that were stored in no table, and facts left out alone."""
        return sum(file.rejected + file.facts_left_out for file in self.files)


def _sum(name: str, files: tuple[FileReport, ...]) -> TableCount:
    counts = [count for file in files for count in file.tables if count.table == name]
    return TableCount(
        table=name,
        read=sum(count.read for count in counts),
        stored=sum(count.stored for count in counts),
        unchanged=sum(count.unchanged for count in counts),
        rejected=sum(count.rejected for count in counts),
        forgotten=sum(count.forgotten for count in counts),
    )
