"""From events to the keys of a time index, a piece of the table at a time.

Behaviour and actor say the same few texts over and over. What a text adds to a key is worked out
once per distinct text; a row's key is then the sum of what its three texts add and its second.

Why pieces that are read where they are needed, and not the table: of a row only its key is kept, 8
of 37 bytes. On 10 M events read from Parquet this spared 0.4 GB and half the time of reading, most
of which went into memory touched for the first time.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.timeline.codes import ABSENT, Codes, dictionary_codes, dictionary_rows, encode
from features.timeline.text_codes import TextTable
from features.timeline.time_index import SECOND_BITS, check_room, group_term, in_range

ACTOR_LEAD = "lead"

BATCH = 1 << 20
"""Rows read at once: the copies of a batch stay small beside the keys of the whole table."""

THREADS = 2
"""Batches, or pieces, worked on at once; more wait for memory, not for processors."""

DROPPED = -(1 << 61)
"""What a text that drops its row adds: three of them and any key still make a negative sum."""


Piece = Callable[[], pa.Table]
"""Gives some rows of the event table, when they are needed."""


class KeysAndAmounts(NamedTuple):
    """Keys of some events, and once more of those whose behaviour has amounts, with these."""

    keys: IntArray
    with_amount: IntArray
    amounts: FloatArray


def read_keys(
    pieces: Sequence[Piece],
    lead_ids: pa.Array,
    behaviours: Sequence[str],
    *,
    with_amount: Sequence[str],
) -> list[KeysAndAmounts]:
    """Keys (behaviour, lead, second) of the events that count, and amounts where there are any.

    They are not put together: of 100 M keys that would be 0.8 GB more to write to.

    Parameters
    ----------
    pieces : sequence of Piece
        Together all events. At most ``THREADS`` of them are in memory at once.
    lead_ids : Array of shape (n_leads,)
        A lead's number in a key is its position here; events of other leads do not count.
    behaviours : sequence of str
        A behaviour's number in a key is its position here; other events do not count.
    with_amount : sequence of str
        Behaviours whose amounts are read: most have none, and of 100 M amounts each copy would be
        0.8 GB.

    Returns
    -------
    list of KeysAndAmounts

    Raises
    ------
    LeadDataError
        If leads times behaviours are too many for one index.
    """

    leads = TextTable.of(lead_ids)

    def read(piece: Piece) -> list[KeysAndAmounts]:
        return _PieceKeys.of(piece(), leads, behaviours=behaviours, with_amount=with_amount).read()

    check_room(len(behaviours), len(lead_ids))
    if len(pieces) == 1:
        return read(pieces[0])
    with ThreadPoolExecutor(THREADS) as threads:
        return [part for found in threads.map(read, pieces) for part in found]


@dataclass(frozen=True, kw_only=True)
class _PieceKeys:
    """Rows of an event table, ready to be turned into keys.

    ``lead_terms`` are missing where leads are looked up row by row; ``has_amount`` says of each
    text of the behaviours whether amounts are read.
    """

    event: pa.Table
    leads: TextTable
    lead_terms: IntArray | None
    behaviour_terms: IntArray
    actor_terms: IntArray
    has_amount: BoolArray

    @classmethod
    def of(
        cls,
        event: pa.Table,
        leads: TextTable,
        *,
        behaviours: Sequence[str],
        with_amount: Sequence[str],
    ) -> "_PieceKeys":
        is_encoded = pa.types.is_dictionary(event.schema.field("lead_id").type)
        row_by_row = leads.is_large and not is_encoded
        for name in ("behaviour", "actor") if row_by_row else ("lead_id", "behaviour", "actor"):
            at = event.column_names.index(name)
            event = event.set_column(at, name, encode(event.column(name)))
        return cls(
            event=event,
            leads=leads,
            lead_terms=None if row_by_row else _lead_terms(event.column("lead_id"), leads),
            behaviour_terms=_terms(
                event.column("behaviour"), behaviours, group_term(1, len(leads.known))
            ),
            actor_terms=_terms(event.column("actor"), (ACTOR_LEAD,), 0),
            has_amount=dictionary_codes(event.column("behaviour"), with_amount) != ABSENT,
        )

    def read(self) -> list[KeysAndAmounts]:
        """Keys and amounts of each batch."""
        batches = self.event.to_batches(max_chunksize=BATCH)
        if len(batches) < THREADS:
            return [self._read(batch) for batch in batches]
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(self._read, batches))

    def _read(self, batch: pa.RecordBatch) -> KeysAndAmounts:
        lead = batch.column("lead_id")
        if self.lead_terms is None:
            keys = _added(self.leads.codes(pa.chunked_array([lead])), 1 << SECOND_BITS)
        else:
            keys = self.lead_terms[dictionary_rows(lead)]
        behaviour = dictionary_rows(batch.column("behaviour"))
        keys += self.behaviour_terms[behaviour]
        keys += self.actor_terms[dictionary_rows(batch.column("actor"))]
        second = np.maximum(
            batch.column("occurred_at").to_numpy(zero_copy_only=False),
            batch.column("known_at").to_numpy(zero_copy_only=False),
        )
        keys += second
        kept = (keys >= 0) & in_range(second)
        with_amount, amounts = np.empty(0, dtype=np.int64), np.empty(0)
        if self.has_amount.any():
            rows = kept & self.has_amount[behaviour]
            column = batch.column("amount").filter(pa.array(rows)).cast(pa.float64())
            with_amount, amounts = keys[rows], column.to_numpy(zero_copy_only=False)
        return KeysAndAmounts(keys if kept.all() else keys[kept], with_amount, amounts)


def _lead_terms(column: pa.ChunkedArray, leads: TextTable) -> IntArray:
    if not leads.is_large or not column.num_chunks:
        return _terms(column, leads.known, 1 << SECOND_BITS)
    codes = leads.codes(pa.chunked_array([column.chunk(0).dictionary]))
    return _added(np.append(codes, np.int32(ABSENT)), 1 << SECOND_BITS)


def _terms(column: pa.ChunkedArray, known: Sequence[str] | pa.Array, step: int) -> IntArray:
    """What each text of an encoded column adds to a key: its position times a step."""
    return _added(dictionary_codes(column, known), step)


def _added(codes: Codes, step: int) -> IntArray:
    """What positions add to a key; an absent one drops its row."""
    terms = codes.astype(np.int64)
    terms *= step
    terms[codes == ABSENT] = DROPPED
    return terms
