"""What happened between marketing and sales about one lead: hand-overs, answers, outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.core.clock import from_second
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.trial import ARM_WORDS
from features.store.lead_tables import LeadTables
from serving.ledger.trial_leads import BY_TRIAL, hides_judge
from serving.web.words.page_words import HANDED_OVER_BY, PAGE_WORDS, REACHED, VERDICTS


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One thing that happened.

    Attributes
    ----------
    stage : str or None
        Of the outcome; None of a hand-over.
    value : float or None
        What a deal is worth.
    detail : Text or None
        Of a hand-over, who handed over what; of an answer, its reason.
    """

    lead_id: str
    at: datetime
    stage: str | None
    value: float | None
    what: Text
    detail: Text | None
    comment: str | None
    by: str | None


def list_history(tables: LeadTables, definition: LeadDefinition) -> tuple[HistoryEntry, ...]:
    """Hand-overs and outcomes of the leads of some tables, newest first."""
    reasons = {
        reason.name: reason.label
        for reason in (*definition.verdict_reasons.accepted, *definition.verdict_reasons.returned)
    }
    handed = [
        HistoryEntry(
            lead_id=row["lead_id"],
            at=from_second(row["handed_over_at"]),
            stage=None,
            value=None,
            what=PAGE_WORDS["handed_over"],
            detail=_handed_over(row["qualification"], _told_by(row, definition)),
            comment=None,
            by=None,
        )
        for row in tables.hand_over.to_pylist()
    ]
    outcomes = [
        HistoryEntry(
            lead_id=row["lead_id"],
            at=from_second(row["occurred_at"]),
            stage=row["stage"],
            value=row["value"],
            what=VERDICTS[row["stage"]],
            # Reasons of an older agreement have no words in today's.
            detail=reasons.get(row["reason"] or "", _as_written(row["reason"])),
            comment=row["comment"],
            by=row["by"],
        )
        for row in tables.outcome.to_pylist()
    ]
    return tuple(sorted(handed + outcomes, key=lambda entry: entry.at, reverse=True))


def _told_by(row: dict[str, Any], definition: LeadDefinition) -> str:
    """Who handed a lead over; not in a trial that does not show which judge did."""
    is_by_lot = row["propensity"] is not None and row["by"] in ARM_WORDS
    return BY_TRIAL if hides_judge(definition, is_by_lot) else str(row["by"])


def _handed_over(qualification: str, by: str) -> Text:
    level, who = REACHED[qualification], HANDED_OVER_BY[by]
    return Text(ja=f"{level.ja}({who.ja})", en=f"{level.en}, by {who.en}")


def _as_written(reason: str | None) -> Text | None:
    return None if reason is None else Text(ja=reason, en=reason)
