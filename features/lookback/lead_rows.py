"""One lead's rows as a store gives them or a request brings them, for a snapshot that waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables

FactRow = tuple[str, int, str | None, bool]
"""Attribute, known_at, value, honest."""

EventRow = tuple[str, int, int, str, float | None]
"""Behaviour, occurred_at, known_at, actor, amount."""


@dataclass(frozen=True, kw_only=True)
class LeadRows:
    """What a store holds of one lead, in any order; instants as whole seconds since 1970 UTC."""

    lead_id: str
    created_at: int
    day_only: bool
    arrival: float | None
    facts: Sequence[FactRow]
    events: Sequence[EventRow]

    @classmethod
    def of_tables(cls, tables: LeadTables, lead_id: str) -> Self:
        """The rows of one lead, which must be in the tables."""
        ((created_at, day_only, arrival),) = _rows(tables.lead, LEAD.names[1:], lead_id)
        return cls(
            lead_id=lead_id,
            created_at=created_at,
            day_only=day_only,
            arrival=arrival,
            facts=_rows(tables.fact, FACT.names[1:], lead_id),
            events=_rows(tables.event, EVENT.names[2:], lead_id),
        )

    def newest_by(self, until: int) -> int:
        """The last second by an instant at which anything about the lead began to count.

        What counts only later, a webinar booked for next week, moves nothing. 0 where nothing
        counts yet.
        """
        seconds = (
            self.created_at,
            *(fact[1] for fact in self.facts),
            *(max(event[1:3]) for event in self.events),
        )
        return max((second for second in seconds if second <= until), default=0)

    def as_tables(self) -> LeadTables:
        """The same rows as lead tables."""
        lead = (self.lead_id, self.created_at, self.day_only, self.arrival)
        facts = [(self.lead_id, *fact) for fact in self.facts]
        events = [(str(row), self.lead_id, *event) for row, event in enumerate(self.events)]
        return LeadTables(
            lead=_table([lead], LEAD.names, LEAD),
            fact=_table(facts, FACT.names, FACT),
            event=_table(events, EVENT.names, EVENT),
            outcome=OUTCOME.empty_table(),
            hand_over=HAND_OVER.empty_table(),
        )


def _rows(table: pa.Table, names: Sequence[str], lead_id: str) -> list[tuple[Any, ...]]:
    of_lead = table.filter(pc.equal(table.column("lead_id"), lead_id))
    return list(zip(*(of_lead.column(name).to_pylist() for name in names), strict=True))


def _table(rows: Sequence[tuple[object, ...]], names: Sequence[str], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)
