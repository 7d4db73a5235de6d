"""Which phase of the agreement a lead is in, from how far it has come."""

from typing import get_args

from features.definition.lead_definition import LeadDefinition
from features.definition.terms import EntryPoint, Phase

ENTRY_POINTS: tuple[str, ...] = get_args(EntryPoint)
"""In the order in which a lead passes them."""


def phase_of(definition: LeadDefinition, reached: str) -> Phase | None:
    """The last phase that is entered at or before a point; None where none is declared so early."""
    way = ENTRY_POINTS.index(reached)
    entered = [p for p in definition.phases if ENTRY_POINTS.index(p.entered_at) <= way]
    return max(entered, key=lambda phase: ENTRY_POINTS.index(phase.entered_at), default=None)
