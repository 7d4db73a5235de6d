"""What a lead's card would be if it had said or done something else; nothing is written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.mapping.fact_values import read_fact_values
from features.store.lead_tables import EVENT, FACT
from serving.decisions.inspect.explain_lead import look_at
from serving.reasons.card import LeadCard
from serving.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """A lead's card as it is, and as it would be.

    Attributes
    ----------
    now, then : LeadCard
    """

    now: LeadCard
    then: LeadCard

    @property
    def moved(self) -> tuple[tuple[str, float], ...]:
        """Concepts whose points differ, with the difference; the largest first."""
        was = {reason.concept: reason.points for reason in self.now.reasons}
        found = [(r.concept, r.points - was.get(r.concept, 0.0)) for r in self.then.reasons]
        return tuple(sorted((m for m in found if m[1]), key=lambda m: (-abs(m[1]), m[0])))


def what_if(
    workspace: Workspace,
    lead_id: str,
    *,
    facts: Mapping[str, str | None] | None = None,
    events: Iterable[str] = (),
    as_of: int | None = None,
) -> WhatIf:
    """Explain a lead as it is and as it would be with other facts and further events.

    Parameters
    ----------
    workspace : Workspace
    lead_id : str
    facts : mapping from attribute to str or None, optional
        Values as a file or a CRM would hold them; None: nothing is known.
    events : iterable of str
        Behaviours, each once more in the second before ``as_of``.
    as_of : int, optional
        As :func:`serving.decisions.inspect.explain_lead.explain_lead` takes it.

    Raises
    ------
    LeadDataError
        If there is no such lead, attribute or behaviour, or a value cannot be read.
    Refusal
        If there is no champion, or the moment has not come.
    """
    seen = look_at(workspace, lead_id, as_of)
    definition = seen.maker.explainer.definition
    known = seen.moment - 1  # history lies strictly before the instant
    tables = replace(
        seen.tables,
        fact=_with(seen.tables.fact, _facts(definition, lead_id, facts or {}, known), FACT),
        event=_with(seen.tables.event, _events(definition, lead_id, events, known), EVENT),
    )
    card, moment = seen.maker.card, seen.moment
    return WhatIf(
        now=card(seen.tables, as_of=moment, lead_id=lead_id),
        then=card(tables, as_of=moment, lead_id=lead_id),
    )


def _facts(
    definition: LeadDefinition, lead_id: str, facts: Mapping[str, str | None], known: int
) -> Iterable[dict[str, object]]:
    for name, written in facts.items():
        read = read_fact_values(pa.array([written], pa.string()), definition.attribute(name).kind)
        if read.bad[0]:
            reason = next(reason for reason, faults in read.faults.items() if faults[0])
            msg = f"{name} {reason}; got {written!r}. Write it as the CRM would."
            raise LeadDataError(msg)
        yield {
            "lead_id": lead_id,
            "attribute": name,
            "known_at": known,
            "value": read.text[0].as_py(),
            "honest": True,
        }


def _events(
    definition: LeadDefinition, lead_id: str, events: Iterable[str], known: int
) -> Iterable[dict[str, object]]:
    for name, times in Counter(events).items():
        actor = definition.behaviour(name).actor
        for number in range(times):
            yield {
                "event_id": f"what if {name} {number}",
                "lead_id": lead_id,
                "behaviour": name,
                "occurred_at": known,
                "known_at": known,
                "actor": actor,
                "amount": None,
            }


def _with(table: pa.Table, rows: Iterable[dict[str, object]], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([table, pa.Table.from_pylist(list(rows), schema).cast(table.schema)])
