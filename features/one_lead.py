"""One lead's history from plain rows, for a request that waits.

What a table of one lead costs are calls of Arrow and numpy, not rows: on leads of the demo the
tables took 0.8 ms and the lists of this module take 0.18. The rules of time are those of
:mod:`features.timeline` and :mod:`features.facts`; that both ways give the same snapshot, bit for
bit, is tested over generated histories and the whole catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import pyarrow as pa

from features.codes import ABSENT
from features.definition.lead_definition import LeadDefinition
from features.event_keys import ACTOR_LEAD
from features.facts import Facts
from features.history import History
from features.tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.time_index import END_OF_TIME, TimeIndex
from features.timeline import Timeline, running_sum, window_days

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

    @property
    def newest_at(self) -> int:
        """The last second at which anything about the lead happened or became known."""
        return max(
            self.created_at,
            max((fact[1] for fact in self.facts), default=0),
            max((max(event[1:3]) for event in self.events), default=0),
        )

    def as_tables(self) -> LeadTables:
        """The same rows as lead tables."""
        lead = (self.lead_id, self.created_at, self.day_only, self.arrival)
        facts = [(self.lead_id, *fact) for fact in self.facts]
        events = [(str(row), self.lead_id, *event) for row, event in enumerate(self.events)]
        return LeadTables(
            lead=_table([lead], LEAD.names, LEAD),
            fact=_table(facts, ("lead_id", "attribute", "known_at", "value", "honest"), FACT),
            event=_table(events, EVENT.names, EVENT),
            outcome=OUTCOME.empty_table(),
            hand_over=HAND_OVER.empty_table(),
        )


def history_of_lead(rows: LeadRows, definition: LeadDefinition) -> History:
    """The history of one lead, alone at its accounts where the definition asks for them."""
    if definition.judged_account is not None:
        return History.from_tables(rows.as_tables(), definition)
    return History(
        lead_ids=np.array([rows.lead_id], dtype=object),
        created_at=np.array([rows.created_at]),
        day_only=np.array([rows.day_only]),
        arrival=np.array([np.nan if rows.arrival is None else rows.arrival]),
        timeline=_timeline(rows.events, definition),
        facts=_facts(rows.facts, definition),
        accounts=None,
    )


def _table(rows: Sequence[tuple[object, ...]], names: Sequence[str], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)


def _timeline(events: Sequence[EventRow], definition: LeadDefinition) -> Timeline:
    found: dict[str, list[tuple[int, float]]] = {b.name: [] for b in definition.lead_behaviours}
    for behaviour, occurred_at, known_at, actor, amount in events:
        second = max(occurred_at, known_at)
        of_behaviour = found.get(behaviour)
        if of_behaviour is not None and actor == ACTOR_LEAD and 0 <= second < END_OF_TIME:
            of_behaviour.append((second, np.nan if amount is None else amount))
    groups, sums = [], {}
    with_amount = {b.name for b in definition.lead_behaviours if b.amount is not None}
    for name, of_behaviour in found.items():
        of_behaviour.sort(key=itemgetter(0))
        groups.append(np.array([second for second, _ in of_behaviour], dtype=np.int64))
        if name in with_amount:
            sums[name] = running_sum(np.array([amount for _, amount in of_behaviour]))
    return Timeline(
        behaviours=tuple(found),
        index=TimeIndex(groups=tuple(groups), n_owners=1),
        amount_sums=sums,
        window_days=window_days(definition),
        zone=definition.zone,
    )


def _facts(facts: Sequence[FactRow], definition: LeadDefinition) -> Facts:
    found: dict[str, list[tuple[int, int, bool]]] = {a.name: [] for a in definition.attributes}
    places: dict[str, int] = {}
    for attribute, known_at, value, honest in facts:
        of_attribute = found.get(attribute)
        if of_attribute is not None and 0 <= known_at < END_OF_TIME:
            # Blank and null take a value back.
            code = places.setdefault(value, len(places)) if value else ABSENT
            of_attribute.append((known_at, code, honest))
    columns = []
    for of_attribute in found.values():
        of_attribute.sort(key=itemgetter(0))
        columns.append(tuple(zip(*of_attribute, strict=True)) or ((), (), ()))
    return Facts(
        attributes=tuple(found),
        index=TimeIndex(
            groups=tuple(np.array(seconds, dtype=np.int64) for seconds, _, _ in columns), n_owners=1
        ),
        codes=tuple(np.array(codes, dtype=np.int32) for _, codes, _ in columns),
        honest=tuple(np.array(honest, dtype=np.bool_) for _, _, honest in columns),
        texts=tuple(places),
        zone=definition.zone,
    )
