"""Which outcome counts and by when, from where we look, over which windows, and how we test."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from features.definition.section import Count, Days, DefinitionSection, Name, Share

Stage = Literal["accepted", "returned", "opportunity", "won", "lost"]
"""Stages of the outcome table, in the order a lead passes them."""


class Windows(DefinitionSection):
    """Over which stretches of the past behaviours are counted."""

    days: tuple[Days, ...] = (7, 30, 90)
    """Behaviours are counted over the last so many days, and ever."""
    half_lives_days: tuple[Days, ...] = ()
    """Also counts that fade: an event loses half its weight every so many days."""
    age: bool = True
    """Whether the days since a lead was created may be judged."""
    trend: bool = False
    """Whether to judge how the last 30 days compare with the 90 before, behaviour by behaviour."""
    information_history: bool = False
    """Whether to judge how long information has been known, and how often it was contradicted."""
    account: bool = False
    """Whether to judge what other people of the same account did; needs `roles: {account: ...}`."""


class Snapshots(DefinitionSection):
    """The moments at which a lead is looked at."""

    at: Literal["monthly", "creation", "age", "event", "undated"] = "monthly"
    """monthly: month starts while a lead is open; creation: once, when the lead is created; age:
    at each of `days` after its creation, while it is open; event: once, at the first event of
    `behaviour`; undated: the data set has no dates."""
    days: Annotated[tuple[Count, ...], Field(max_length=20)] = ()
    """With `at: age`, how many days after creation: 0 is the creation itself. In between, a lead is
    judged as it was at the last of them; after the last as it was then."""
    behaviour: Name | None = None
    """With `at: event`, the behaviour whose first event is the moment."""
    after_activity: bool = True
    """With `at: monthly`, also the end of days on which the lead did something."""
    min_gap_days: Days = 7
    """At most one such end of day in so many days."""
    silent_after_days: Days = 120
    """No month start once the lead has been silent this long."""
    starts_on: date | None = None
    """Leads created before this day are left out."""


class Outcome(DefinitionSection):
    """What a qualified lead becomes, and within how many days."""

    stage: Literal["accepted", "opportunity", "won"]
    """The stage that counts as success."""
    horizon_days: Days | None
    """The outcome counts within so many days; null only where the data set has no dates."""
    outcome_delay_days: Count = 0
    """Days until an outcome that happened is surely in the tables."""
    only_decided: bool = False
    """true: a lead that neither reached the stage nor was lost is unknown, not a failure."""
    ends: tuple[Stage, ...] = ("won", "lost")
    """Stages after which a lead is no longer open; the stage that counts always ends it."""


class TestPeriod(DefinitionSection):
    """What is kept apart to test a release."""

    __test__ = False  # pytest would take the name for a test case

    months: Annotated[int, Field(ge=1, le=60)] = 3
    """The last so many months, where there are dates."""
    share: Annotated[Share, Field(gt=0, lt=1)] = 0.3
    """This share of the leads, where there are none."""
    order: Literal["arrival", "random"] = "arrival"
    """Without dates: the last to arrive, or a random share."""


class Learning(DefinitionSection):
    """How much is learned from how many outcomes."""

    scorecard_below: Count = 100
    """Leads that became what counts below which only a scorecard is learned: one weight for each
    condition of the rulebook and for each attribute. Below `gate: {min_outcomes: ...}` nothing is
    used at all."""
    weight_by_propensity: bool = False
    """Whether to learn from hand-overs alone, each weighing one over its propensity: those that
    `exploration` drew stand for all leads below the cut-off, and a lead never handed over counts as
    unknown, not as a failure. Only with `snapshots: {at: monthly}`."""
