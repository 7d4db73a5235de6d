"""What leads said in words whose meaning depends on the day: purchase timings."""

from collections.abc import Iterable, Mapping
from typing import Any

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.definition.kinds import KINDS
from serving.reasons.phrases.row import Statement

Statements = Mapping[str, Mapping[str, Statement]]
"""By lead, then by attribute."""


def said_on_a_day(definition: LeadDefinition) -> tuple[str, ...]:
    """Attributes whose values mean something else on another day."""
    return tuple(a.name for a in definition.feature_attributes if KINDS[a.kind].is_dated)


def statements_of(
    facts: Iterable[Mapping[str, Any]], definition: LeadDefinition, *, before: int
) -> Statements:
    """The newest statement of each lead known before an instant.

    Parameters
    ----------
    facts : iterable of mapping
        Rows of the fact table, with ``known_at`` in seconds.
    definition : LeadDefinition
    before : int
        Seconds since 1970 UTC; what became known then or later was not seen.
    """
    names = said_on_a_day(definition)
    newest: dict[tuple[str, str], tuple[int, str | None]] = {}
    for row in facts:
        key, known_at = (row["lead_id"], row["attribute"]), row["known_at"]
        if key[1] in names and known_at < before and known_at >= newest.get(key, (0, None))[0]:
            newest[key] = (known_at, row["value"])
    found: dict[str, dict[str, Statement]] = {}
    for (lead_id, attribute), (known_at, value) in newest.items():
        if value is not None:
            on = from_second(known_at).astimezone(definition.zone).date()
            found.setdefault(lead_id, {})[attribute] = Statement(words=value, on=on)
    return found
