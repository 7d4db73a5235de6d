"""What leads do: the behaviours an event may have."""

from typing import Literal

from features.definition.section import DefinitionSection, Name, Words

Axis = Literal["behaviour", "information"]
"""The two axes on which a lead is judged."""


class Amount(DefinitionSection):
    """A number that comes with each event of a behaviour, such as minutes watched."""

    unit: Name
    """Unit of the number; it becomes part of the feature's name, as in `webinar_minutes_30d`."""
    label: Words
    """The number's name, as people read it."""


LARGEST_AMOUNT = 10**10
"""Furthest from 0 that an amount may be: 900 of that size in one window still add up exactly."""


class Behaviour(DefinitionSection):
    """Something a lead does, or something sales do with a lead."""

    name: Name
    """Name in the event table."""
    label: Words
    """Name as people read it."""
    actor: Literal["lead", "sales"] = "lead"
    """Who acts. What sales did is kept and shown, but never judged."""
    amount: Amount | None = None
    """A number that comes with each event."""
    never_lowers: bool = False
    """Whether doing it more often, or more recently, may never lower the probability."""
