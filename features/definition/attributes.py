"""What is known about leads: the attributes a fact may have, and which of them group leads."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from features.core.parsing.plain import fold_spelling
from features.core.text import Text
from features.definition.behaviours import Axis
from features.definition.kinds import KINDS
from features.definition.section import DefinitionSection, Name, Words

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[*KINDS]


Label = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class ValueLabel(DefinitionSection):
    """What one value is called; a language left out shows the value as it was written."""

    ja: Label | None = None
    """In Japanese."""
    en: Label | None = None
    """In English."""

    @model_validator(mode="after")
    def _check(self) -> "ValueLabel":
        if self.ja is None and self.en is None:
            msg = "must hold words in at least one language, for instance `en: Partner`"
            raise ValueError(msg)
        return self


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
    labels: Mapping[str, ValueLabel] = Field(default_factory=dict)
    """What values are called where a page is in the other language, as in
    `パートナー: {en: Partner}`. Values are kept, learned and exchanged as they were written."""
    keep_case: bool = False
    """Whether Web and web are two values of a category. Full-width and half-width letters never
    are."""
    never_lowers: bool = False
    """Whether knowing it, or more of it, may never lower the probability. A category has no more
    and less, and is left free."""

    def called(self, value: str) -> Text:
        """What people read in place of a value; other spellings of a labelled one as well."""
        label = self._label_of_spelling.get(fold_spelling(value, keep_case=self.keep_case))
        if label is None:
            return Text(ja=value, en=value)
        return Text(ja=label.ja or value, en=label.en or value)

    @cached_property
    def _label_of_spelling(self) -> dict[str, ValueLabel]:
        return {
            fold_spelling(value, keep_case=self.keep_case): label
            for value, label in self.labels.items()
        }


class Roles(DefinitionSection):
    """Attributes of kind identifier that group leads."""

    account: Name | None = None
    """The company: leads of one account never stand on both sides of a test."""
    owner: Name | None = None
    """The person in charge of the lead."""
    team: Name | None = None
    """The team in charge of the lead."""
