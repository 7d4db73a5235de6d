"""What the API answers, as the documentation describes it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from features.core.text import Text

QualificationName = Literal["NONE", "MQL", "SQL"]


class ResponsePart(BaseModel):
    """An answer or a part of one."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class ResponseText(ResponsePart):
    """The same in both languages."""

    ja: str
    en: str


class ReasonAnswer(ResponsePart):
    """Why, as one concept: its points and the values behind them."""

    concept: str
    axis: Literal["behaviour", "information"]
    points: float
    words: ResponseText


class RangeAnswer(ResponsePart):
    """Rates between which leads like this one convert, in `level` of cases; 0 to 1 each."""

    low: float
    high: float
    level: float


class ScoreAnswer(ResponsePart):
    """What the release says of a lead at an instant; nothing was stored."""

    lead_id: str | None
    as_of: datetime | None
    """Null in a data set without dates."""
    release_id: str | None
    """Null while there is no champion: the rulebook alone judged."""
    definition_version: str
    probability: float | None
    between: RangeAnswer | None = None
    """Null if reasons were not asked for, or the release states no level for its range."""
    qualification: QualificationName
    rulebook_points: float
    rulebook_qualification: QualificationName
    total_points: float | None = None
    """`probability = 1 / (1 + 2 ** (-total_points / 10))`; base, reasons and calibration added."""
    base_points: float | None = None
    calibration_points: float | None = None
    reasons: list[ReasonAnswer] | None = None
    """The weightiest first; null if they were not asked for, or there is no release."""


class DecisionAnswer(ScoreAnswer):
    """A decision of the ledger."""

    decision_id: int
    decided_at: datetime
    reached: Literal["NONE", "MQL", "SQL", "accepted", "opportunity"]
    """How far the lead has come."""
    cycle: int | None
    """Number of the newest hand-over."""
    handed_over_at: datetime | None
    verdict: Literal["accepted", "returned"] | None
    """What sales answered in this cycle."""


class StepAnswer(ResponsePart):
    """A decision just made, and what followed."""

    decision_id: int
    lead_id: str
    as_of: datetime
    probability: float | None
    qualification: QualificationName
    handed_over: bool
    """Whether this decision opened a cycle."""
    cycle: int | None
    risen: bool
    """Whether an open hand-over became an SQL candidate."""
    waiting: bool
    """Whether the lead waits for the month's capacity."""


class EventsAnswer(ResponsePart):
    """What became of the events that were sent."""

    stored: int
    known: int
    """Stored before, the same in everything."""
    decisions: list[StepAnswer]
    """One per lead with new events, unless the key may not read."""


class FactsAnswer(ResponsePart):
    """What became of a lead or its facts."""

    lead_id: str
    stored: int
    """Facts that said something new."""
    decisions: list[StepAnswer]


class WorklistRowAnswer(ResponsePart):
    """One lead of the worklist; what a decision says is null where none is stored."""

    lead_id: str
    decision_id: int | None
    as_of: datetime | None
    probability: float | None
    probability_before: float | None
    qualification: QualificationName | None
    rulebook_points: float | None
    rulebook_qualification: QualificationName | None
    reached: str | None
    cycle: int | None
    handed_over_at: datetime | None
    waiting_since: datetime | None
    """Since when sales owe an answer; null where they do not."""
    verdict: str | None
    owner: str | None
    team: str | None


class WorklistAnswer(ResponsePart):
    """A page of the worklist, the most likely leads first."""

    leads: list[WorklistRowAnswer]
    next: str | None
    """Pass it as `after` for the next page; null on the last."""


class VerdictAnswer(ResponsePart):
    """Whether the verdict was new."""

    recorded: bool
    """False: the same was said before."""


def words_of(text: Text) -> dict[str, Any]:
    """Both languages, as JSON."""
    return {"ja": text.ja, "en": text.en}
