"""The five lead tables in memory: what a store reads and what every computation starts from.

Columns ending in ``_at`` are whole seconds since 1970 UTC (see :mod:`features.core.clock`). The
table of persons is not here on purpose: names and addresses never reach a computation.
"""

from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

LEAD = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("created_at", pa.int64(), nullable=False),
        # Only the day of creation is known: the creation snapshot waits for the end of it.
        pa.field("day_only", pa.bool_(), nullable=False),
        # Order of arrival in a data set without dates; null elsewhere.
        pa.field("arrival", pa.float64()),
    ]
)

FACT = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("known_at", pa.int64(), nullable=False),
        # Null: the value was taken back, the attribute is unknown from then on.
        pa.field("value", pa.string()),
        # False: nobody recorded when this became known (`known_at: unknown` in the mapping).
        pa.field("honest", pa.bool_(), nullable=False),
    ]
)

EVENT = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("behaviour", pa.string(), nullable=False),
        pa.field("occurred_at", pa.int64(), nullable=False),
        pa.field("known_at", pa.int64(), nullable=False),
        pa.field("actor", pa.string(), nullable=False),  # lead | sales
        pa.field("amount", pa.float64()),
    ]
)

OUTCOME = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),  # accepted returned opportunity won lost
        pa.field("occurred_at", pa.int64(), nullable=False),
        pa.field("known_at", pa.int64(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("comment", pa.string()),
        pa.field("easy_to_act_on", pa.bool_()),
        pa.field("by", pa.string()),
        pa.field("value", pa.float64()),
    ]
)

HAND_OVER = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("cycle", pa.int32(), nullable=False),
        pa.field("handed_over_at", pa.int64(), nullable=False),
        pa.field("qualification", pa.string(), nullable=False),  # MQL | SQL
        pa.field("by", pa.string(), nullable=False),  # rulebook model exploration person
        pa.field("propensity", pa.float64()),
        pa.field("definition_version", pa.string()),
        pa.field("release_id", pa.string()),
    ]
)

KNOWN_BY = {
    "lead": ("created_at",),
    "fact": ("known_at",),
    "event": ("occurred_at", "known_at"),
    "outcome": ("occurred_at", "known_at"),
    "hand_over": ("handed_over_at",),
}
"""Columns that must all lie before an instant for a row to be known then."""

ROWS_AT_ONCE = 1 << 17
"""Rows that are copied where one of them goes."""


@dataclass(frozen=True, kw_only=True)
class LeadTables:
    """Lead, fact, event, outcome and hand-over tables with the schemas of this module."""

    lead: pa.Table
    fact: pa.Table
    event: pa.Table
    outcome: pa.Table
    hand_over: pa.Table

    def known_before(self, until: int) -> "LeadTables":
        """Only what was known before a second, of leads created before it."""
        lead = self.lead.filter(_is_before(self.lead, until, KNOWN_BY["lead"]))
        ids = lead.column("lead_id").combine_chunks()

        def of_known_leads(name: str) -> pa.Table:
            rows = getattr(self, name)
            is_known = pc.and_(
                _is_before(rows, until, KNOWN_BY[name]),
                pc.is_in(rows.column("lead_id"), ids),
            )
            return rows if pc.all(is_known).as_py() else _filtered(rows, is_known)

        others = {name: of_known_leads(name) for name in vars(self) if name != "lead"}
        return LeadTables(lead=lead, **others)


def _filtered(rows: pa.Table, kept: pa.ChunkedArray) -> pa.Table:
    """The rows to keep; where nothing goes, which is nearly everywhere, without a copy of them."""
    parts = []
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        part, mask = (whole.slice(start, ROWS_AT_ONCE) for whole in (rows, kept))
        parts.append(part if pc.all(mask).as_py() else part.filter(mask))
    return pa.concat_tables(parts) if parts else rows


def _is_before(rows: pa.Table, until: int, columns: tuple[str, ...]) -> pa.ChunkedArray:
    """Whether all of some columns lie before a second."""
    return reduce(pc.and_, (pc.less(rows.column(column), until) for column in columns))
