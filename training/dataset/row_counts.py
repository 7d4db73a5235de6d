"""What is asked of events and facts once they are indexed: how many, of whom, and how lately.

Why counted at once: the two tables are most of what a company's tables take, and a retrain that
need not hold them while it fits has room for three times as many leads.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.core.clock import DAY
from features.timeline.codes import dictionary_rows, encode

STRETCH_DAYS = 14
"""Days of one stretch in which arriving events are counted."""

ROWS_AT_ONCE = 1 << 16
"""Rows copied at a time to take their digest."""


@dataclass(frozen=True, kw_only=True)
class EventCounts:
    """The events of some tables in numbers, by behaviour where they are mappings.

    Behaviours that the definition does not name are counted, too.

    Attributes
    ----------
    n_events : int
    digest : str
        Of the rows.
    n_leads : mapping of str to int
        Of how many leads.
    newest : mapping of str to int
        Second at which the last one became known.
    arrived : mapping of str to ndarray
        How many became known in each stretch before the data cut-off, the newest first; all of them
        reach back to the oldest event of any behaviour.
    """

    n_events: int
    digest: str
    n_leads: Mapping[str, int]
    newest: Mapping[str, int]
    arrived: Mapping[str, IntArray]

    @classmethod
    def of(cls, event: pa.Table, *, data_cutoff: int) -> "EventCounts":
        """Count the rows of an event table.

        Parameters
        ----------
        event : pyarrow.Table
            Its ids are not needed.
        data_cutoff : int
            Seconds since 1970 UTC; what became known later is in no stretch.
        """
        names: list[str] = []
        newest: IntArray = np.empty(0, dtype=np.int64)
        has_any: BoolArray = np.empty((0, 0), dtype=np.bool_)
        arrived: IntArray = np.empty((0, 0), dtype=np.int64)
        for batch in _batches(event, ("lead_id", "behaviour"), "known_at"):
            lead, behaviour = batch.column("lead_id"), batch.column("behaviour")
            known_at = batch.column("known_at").to_numpy()
            if not names:
                names = behaviour.dictionary.to_pylist()
                oldest = pc.min(event.column("known_at")).as_py()
                n_stretches = max(_ago(oldest, data_cutoff) + 1, 1)
                newest = np.zeros(len(names), dtype=np.int64)
                has_any = np.zeros((len(names), len(lead.dictionary)), dtype=np.bool_)
                arrived = np.zeros((len(names), n_stretches), dtype=np.int64)
            row = dictionary_rows(behaviour)
            np.maximum.at(newest, row, known_at)
            has_any[row, dictionary_rows(lead)] = True
            past = known_at < data_cutoff
            place = row[past] * n_stretches + _ago(known_at[past], data_cutoff)
            arrived += np.bincount(place, minlength=arrived.size).reshape(arrived.shape)
        n_leads = has_any.sum(axis=1)
        return cls(
            n_events=event.num_rows,
            digest=rows_digest(event),
            n_leads=dict(zip(names, n_leads.tolist(), strict=True)),
            newest=dict(zip(names, newest.tolist(), strict=True)),
            arrived=dict(zip(names, arrived, strict=True)),
        )


@dataclass(frozen=True, kw_only=True)
class FactCounts:
    """The facts of some tables in numbers, by attribute where they are mappings.

    Attributes that the definition does not name are counted, too; leads that are in no table of
    leads are not.

    Attributes
    ----------
    n_facts : int
    digest : str
        Of the rows.
    n_leads : mapping of str to int
        Of how many leads anything was recorded.
    n_leads_knowing : mapping of str to int
        Of how many a value.
    """

    n_facts: int
    digest: str
    n_leads: Mapping[str, int]
    n_leads_knowing: Mapping[str, int]

    @classmethod
    def of(cls, fact: pa.Table, lead_ids: pa.ChunkedArray) -> "FactCounts":
        """Count the rows of a fact table.

        Parameters
        ----------
        fact : pyarrow.Table
        lead_ids : ChunkedArray of shape (n_leads,)
            Of the leads that are counted.
        """
        names: list[str] = []
        has_any = has_value = np.empty((0, 0), dtype=np.bool_)
        for batch in _batches(fact, ("lead_id", "attribute"), "value"):
            lead, attribute = batch.column("lead_id"), batch.column("attribute")
            if not names:
                names = attribute.dictionary.to_pylist()
                is_lead = pc.is_in(lead.dictionary, lead_ids).to_numpy(zero_copy_only=False)
                has_any, has_value = (
                    np.zeros((len(names), len(is_lead)), dtype=np.bool_) for _ in range(2)
                )
            row, place = dictionary_rows(attribute), dictionary_rows(lead)
            has_any[row, place] = True
            told = batch.column("value").is_valid().to_numpy(zero_copy_only=False)
            has_value[row[told], place[told]] = True
        counts = (has[:, is_lead].sum(axis=1) if names else () for has in (has_any, has_value))
        n_leads, n_knowing = (dict(zip(names, map(int, count), strict=True)) for count in counts)
        return cls(
            n_facts=fact.num_rows,
            digest=rows_digest(fact),
            n_leads=n_leads,
            n_leads_knowing=n_knowing,
        )


def _ago(known_at: IntArray | int, data_cutoff: int) -> IntArray | int:
    """How many whole stretches before the data cut-off."""
    return (data_cutoff - 1 - known_at) // (STRETCH_DAYS * DAY)


def _batches(table: pa.Table, texts: Sequence[str], other: str) -> Iterator[pa.RecordBatch]:
    """Rows of some columns in pieces that share one dictionary for each of the texts."""
    columns = {name: encode(table.column(name)) for name in texts}
    rows = pa.table(columns | {other: table.column(other)})
    yield from (batch for batch in rows.to_batches() if batch.num_rows)


def rows_digest(table: pa.Table) -> str:
    """SHA-256 of a table's rows: the same rows in the same order give the same digest."""
    digest = hashlib.sha256(f"{table.schema.to_string()} {table.num_rows}".encode())
    # Through the IPC form of so many rows: how they were chunked on the way must not matter.
    with pa.ipc.new_stream(_Sink(digest), table.schema) as stream:
        for start in range(0, len(table), ROWS_AT_ONCE):
            stream.write_table(table.slice(start, ROWS_AT_ONCE).combine_chunks())
    return digest.hexdigest()


class _Sink:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self, digest: "hashlib._Hash") -> None:
        self._digest = digest

    def write(self, content: bytes) -> int:
        self._digest.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing to close."""
