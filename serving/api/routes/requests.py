"""What requests hold, checked before anything else looks at it.

Texts hold no control characters and no half characters: PostgreSQL cannot store a NUL, and neither
database the half of a character. Instants and numbers are those of :mod:`read_values`.
"""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
)

from features.core.parsing.record_ids import one_spelling
from features.crms import CRMS
from features.definition.behaviours import LARGEST_AMOUNT
from serving.api.limits import LONGEST_ID, LONGEST_VALUE, LONGEST_WORD, MOST_EVENTS, MOST_FACTS
from serving.api.request_text import LINE_BREAKS, is_clean
from serving.api.routes.read_values import read_instant, read_number
from serving.ledger.verdicts import LONGEST_COMMENT


def _clean(text: str) -> str:
    if not is_clean(text):
        msg = "must hold no control characters"
        raise ValueError(msg)
    return text


def _clean_line(text: str) -> str:
    if any(character in LINE_BREAKS for character in text) or not text.strip():
        msg = "must be one line that is not blank"
        raise ValueError(msg)
    return _clean(text)


Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_clean_line)]
Word = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_clean)]
Value = Annotated[str, Field(max_length=LONGEST_VALUE), AfterValidator(_clean)]
Instant = Annotated[AwareDatetime, BeforeValidator(read_instant)]
Amount = Annotated[float | None, BeforeValidator(partial(read_number, largest=LARGEST_AMOUNT))]
Number = Annotated[float | None, BeforeValidator(read_number)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Body(BaseModel):
    """A body or a part of one; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Event(Body):
    """Something a lead did, or sales did with it."""

    event_id: Id
    """Yours; the same id again is the same event."""
    lead_id: Id
    behaviour: Id
    """One of the lead definition's behaviours; it says whether the lead or sales acted."""
    occurred_at: Instant
    """With time zone."""
    known_at: Instant | None = None
    """When it was learned, if earlier than now."""
    amount: Amount = None
    """Minutes, pages: only for behaviours that have an amount."""


class Events(Body):
    """Events of one transaction: all of them are stored, or none."""

    events: Annotated[tuple[Event, ...], Field(min_length=1, max_length=MOST_EVENTS)]


class Fact(Body):
    """A value of an attribute."""

    attribute: Id
    """One of the lead definition's attributes."""
    value: Value | bool | Finite | None
    """Null takes the value back."""
    known_at: Instant | None = None
    """When it was learned, if earlier than now."""


class Facts(Body):
    """Facts about one lead."""

    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=MOST_FACTS)]


class Person(Body):
    """Who a lead is: for display only, never an input of any judgement."""

    name: Word | None = None
    name_kana: Word | None = None
    email: Word | None = None
    phone: Word | None = None
    company: Word | None = None


if TYPE_CHECKING:
    _CrmIds = Body
else:
    _CrmIds = create_model(
        "_CrmIds", __base__=Body, **{f"{vendor}_id": (Id | None, None) for vendor in CRMS}
    )


class Lead(_CrmIds):
    """A lead, complete or a part of it."""

    created_at: Instant | None = None
    """When the lead came into being; now unless given. Cannot be changed."""
    person: Person = Person()
    facts: Annotated[tuple[Fact, ...], Field(max_length=MOST_FACTS)] = ()

    @property
    def external_ids(self) -> dict[str, str]:
        """Ids of the lead's records, by the CRM that gave them."""
        given = {vendor: getattr(self, f"{vendor}_id") for vendor in CRMS}
        return {vendor: one_spelling(text) for vendor, text in given.items() if text is not None}


class ScoredEvent(Body):
    """Something the lead did."""

    behaviour: Id
    occurred_at: Instant
    known_at: Instant | None = None
    amount: Amount = None

    def as_event(self, event_id: str, lead_id: str) -> Event:
        """The same with an id, to be checked as a stored event is."""
        return Event(event_id=event_id, lead_id=lead_id, **self.model_dump())


class ScoreRequest(Body):
    """A lead that need not be stored: everything is in the request, and nothing is kept."""

    created_at: Instant
    as_of: Instant | None = None
    """Instant from which to look; now unless given."""
    # Known when they occurred, facts when the lead was created, unless the request says otherwise.
    events: Annotated[tuple[ScoredEvent, ...], Field(max_length=MOST_EVENTS)] = ()
    facts: Annotated[tuple[Fact, ...], Field(max_length=MOST_FACTS)] = ()


class VerdictSent(Body):
    """What sales say about a lead that was handed over."""

    answer: Literal["accepted", "returned"]
    reason: Id
    """Name of one of the lead definition's reasons for that answer."""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT), AfterValidator(_clean)] = ""
    easy_to_act_on: bool | None = None
    by: Id | None = None
    """On whose behalf, as your program says; who did it is recorded as the key."""


class OutcomeSent(Body):
    """What became of a lead."""

    stage: Literal["opportunity", "won", "lost"]
    occurred_at: Instant
    known_at: Instant | None = None
    reason: Word | None = None
    value: Number = None
    """Worth of the deal, in the currency you keep."""
    retracted: bool = False
    """True: what was sent with this stage and time no longer stands, as when a lost deal is open
    again. It is kept in the history; what holds instead is sent as an outcome of its own."""
