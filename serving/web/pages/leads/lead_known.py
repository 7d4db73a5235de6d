"""What is known of one lead, attribute by attribute, and what is not."""

from dataclasses import dataclass
from datetime import datetime

from features.core.clock import from_second
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.wording.values import fact_in_words
from features.store.lead_tables import LeadTables


@dataclass(frozen=True, kw_only=True)
class KnownFact:
    """One attribute of a lead; value and instant are None while it is unknown."""

    kind: str
    label: Text
    value: Text | None
    since: datetime | None
    question: Text | None


def split_known(
    tables: LeadTables, definition: LeadDefinition, *, before: int
) -> tuple[tuple[KnownFact, ...], tuple[KnownFact, ...]]:
    """Split the attributes into those known before an instant and the others.

    Both are in the definition's order.

    Parameters
    ----------
    tables : LeadTables
        Of one lead.
    definition : LeadDefinition
    before : int
        Seconds since 1970 UTC; facts that became known then or later are left out.
    """
    newest: dict[str, tuple[int, str | None]] = {}
    for row in tables.fact.to_pylist():
        name, at = row["attribute"], row["known_at"]
        if at < before and (name not in newest or at >= newest[name][0]):
            newest[name] = (at, row["value"])
    known: list[KnownFact] = []
    unknown: list[KnownFact] = []
    for attribute in definition.feature_attributes:
        at, value = newest.get(attribute.name, (0, None))
        fact = KnownFact(
            kind=attribute.kind,
            label=attribute.label,
            value=None if value is None else fact_in_words(attribute, value, definition.zone),
            since=None if value is None else from_second(at),
            question=attribute.question,
        )
        (unknown if value is None else known).append(fact)
    return tuple(known), tuple(unknown)
