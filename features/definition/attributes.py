"""What is known about leads: the attributes a fact may have, and which of them group leads."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from features.definition.behaviours import Axis
from features.definition.kinds import KINDS
from features.definition.section import DefinitionSection, Name, Words

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[*KINDS]


class Attribute(DefinitionSection):
    """Something that may be known about a lead."""

    name: Name
    """Name in the fact table."""
    kind: Kind
    """How the text of a value is read. An identifier groups leads and is never judged."""
    label: Words
    """Name as people read it."""
    axis: Axis = "information"
    """Where it counts: what a lead tells about itself is information; a counter of what it did,
    kept as one number by the CRM, is behaviour."""
    unit: str | None = Field(default=None, min_length=1, max_length=30)
    """Unit of the number; for money the currency, as in JPY."""
    question: Words | None = None
    """What sales ask to learn it. Without a question it is never proposed as worth asking."""
    keep_case: bool = False
    """Whether Web and web are two values of a category. Full-width and half-width letters never
    are."""
    never_lowers: bool = False
    """Whether knowing it, or more of it, may never lower the probability. A category has no more
    and less, and is left free."""


class Roles(DefinitionSection):
    """Attributes of kind identifier that group leads."""

    account: Name | None = None
    """The company: leads of one account never stand on both sides of a test."""
    owner: Name | None = None
    """The person in charge of the lead."""
    team: Name | None = None
    """The team in charge of the lead."""
