"""What leads said in words whose meaning depends on the day: purchase timings."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.definition.kinds import KINDS
from serving.reasons.phrases.row import Statement


def said_on_a_day(definition: LeadDefinition) -> tuple[str, ...]:
    """Attributes whose values mean something else on another day."""
    return tuple(a.name for a in definition.feature_attributes if KINDS[a.kind].is_dated)


def said_of(
    facts: Iterable[Mapping[str, Any]], names: Collection[str], *, before: int, zone: ZoneInfo
) -> dict[str, Statement]:
    """The newest statement about each attribute that was known before an instant.

    Parameters
    ----------
    facts : iterable of mapping
        Rows of the fact table of one lead, with ``known_at`` in seconds.
    names : collection of str
        The attributes, as :func:`said_on_a_day` gives them.
    before : int
        Seconds since 1970 UTC; what became known then or later was not seen.
    zone : ZoneInfo
        Time zone of the days on which something was said.
    """
    newest: dict[str, tuple[int, str | None]] = {}
    for row in facts:
        name, known_at = row["attribute"], row["known_at"]
        if name in names and known_at < before and known_at >= newest.get(name, (0, None))[0]:
            newest[name] = (known_at, row["value"])
    return {
        name: Statement(words=value, on=from_second(known_at).astimezone(zone).date())
        for name, (known_at, value) in newest.items()
        if value is not None
    }
