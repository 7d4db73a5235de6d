"""Keys of files held against those of leads that are stored or in the same import."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.parsing.record_ids import SHORT, is_salesforce_id
from features.importing.imported_file import ImportedFile
from features.importing.mapping.keys import without_fraction
from features.importing.notes import ImportNote
from features.importing.stored_tables import StoredTables


def match_known_keys(imported_files: list[ImportedFile], store: StoredTables) -> None:
    """Let rows go to the lead they mean where its key is written otherwise.

    Parameters
    ----------
    imported_files : list of ImportedFile
        Changed: keys with a ``.0`` behind them become those without, and long ids of Salesforce the
        short ones, where a lead of that name is known and none of the other.
    store : StoredTables
        Its leads are known, as are those that the files make.
    """
    stored = store.read_table("lead")["lead_id"].combine_chunks()
    made = [
        imported_file.cells.text(imported_file.entry.lead_id).drop_null()
        for imported_file in imported_files
        if imported_file.entry.lead is not None
    ]
    known = pc.unique(pa.concat_arrays([stored, *made]))
    for imported_file in imported_files:
        keys = imported_file.cells.text(imported_file.entry.lead_id)
        strange = pc.invert(pc.is_in(keys, stored))
        if pc.any(strange).as_py():
            imported_file.rename_leads(_renamed(imported_file, keys, stored=stored, known=known))
    _follow_merges(imported_files, known)


def _follow_merges(imported_files: list[ImportedFile], known: pa.Array) -> None:
    """Let what is said of merged records be said of the leads they were merged into."""
    masters = dict(pair for item in imported_files for pair in item.merged_rows())
    known_masters = set(known.to_pylist())
    ends = {key: _last(key, masters) for key in masters}
    ends = {key: end for key, end in ends.items() if end in known_masters and end != key}
    if not ends:
        return
    old, new = (pa.array(keys, pa.string()) for keys in (list(ends), list(ends.values())))
    for item in imported_files:
        keys = item.cells.text(item.entry.lead_id)
        at = pc.index_in(keys, old)
        item.leave_out_merged(np.asarray(at.is_valid()))
        item.rename_leads(pc.coalesce(new.take(at), keys))
        item.merged |= ends


def _last(key: str, masters: dict[str, str]) -> str:
    """The end of a chain of merges; the key itself where the chain is a circle."""
    seen, end = {key}, key
    while end in masters:
        end = masters[end]
        if end in seen:
            return key
        seen.add(end)
    return end


def _renamed(
    imported_file: ImportedFile, keys: pa.Array, *, stored: pa.Array, known: pa.Array
) -> pa.Array:
    bare = without_fraction(keys)
    is_meant = pc.and_(pc.not_equal(keys, bare), pc.is_in(bare, known))
    n_meant = pc.sum(is_meant).as_py() or 0
    if n_meant:
        keys = pc.if_else(is_meant, bare, keys)
        what = (
            f" keys of {imported_file.entry.lead_id!r} end in .0 and were read as those of known "
            "leads without it"
        )
        imported_file.notes.append(ImportNote((f"{imported_file.sheet.file}: ", n_meant, what)))
    short = pc.utf8_slice_codeunits(keys, 0, SHORT)
    was_short = pc.and_(pc.is_in(short, stored), pc.invert(pc.is_in(keys, stored)))
    if not pc.any(was_short).as_py():
        return keys
    meant = {
        key: key[:SHORT] for key in pc.unique(keys.filter(was_short)).to_pylist() if _is_long(key)
    }
    at = pc.index_in(keys, pa.array(list(meant), pa.string()))
    return pc.coalesce(pa.array(list(meant.values()), pa.string()).take(at), keys)


def _is_long(key: str | None) -> bool:
    return key is not None and len(key) > SHORT and is_salesforce_id(key)
