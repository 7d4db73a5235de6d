"""What held before the first change of a history: the old value, from the lead's creation on."""

import numpy as np
import pyarrow as pa

from features.importing.imported_file import Batch, ImportedFile
from features.store import Store

_KEY = ["lead_id", "attribute"]


def settle_earlier_values(batches: list[tuple[ImportedFile, Batch]], store: Store) -> None:
    """Keep of each lead and attribute the value before the earliest of all changes.

    Nothing is added where something was known already before that change, or where the lead came to
    be with it.

    Parameters
    ----------
    batches : list of (ImportedFile, Batch)
        Changed: of those with ``before``, whose ``known_at`` is the creation of the lead, rows that
        say nothing are marked as stored.
    store : Store
    """
    mine = [(imported_file, batch) for imported_file, batch in batches if batch.before is not None]
    if not mine:
        return
    alive = np.concatenate([imported_file.alive(batch) for imported_file, batch in mine])
    rows = pa.concat_tables([batch.rows.select([*_KEY, "known_at"]) for _, batch in mine])
    said = rows.to_pandas()
    said["before"] = np.concatenate([batch.before for _, batch in mine if batch.before is not None])
    earliest = said[alive].sort_values("before", kind="stable").drop_duplicates(_KEY).index
    known = store.read_table("fact").select([*_KEY, "known_at"]).to_pandas()
    since = known.groupby(_KEY)["known_at"].min().rename("since")
    said = said.join(since, on=_KEY)
    # NaN, where nothing is stored, is not below anything.
    useless = (said["since"] < said["before"]) | (said["before"] <= said["known_at"])
    useless |= ~said.index.isin(earliest)
    begin = 0
    for _, batch in mine:
        batch.stored[:] = useless.to_numpy()[begin : begin + len(batch.origin)]
        begin += len(batch.origin)
