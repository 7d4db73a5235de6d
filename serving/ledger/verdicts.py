"""What sales answered to a hand-over: the outcome row ``accepted`` or ``returned``, stored once.

An acceptance may come without its reason, which is better said when the result is known; a return
is the result. A verdict on a lead that nobody handed over means that a person took it from the
list: that hand-over is recorded with it. Changing one's mind is a new row; the newest counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select

from features.core.errors import AwaseError, LeadDataError
from features.definition import LeadDefinition
from features.store.schema import decision, hand_over, lead, outcome
from features.store.store import Store
from serving.ledger.access.audit import write_audit
from serving.ledger.leads.lead_state import VERDICT_STAGES, lock_standings, refresh_within
from serving.ledger.outbox.webhook_events import announce_verdict

LONGEST_COMMENT = 2_000
"""Characters of a comment."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The newest answer to a lead as somebody saw it; None: there was none."""

    at: datetime | None


class AnsweredMeanwhile(AwaseError):
    """Somebody else answered since the page was opened; nothing was kept of the second answer."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What sales say about a lead that was handed over.

    Attributes
    ----------
    reason : str
        Name of one of the definition's reasons for that answer; empty while an acceptance has none.
    by : str
        Login of the person, or the key of the program.
    on_behalf_of : str or None
        Whom a program says it answers for.
    seen : Seen or None
        The last answer that whoever answers knew of; None where nobody looked.
    """

    lead_id: str
    answer: Literal["accepted", "returned"]
    reason: str
    comment: str
    easy_to_act_on: bool | None
    by: str
    on_behalf_of: str | None = None
    seen: "Seen | None" = None

    @property
    def answered_by(self) -> str:
        """What stands beside the answer: who gave it, and for whom."""
        return self.by if self.on_behalf_of is None else f"{self.by} ({self.on_behalf_of})"


def record_verdict(
    store: Store,
    verdict: Verdict,
    definition: LeadDefinition,
    *,
    said_at: datetime | None = None,
) -> bool:
    """Keep a verdict, with its hand-over where there was none; False if it was said already.

    Parameters
    ----------
    store : Store
    verdict : Verdict
    definition : LeadDefinition
        Lists the reasons that sales may give.
    said_at : datetime, optional
        When it was said elsewhere, such as in the CRM; the same verdict of that second is then
        corrected, and one older than the newest hand-over answers an earlier cycle.

    Raises
    ------
    LeadDataError
        If the lead, or the reason in the definition's list, does not exist, or the comment is too
        long.
    AnsweredMeanwhile
        If somebody else gave another answer than the one that was seen.
    """
    _check(verdict, definition)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        # Two people answer the same lead at the same moment: one comes after the other.
        lock_standings(connection)
        _check_lead(connection, verdict.lead_id)
        handed_over_at = _hand_over(connection, verdict.lead_id, said_at)
        last = _last(connection, verdict.lead_id)
        if last is not None and last["occurred_at"] >= handed_over_at:
            _check_seen(verdict, last)
        if said_at is None:
            if last is not None and last["occurred_at"] >= handed_over_at and _same(last, verdict):
                return False
            now = _next_second(last, handed_over_at)
        elif _is_no_news(last, verdict, handed_over_at, said_at) or _repeats(
            connection, verdict, said_at
        ):
            return False
        else:
            now = said_at
        connection.execute(
            insert(outcome).values(
                lead_id=verdict.lead_id,
                stage=verdict.answer,
                occurred_at=now,
                known_at=now,
                reason=verdict.reason or None,
                comment=verdict.comment or None,
                easy_to_act_on=verdict.easy_to_act_on,
                by=verdict.answered_by,
            )
        )
        write_audit(
            connection,
            by=verdict.by,
            on_behalf_of=verdict.on_behalf_of,
            action=verdict.answer,
            subject=verdict.lead_id,
        )
        refresh_within(connection, definition, verdict.lead_id)
        announce_verdict(connection, verdict.lead_id, stage=verdict.answer, occurred_at=now)
        connection.commit()
    return True


def _next_second(last: dict[str, Any] | None, handed_over_at: datetime) -> datetime:
    # A hand-over may lie ahead of the clock: a simulated company's days do.
    now = max(datetime.now(UTC).replace(microsecond=0), handed_over_at)
    if last is not None and last["occurred_at"] >= now:
        # Seconds are the finest there is; a second thought within one comes after it.
        return last["occurred_at"] + timedelta(seconds=1)
    return now


def _is_no_news(
    last: dict[str, Any] | None, verdict: Verdict, handed_over_at: datetime, said_at: datetime
) -> bool:
    """Whether the same was said last: a CRM without history dates it by any later change."""
    if last is None or not _same(last, verdict):
        return False
    said_before: datetime = last["occurred_at"]
    return handed_over_at <= said_before < said_at


def _repeats(connection: Connection, verdict: Verdict, said_at: datetime) -> bool:
    """Whether that second's verdict is there as it is; one that says otherwise makes room."""
    key = (
        outcome.c.lead_id == verdict.lead_id,
        outcome.c.stage == verdict.answer,
        outcome.c.occurred_at == said_at,
    )
    there = connection.execute(select(outcome).where(*key)).mappings().first()
    if there is not None and _same(dict(there), verdict):
        return True
    connection.execute(delete(outcome).where(*key))
    return False


def _check(verdict: Verdict, definition: LeadDefinition) -> None:
    reasons = [item.name for item in getattr(definition.verdict_reasons, verdict.answer)]
    is_later = verdict.answer == "accepted" and not verdict.reason
    if not is_later and verdict.reason not in reasons:
        msg = (
            f"a reason must be one of the lead definition's ({', '.join(reasons)}); "
            f"got {verdict.reason!r}. Choose one of them."
        )
        raise LeadDataError(msg)
    if len(verdict.comment) > LONGEST_COMMENT:
        msg = (
            f"a comment holds at most {LONGEST_COMMENT:,} characters; "
            f"got {len(verdict.comment):,}. Shorten it."
        )
        raise LeadDataError(msg)


def _check_seen(verdict: Verdict, last: dict[str, Any]) -> None:
    if verdict.seen is None or last["by"] == verdict.answered_by:
        return
    if last["occurred_at"] != verdict.seen.at:
        msg = (
            "an answer must come after the newest one was seen; got an answer to an earlier "
            "state of the lead. Look at the newest answer, then choose."
        )
        raise AnsweredMeanwhile(msg)


def _check_lead(connection: Connection, lead_id: str) -> None:
    if connection.execute(select(lead.c.lead_id).where(lead.c.lead_id == lead_id)).first() is None:
        msg = (
            f"a verdict is about a lead of the store; got {lead_id!r}, which is none. See the list."
        )
        raise LeadDataError(msg)


def _hand_over(connection: Connection, lead_id: str, said_at: datetime | None) -> datetime:
    """When the lead was handed over; as it was answered, by a person, where it was not."""
    newest = (
        select(hand_over.c.handed_over_at)
        .where(hand_over.c.lead_id == lead_id)
        .order_by(hand_over.c.cycle.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    if row is not None:
        handed_over_at: datetime = row[0]
        return handed_over_at
    now = said_at or datetime.now(UTC).replace(microsecond=0)
    decided = _newest_decision(connection, lead_id)
    connection.execute(
        insert(hand_over).values(
            lead_id=lead_id,
            cycle=1,
            handed_over_at=now,
            # A person may take a lead that nobody qualified; what is passed on is then an MQL.
            qualification="SQL" if decided.get("qualification") == "SQL" else "MQL",
            by="person",
            definition_version=decided.get("definition_version"),
            release_id=decided.get("release_id"),
        )
    )
    return now


def _newest_decision(connection: Connection, lead_id: str) -> dict[str, Any]:
    number = select(func.max(decision.c.decision_id)).where(decision.c.lead_id == lead_id)
    query = select(
        decision.c.qualification, decision.c.definition_version, decision.c.release_id
    ).where(decision.c.decision_id == number.scalar_subquery())
    row = connection.execute(query).mappings().first()
    return {} if row is None else dict(row)


def _last(connection: Connection, lead_id: str) -> dict[str, Any] | None:
    query = (
        select(outcome)
        .where(outcome.c.lead_id == lead_id, outcome.c.stage.in_(VERDICT_STAGES))
        .order_by(outcome.c.occurred_at.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _same(last: dict[str, Any], verdict: Verdict) -> bool:
    return (
        last["stage"] == verdict.answer
        and (last["reason"] or "") == verdict.reason
        and (last["comment"] or "") == verdict.comment
        and last["easy_to_act_on"] == verdict.easy_to_act_on
    )
