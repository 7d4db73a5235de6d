"""What sales answered in a CRM, as a verdict of the ledger."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.store import Store
from serving.crm.inbound.records import SalesAnswer, Version
from serving.ledger.verdicts import LONGEST_COMMENT, Verdict, record_verdict


def record_answer(
    store: Store, answer: SalesAnswer, *, lead_id: str, definition: LeadDefinition
) -> bool:
    """Keep an answer with its reason; False if the ledger knows it.

    Parameters
    ----------
    store : Store
    answer : SalesAnswer
        With a reason: one that waits for it is not kept.
    lead_id : str
        The lead whose record it stands on.
    definition : LeadDefinition
        Lists the reasons that sales may give.

    Raises
    ------
    LeadDataError
        If the reason is not, or no longer, in the agreement.
    """
    verdict = Verdict(
        lead_id=lead_id,
        answer=answer.answer,
        reason=answer.reason,
        comment=answer.comment[:LONGEST_COMMENT],
        easy_to_act_on=None,
        by=answer.by,
    )
    said_at = min(from_second(answer.said_at), datetime.now(UTC))
    return record_verdict(store, verdict, definition, said_at=said_at)


def answers_of(
    record_id: str,
    said: Sequence[Version],
    *,
    reasons: Sequence[Version],
    comments: Sequence[Version],
) -> Iterator[SalesAnswer]:
    """Read what sales entered on a record: each time they chose an answer, with its reason then.

    Reason and comment may be entered after the answer; those of the last moment before the next
    answer belong to it.

    Parameters
    ----------
    record_id : str
    said, reasons, comments : sequence of Version
        Values of the three fields, the oldest first.
    """
    for number, version in enumerate(said):
        if version.value not in ("accepted", "returned"):
            continue
        until = said[number + 1].at if number + 1 < len(said) else None
        yield SalesAnswer(
            record_id=record_id,
            answer="accepted" if version.value == "accepted" else "returned",
            reason=_last(reasons, until),
            comment=_last(comments, until),
            said_at=version.at,
            by=version.by,
        )


def _last(history: Sequence[Version], until: int | None) -> str:
    before = [version for version in history if until is None or version.at < until]
    return (before[-1].value or "") if before else ""
