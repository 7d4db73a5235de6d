"""The files of an import in slices of leads, so that memory does not grow with the company.

A slice holds all that the files say of its leads, and is checked and stored as an import of its own
would be: what is told of one lead never depends on another's rows, but for what is gathered
beforehand. Leads that share something lie in one slice, however large it becomes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.core.memory import give_back
from features.core.progress import Progress
from features.definition import LeadDefinition
from features.importing.files.parquet_file import ENDING
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import CELL_BYTES, LEAST_PIECE_BYTES, read_pieces
from features.importing.files.text_file import BLOCK_BYTES
from features.importing.imported_file import ImportedFile
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.open_files import Desk, HowRead, gather
from features.importing.plan import Plan
from features.importing.sliced.gather import EntryLook, group_keys, lead_hashes
from features.importing.sliced.links import Links
from features.importing.sliced.spill import Cut, CutFile, LeadKeys, spill
from features.importing.stored_tables import StoredTables
from features.store import Store

_PIECES = 8
"""Pieces of a slice's size in which a file is read, unless they were too small or too large."""

_UNPACKED = 6
"""Times its size that a file which is packed holds, for whether an import is cut."""


@dataclass(frozen=True, kw_only=True)
class ImportSlice:
    """All that files say of some leads, and what the store says of them."""

    files: list[ImportedFile]
    stored: StoredTables


@dataclass(frozen=True, kw_only=True)
class _StoredLeads:
    """The lead tables of a store as far as they speak of some leads."""

    store: Store
    lead_ids: pa.Array

    def read_table(self, name: str) -> pa.Table:
        return self.store.read_table(name, of=self.lead_ids)


@dataclass(frozen=True, kw_only=True)
class ImportSlices:
    """Slices of an import, each read when it is asked for."""

    n_slices: int
    slices: Iterator[ImportSlice]

    def __iter__(self) -> Iterator[ImportSlice]:
        return self.slices


@dataclass(frozen=True, kw_only=True)
class CutSettings:
    """How large files are cut by lead.

    Attributes
    ----------
    mb : float
        Megabytes of text that are checked at a time; files that hold less in all are not cut.
    copies_in : path or None
        Where they are written again, cut; None is the system's folder for such files.
    """

    mb: float
    copies_in: Path | None


@contextmanager
def import_slices(
    plan: Plan,
    mapping: Mapping,
    definition: LeadDefinition,
    *,
    store: Store,
    cut: CutSettings,
    on_step: Progress,
) -> Iterator["ImportSlices"]:
    """Read the files of a plan, and give them slice by slice while the context lasts.

    Parameters
    ----------
    plan : Plan
    mapping : Mapping
    definition : LeadDefinition
    store : Store
        What is known of the leads already.
    cut : CutSettings
    on_step : callable
        Told the step, how many parts of it are done, and of how many.

    Raises
    ------
    LeadDataError
        If a file cannot be read, or columns are missing.
    """
    slice_bytes = cut.mb * 2**20
    if sum(_text_bytes(path) for path in {path for path, _ in plan.entries}) <= slice_bytes:
        opened = [
            ImportedFile(sheet, entry, cells=cells, mapping=mapping, definition=definition)
            for sheet, entry, cells in gather(plan, mapping, on_step=on_step)
        ]
        yield ImportSlices(n_slices=1, slices=iter([ImportSlice(files=opened, stored=store)]))
        return
    with tempfile.TemporaryDirectory(prefix="awase-import-", dir=cut.copies_in) as folder:
        large = _LargeImport(plan, mapping, definition, folder=Path(folder))
        large.read(slice_bytes, on_step=on_step)
        yield ImportSlices(n_slices=large.n_slices, slices=large.slices(store))


class _LargeImport:
    """Files of which a slice at a time is in memory."""

    def __init__(
        self, plan: Plan, mapping: Mapping, definition: LeadDefinition, *, folder: Path
    ) -> None:
        self._plan = plan
        self._mapping = mapping
        self._definition = definition
        self._folder = folder
        self._links = Links(folder)
        self._keys = LeadKeys()
        self._looks = [EntryLook(entry, definition, self._links) for _, entry in plan.entries]
        self._desk = Desk(plan=plan, mapping=mapping)
        self._cut = Cut.nothing()
        self._files: dict[HowRead, CutFile] = {}

    def read(self, slice_bytes: float, *, on_step: Progress) -> None:
        """Read all files once, and write them slice by slice."""
        self._refuse_missing()
        piece_bytes = int(min(max(slice_bytes / _PIECES, LEAST_PIECE_BYTES), BLOCK_BYTES))
        entries: dict[HowRead, list[tuple[FileEntry, EntryLook]]] = {}
        for (path, entry), look in zip(self._plan.entries, self._looks, strict=True):
            entries.setdefault(HowRead.by(path, entry), []).append((entry, look))
        spilled = {}
        for done, (how, looks) in enumerate(entries.items()):
            on_step("read files", done, len(entries))
            folder = self._folder / f"file-{done}"
            folder.mkdir()
            pieces = read_pieces(how.path, folder, piece_bytes=piece_bytes, **how.options)
            spilled[how] = spill(
                pieces, looks, desk=self._desk, links=self._links, keys=self._keys, folder=folder
            )
        n_bytes = sum(file.n_bytes for file in spilled.values())
        self._cut = Cut.of(self._keys, self._links, n_slices=-int(-n_bytes // slice_bytes))
        self._files = {how: CutFile(file, self._cut) for how, file in spilled.items()}
        on_step("read files", len(entries), len(entries))

    @property
    def n_slices(self) -> int:
        """Into how many slices the leads are cut."""
        return self._cut.n_slices

    def slices(self, store: Store) -> Iterator[ImportSlice]:
        """Yield one slice after another."""
        lead_ids = store.read_lead_ids()
        known = self._cut.slice_of(lead_hashes(group_keys(lead_ids)))
        for number in range(self._cut.n_slices):
            give_back()  # what reading, or the slice before, took
            stored = _StoredLeads(store=store, lead_ids=lead_ids.filter(pa.array(known == number)))
            yield ImportSlice(files=self._open(number), stored=stored)

    def _open(self, number: int) -> list[ImportedFile]:
        sheets = {how: file.read(number) for how, file in self._files.items()}
        opened = []
        for (path, entry), look in zip(self._plan.entries, self._looks, strict=True):
            sheet = sheets[HowRead.by(path, entry)]
            cells = self._desk.map(sheet, entry, look.whole)
            opened.append(
                ImportedFile(
                    sheet, entry, cells=cells, mapping=self._mapping, definition=self._definition
                )
            )
        return opened

    def _refuse_missing(self) -> None:
        """Refuse files without the columns that are needed before any is read whole."""
        first: dict[HowRead, RawTable] = {}
        for path, entry in self._plan.entries:
            how = HowRead.by(path, entry)
            if how not in first:
                pieces = read_pieces(path, self._folder, **how.options)
                first[how] = next(pieces)
            self._desk.map(first[how], entry)
        self._desk.refuse_missing()


def _text_bytes(path: Path) -> int:
    """What a file holds as text, roughly."""
    if path.is_dir():
        return sum(map(_text_bytes, path.rglob(f"*{ENDING}")))
    if not path.is_file():
        return 0
    if path.name.lower().endswith(ENDING):
        try:
            stated = pq.read_metadata(path)
        except (pa.ArrowException, OSError):
            return 0  # whoever reads it says what is wrong
        return int(stated.num_rows * stated.num_columns * CELL_BYTES)
    packed = path.name.lower().endswith((".gz", ".xlsx", ".xlsm"))
    return path.stat().st_size * (_UNPACKED if packed else 1)
