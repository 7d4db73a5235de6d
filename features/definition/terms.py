"""What marketing and sales agree on beside the rulebook: phases, KPIs, capacity, reasons."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from features.definition.section import DefinitionSection, Name, Share, Words

Team = Literal["marketing", "sales"]

EntryPoint = Literal["NONE", "MQL", "SQL", "accepted", "opportunity"]
"""What opens a phase, in the order a lead passes them."""


class Signature(DefinitionSection):
    """Who agreed, for which team. A role serves as well as a person's name."""

    team: Team
    name: Annotated[str, Field(min_length=1, max_length=120)]


class Agreement(DefinitionSection):
    """Since when the definition holds, by whom it was agreed, and why it is as it is."""

    agreed_on: date
    """The day of the agreement."""
    agreed_by: Annotated[tuple[Signature, ...], Field(min_length=1)]
    """Who agreed, for which team."""
    why: Words
    """Why it is as it is, or what changed and why."""


class PrecisionCutOff(DefinitionSection):
    """As low as possible while leads above it still become what counts often enough."""

    rule: Literal["precision"]
    at_least: Annotated[float, Field(gt=0, lt=1)]
    """Share of the leads above the cut-off that must become what counts."""


class CapacityCutOff(DefinitionSection):
    """As low as possible while no more leads cross it than can be worked."""

    rule: Literal["capacity"]
    per_month: Annotated[int, Field(ge=1)]
    """Leads that may cross the cut-off in a month."""


class ValueCutOff(DefinitionSection):
    """Where handing a lead over is worth on average what it costs."""

    rule: Literal["value"]
    value_per_outcome: Annotated[float, Field(gt=0)]
    """What a lead that becomes what counts is worth, in the currency of the costs."""
    cost_per_hand_over: Annotated[float, Field(gt=0)]
    """What it costs to work one lead, whatever becomes of it."""

    @property
    def break_even(self) -> float:
        """Share of the leads handed over that must become what counts to pay for all."""
        return self.cost_per_hand_over / self.value_per_outcome

    @model_validator(mode="after")
    def _check(self) -> "ValueCutOff":
        if self.cost_per_hand_over >= self.value_per_outcome:
            msg = (
                f"must cost less than what counts is worth; {self.cost_per_hand_over:g} is not "
                f"below {self.value_per_outcome:g}"
            )
            raise ValueError(msg)
        return self


class RulebookVolumeCutOff(DefinitionSection):
    """As many leads as the rulebook hands over, but those with the highest probability."""

    rule: Literal["rulebook_volume"]


CutOff = Annotated[
    PrecisionCutOff | CapacityCutOff | ValueCutOff | RulebookVolumeCutOff,
    Field(discriminator="rule"),
]


CUT_OFF_RULES = (PrecisionCutOff, CapacityCutOff, ValueCutOff, RulebookVolumeCutOff)


class CutOffs(DefinitionSection):
    """How the two cut-offs on the model's probability are chosen."""

    mql: CutOff
    """From which probability marketing hands over."""
    sql: CutOff
    """From which probability a lead is a candidate for an opportunity."""


class Phase(DefinitionSection):
    """A stretch of a lead's way, with who leads in it and what each team does."""

    name: Name
    label: Words
    """The phase, as people read it."""
    entered_at: EntryPoint
    """What opens the phase."""
    leads: Team
    """The team in the lead."""
    marketing: Words
    """What marketing do in this phase."""
    sales: Words
    """What sales do in this phase."""


class Kpi(DefinitionSection):
    """A number a team is measured by, with its target."""

    name: Name
    team: Team
    label: Words
    """The number, as people read it."""
    target: float
    """What was agreed: the least where more is better, else the most."""
    at_most: float | None = None
    """The upper end of what was agreed, where more is better only so far."""
    per: Literal["month", "quarter", "year"] | None = "month"
    """Over which stretch it is counted; null for shares and averages."""
    unit: Words | None = None
    """The unit, as people read it."""
    bigger_is_better: bool = True
    """Whether more is better."""


class Sales(DefinitionSection):
    """What sales can and promise to do."""

    capacity_per_month: Annotated[int, Field(ge=1)]
    """Leads that sales can work in a month."""
    response_time_hours: Annotated[float, Field(gt=0)]
    """Hours within which sales promise to answer a hand-over."""
    hours_per_lead: Annotated[float, Field(gt=0)] | None = None
    """Hours of work that a lead costs sales."""
    reopen_after_days: Annotated[int, Field(ge=0)] = 30
    """Days a returned lead rests before new behaviour may hand it over again."""


class Reason(DefinitionSection):
    """A reason for a verdict, to choose from a list."""

    name: Name
    label: Words
    """The reason, as people read it."""


class VerdictReasons(DefinitionSection):
    """Reasons sales choose from when they answer a hand-over."""

    accepted: tuple[Reason, ...] = ()
    """Why a lead was accepted."""
    returned: tuple[Reason, ...] = ()
    """Why a lead was returned."""


class Exploration(DefinitionSection):
    """Leads below the cut-off that are handed over at random, to see the other side too."""

    share: Annotated[Share, Field(le=0.5)] = 0.0
    """Share of the leads below the cut-off."""


GateQuestion = Literal["calibrated", "not_worse_than_champion", "steady_volume"]
"""Checks of the gate that data may leave without an answer."""


class Gate(DefinitionSection):
    """What a release must show before it is used."""

    non_inferiority_margin: Annotated[float, Field(ge=0)] = 0.005
    """Log loss by which a new release may be worse than the one in use, for chance."""
    max_volume_jump: Annotated[float, Field(gt=0)] = 0.5
    """Share by which the number of leads handed over may change at once."""
    min_outcomes: Annotated[int, Field(ge=1)] = 50
    """Leads that must have become what counts before anything can be learned."""
    min_test_outcomes: Annotated[int, Field(ge=0)] = 10
    """Of the leads that a release is tested on, so many must have become what counts."""
    may_go_unasked: tuple[GateQuestion, ...] = ()
    """Checks that let a release pass although the data could not answer them; every other check
    that could not be made counts as not passed."""
    acknowledged: tuple[Name, ...] = ()
    """Attributes of which the leakage audit says that they know the outcome, and which were looked
    into and found right all the same."""
