"""A lead's card: everything worth saying about one lead, as data that a page and a terminal share.

Made from frozen records only; words are there in both languages until somebody reads them.
"""

import dataclasses
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from features.core import formats
from features.core.arrays import FloatArray
from features.core.clock import from_second
from features.core.qualification import Qualification
from features.core.text import Language, Text
from features.moments import Moments
from features.rulebook import Explanation as RulebookExplanation
from features.rulebook import explain
from features.snapshot import Snapshot
from features.store.lead_tables import LeadTables
from serving.reasons.explainer import Explainer
from serving.reasons.phrases.likelihood import (
    RateRange,
    comparison,
    frequency,
    range_words,
    rate_range,
)
from serving.reasons.plane import Position, locate
from serving.reasons.reason import LeadReason
from serving.reasons.similar.past_points import PastPoints
from serving.reasons.similar.similar import (
    LeadsAtLevel,
    NearLead,
    leads_at_level,
    level_words,
    nearest_leads,
)
from serving.reasons.what_to_ask import QuestionToAsk, askable, what_to_ask
from serving.reasons.why_moved import ExplainedMove, Viewpoint, explain_move, take_row
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.model.release import Release


@dataclass(frozen=True, kw_only=True)
class LeadCard:
    """Everything worth saying about one lead at one instant.

    Attributes
    ----------
    probability : float
        ``1 / (1 + 2 ** (-total_points / 10))``.
    likelihood, frequency : Text
        The probability as people should read it: per cent, and so many of 100 leads.
    comparison : Text or None
        How many of 100 past leads of every kind became one; None without past leads.
    between : RateRange or None
        How sure the probability is; None where the release states no level for its ends.
    between_words : Text or None
    total_points, base_points, calibration_points : float
        The total is base, reasons and calibration added up.
    reasons : tuple of LeadReason
        One per concept, the weightiest first.
    position : Position
    rulebook : Explanation
        What the rulebook says; its points are another unit, never added to these.
    asks : tuple of QuestionToAsk
        Empty without past leads to take answers from.
    level : LeadsAtLevel or None
    level_words : Text or None
    nearest : tuple of NearLead
    move : ExplainedMove or None
        Why the points moved since an earlier decision, where there was one.
    """

    lead_id: str
    as_of: int
    release_id: str
    probability: float
    likelihood: Text
    frequency: Text
    comparison: Text | None
    between: RateRange | None
    between_words: Text | None
    qualification: Qualification
    total_points: float
    base_points: float
    calibration_points: float
    reasons: tuple[LeadReason, ...]
    position: Position
    rulebook: RulebookExplanation
    asks: tuple[QuestionToAsk, ...]
    level: LeadsAtLevel | None
    level_words: Text | None
    nearest: tuple[NearLead, ...]
    move: ExplainedMove | None


@dataclass(frozen=True, kw_only=True, eq=False)
class CardMaker:
    """A release ready to explain leads one by one; ``past`` is what they are compared with."""

    release: Release
    explainer: Explainer
    past: PastPoints | None = None
    listed: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What lists say of decisions, by what the words are made of; a decision never changes."""

    def card(
        self,
        tables: LeadTables,
        *,
        as_of: int,
        lead_id: str | None = None,
        before: Viewpoint | None = None,
    ) -> LeadCard:
        """The card of one lead.

        Parameters
        ----------
        tables : LeadTables
            Of that lead; of its colleagues too where the definition asks about them.
        as_of : int
            Second from which to look.
        lead_id : str, optional
            Which lead of the tables; the only one unless given.
        before : Viewpoint, optional
            The earlier decision with which to compare.
        """
        row = take_row(self.explainer, tables, as_of=as_of, lead_id=lead_id)
        explained = self.explainer.explain(row[None])
        points = explained.points
        who = lead_id or str(tables.lead.column("lead_id")[0].as_py())
        facts = (fact for fact in tables.fact.to_pylist() if fact["lead_id"] == who)
        feature_row = self.explainer.feature_row(row, as_of, facts=facts)
        reasons = tuple(self.explainer.reasons(points.reasons[0], feature_row))
        after = Viewpoint(as_of=as_of, explainer=self.explainer, row=row)
        probability = float(explained.probability[0])
        between = rate_range(self.release.fit.calibrator, float(explained.margin[0]))
        level = None if self.past is None else leads_at_level(self.past, probability)
        move = None
        if before is not None:
            move = explain_move(tables, before=before, after=after, lead_id=lead_id)
        definition = self.explainer.definition
        return LeadCard(
            lead_id=who,
            as_of=as_of,
            release_id=self.release.release_id,
            probability=probability,
            likelihood=formats.probability(probability).value,
            frequency=frequency(probability, definition.outcome.stage),
            comparison=self._comparison(),
            between=between,
            between_words=None if between is None else range_words(between),
            qualification=Qualification(int(self.release.qualify(explained.probability)[0])),
            total_points=float(points.total[0]),
            base_points=points.base,
            calibration_points=float(points.calibration[0]),
            reasons=reasons,
            position=locate(reasons, anything_to_ask=bool(askable(self.explainer, row))),
            rulebook=self._rulebook(row, as_of),
            asks=self._asks(row, points.reasons[0]),
            level=level,
            level_words=None if level is None else level_words(level, definition),
            nearest=() if self.past is None else nearest_leads(self.past, points.reasons[0]),
            move=move,
        )

    def _comparison(self) -> Text | None:
        if self.past is None or not len(self.past.past.converted):
            return None
        return comparison(float(self.past.past.converted.mean()))

    def _rulebook(self, row: FloatArray, as_of: int) -> RulebookExplanation:
        catalogue, definition = self.explainer.catalogue, self.explainer.definition
        moments = Moments.of([0], [as_of])
        return explain(Snapshot(moments=moments, matrix=row[None], catalogue=catalogue), definition)

    def _asks(self, row: FloatArray, reasons: FloatArray) -> tuple[QuestionToAsk, ...]:
        if self.past is None:
            return ()
        return what_to_ask(
            self.explainer, row, reasons=reasons, past=self.past, cut_offs=self.release.cut_offs
        )


def as_data(record: object, language: Language, zone: ZoneInfo) -> Any:
    """Turn a record into JSON types: words in one language, instants with their time zone.

    An instant of a data set without dates is null.

    Parameters
    ----------
    record : object
        A frozen record, or a value or tuple within one.
    language : {"ja", "en"}
    zone : ZoneInfo
        Time zone in which instants are written.
    """
    if isinstance(record, Text):
        return record.read(language)
    if isinstance(record, Enum):
        return record.value if isinstance(record, str) else record.name
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        fields = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
        return {
            name: _instant(value, zone)
            if name.endswith("as_of")
            else as_data(value, language, zone)
            for name, value in fields.items()
        }
    if isinstance(record, tuple):
        return [as_data(item, language, zone) for item in record]
    return record


def _instant(second: int, zone: ZoneInfo) -> str | None:
    return from_second(second).astimezone(zone).isoformat() if is_dated(second) else None


def is_dated(second: int) -> bool:
    """Whether an instant is one, and not the stand-in of a data set without dates."""
    return second > UNDATED_AS_OF
