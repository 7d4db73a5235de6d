"""What sales answered in a CRM, as a verdict of the ledger."""

from datetime import UTC, datetime

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.store import Store
from serving.crm.inbound.records import SalesAnswer
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
