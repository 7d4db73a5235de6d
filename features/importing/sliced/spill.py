"""Files on disk, cut by lead: read once in pieces, written again so that a slice can be read.

Slices are stretches of leads in the order of their keys, with leads that share something in one:
the store then grows at its end with each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import IntArray
from features.core.errors import LeadDataError
from features.importing.files.footer import Malformed
from features.importing.files.raw_table import RawTable
from features.importing.mapping.mapping import FileEntry
from features.importing.mapping.mapping_columns import needed_columns
from features.importing.open_files import Desk
from features.importing.sliced.gather import NOBODY, EntryLook, lead_hashes
from features.importing.sliced.links import Links
from features.importing.sliced.text_hashes import Hashes, text_hashes

_LINE, _LEAD = "line of the file", "hash of the lead"
_MERGED_AT = 1 << 16
"""Keys of leads that wait to be told apart from those that are known."""


class LeadKeys:
    """Keys of all leads that files speak of, each once."""

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())
        self._new: list[pa.Array] = []

    def add(self, keys: pa.Array) -> None:
        """Take in the keys of more rows."""
        self._new.append(pc.unique(keys).drop_null())
        if sum(map(len, self._new)) > max(len(self._known), _MERGED_AT):
            self._merge()

    def ordered(self) -> pa.Array:
        """All of them, ascending."""
        self._merge()
        return self._known.take(pc.sort_indices(self._known))

    def _merge(self) -> None:
        self._known = pc.unique(pa.concat_arrays([self._known, *self._new]))
        self._new = []


@dataclass(frozen=True, kw_only=True)
class SpilledFile:
    """A file whose rows lie on disk.

    Attributes
    ----------
    sheet : RawTable
        What the file says beside its rows: malformed ones, a footer, how columns are typed.
    path : path
        Its rows, in the order of the file.
    n_bytes : int
    """

    sheet: RawTable
    path: Path
    n_bytes: int


def spill(
    pieces: Iterator[RawTable],
    looks: list[tuple[FileEntry, EntryLook]],
    *,
    desk: Desk,
    links: Links,
    keys: LeadKeys,
    folder: Path,
) -> SpilledFile:
    """Read a file once, and keep of it on disk what the mapping speaks of.

    Parameters
    ----------
    pieces : iterator of RawTable
        Of the file, at least one.
    looks : list of (FileEntry, EntryLook)
        The entries that read the file, each with what is gathered for it.
    desk : Desk
        Reads what is joined.
    links : Links
        Told where two entries name different leads in one row.
    keys : LeadKeys
        Told of all leads.
    folder : path

    Raises
    ------
    LeadDataError
        If the file cannot be read.
    """
    names = dict.fromkeys(name for entry, _ in looks for name in needed_columns(entry))
    spilled, writer, n_bytes = folder / "rows", None, 0
    malformed: list[Malformed] = []
    n_footer_rows, last = 0, None
    for piece in pieces:
        malformed += piece.malformed
        n_footer_rows += piece.n_footer_rows
        columns = {name: piece.columns[name] for name in names if name in piece.columns}
        last = replace(piece, columns=columns)
        leads = np.full(len(piece.lines), NOBODY)
        for entry, look in looks:
            mine = look.look(desk.map(last, entry))
            keys.add(mine)
            leads = _first_of(leads, lead_hashes(mine), links)
        rows = pa.table({**columns, _LINE: piece.lines, _LEAD: leads})
        if writer is None:
            writer = pa.ipc.new_file(spilled, rows.schema)
        writer.write_table(rows)
        n_bytes += rows.nbytes
    if last is None or writer is None:
        msg = "a file must come in at least one piece; got none. Report this."
        raise LeadDataError(msg)
    writer.close()
    sheet = replace(
        last,
        columns={name: values[:0] for name, values in last.columns.items()},
        lines=last.lines[:0],
        malformed=tuple(malformed),
        n_footer_rows=n_footer_rows,
    )
    return SpilledFile(sheet=sheet, path=spilled, n_bytes=n_bytes)


def _first_of(leads: Hashes, others: Hashes, links: Links) -> Hashes:
    """The lead of each row by the first entry that names one; two of one row are tied."""
    both = (leads != NOBODY) & (others != NOBODY)
    links.tie(leads[both], others[both])
    return np.where(leads == NOBODY, others, leads)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """In which slice each lead lies.

    Attributes
    ----------
    n_slices : int
    _leads, _slice : ndarray of shape (n_leads,)
        Hashes of leads, ascending, and the slice of each.
    """

    n_slices: int
    _leads: Hashes
    _slice: IntArray

    @classmethod
    def of(cls, keys: LeadKeys, links: Links, *, n_slices: int) -> "Cut":
        """Cut leads into stretches of equally many.

        Parameters
        ----------
        keys : LeadKeys
            Of all leads.
        links : Links
            Leads that lie in one slice: that of the first of them.
        n_slices : int
        """
        leads = text_hashes(keys.ordered())
        first = links.groups(leads)
        order = np.argsort(leads)
        slices = first * n_slices // max(len(leads), 1)
        return cls(n_slices=n_slices, _leads=leads[order], _slice=slices[order])

    @classmethod
    def nothing(cls) -> "Cut":
        """No slices of no leads."""
        return cls(n_slices=0, _leads=np.empty(0, np.uint64), _slice=np.empty(0, np.int64))

    def slice_of(self, leads: Hashes) -> IntArray:
        """The slice of each lead; -1 where no file speaks of it."""
        if not len(self._leads):
            return np.full(len(leads), -1)
        at = np.searchsorted(self._leads, leads).clip(max=len(self._leads) - 1)
        return np.where(self._leads[at] == leads, self._slice[at], -1)


class CutFile:
    """A file whose rows lie on disk slice by slice.

    Parameters
    ----------
    spilled : SpilledFile
        Its rows are removed.
    cut : Cut
    """

    def __init__(self, spilled: SpilledFile, cut: Cut) -> None:
        self._sheet = spilled.sheet
        self._folder = spilled.path.parent
        writers: dict[int, pa.RecordBatchFileWriter] = {}
        for rows in _batches(spilled.path):
            # Rows of nobody are rejected, in the first slice.
            number = cut.slice_of(np.asarray(rows[_LEAD])).clip(min=0)
            order = np.argsort(number, kind="stable")
            ends = np.cumsum(np.bincount(number, minlength=cut.n_slices))
            by_slice = rows.drop_columns([_LEAD]).take(pa.array(order))
            for at, end in enumerate(ends.tolist()):
                begin = int(ends[at - 1]) if at else 0
                if end > begin:
                    if at not in writers:
                        writers[at] = pa.ipc.new_file(self._path(at), by_slice.schema)
                    writers[at].write_table(by_slice.slice(begin, end - begin))
        for writer in writers.values():
            writer.close()
        spilled.path.unlink()

    def read(self, number: int) -> RawTable:
        """The rows of a slice; what belongs to the whole file comes with the first."""
        sheet = self._sheet
        if number:
            sheet = replace(sheet, malformed=(), n_footer_rows=0)
        if not self._path(number).exists():
            return sheet
        with pa.OSFile(str(self._path(number))) as file:
            rows = pa.ipc.open_file(file).read_all().combine_chunks()
        self._path(number).unlink()
        columns = {name: rows[name].chunk(0) for name in sheet.columns}
        return replace(sheet, columns=columns, lines=np.asarray(rows[_LINE]))

    def _path(self, number: int) -> Path:
        return self._folder / f"slice-{number}"


def _batches(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield pa.table(reader.get_batch(number))
