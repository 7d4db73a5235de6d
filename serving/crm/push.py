"""What the CRM does not know yet, into the outbox; what became of it, into the ledger.

Only what is news against what was last written is sent. A hand-over's arrival is logged once a
cycle. Both go through the outbox: at least once, under an external id that stays the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from features.store import Store
from serving.crm.outbound.describe import CrmRecord
from serving.crm.outbound.fields import what_matters
from serving.ledger.outbox.crm_sync import CrmRefusal, Pushed, read_pushed, read_refusals
from serving.ledger.outbox.enqueue import Message, enqueue, open_channel
from serving.ledger.outbox.inspect import close_dead, renew_dead

LEAD_TOLD = "crm.lead"
ARRIVAL = "crm.arrival"

PER_TRANSACTION = 5_000

LEAST_MOVE = 0.0095
"""Of a probability told to three places: a hundredth, whatever the last digit of a float."""
LEADING = 3
"""Reasons that must be among those written last."""


@dataclass(frozen=True, kw_only=True)
class PushDifference:
    """What a CRM does not know yet about a lead.

    Attributes
    ----------
    changed : bool
        Whether its fields differ from what was written last.
    arrived : bool
        Whether its newest hand-over is not in the CRM's log.
    before : mapping
        Fields as they were written last.
    """

    told: CrmRecord
    changed: bool
    arrived: bool
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> tuple["ValueChange", ...]:
        """Fields that a write would change, each with what was written last and what is new."""
        return tuple(
            ValueChange(name=name, before=self.before.get(name), now=value)
            for name, value in self.told.fields.items()
            if self.changed and value != self.before.get(name)
        )


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A field, what was written into it last, and what would be."""

    name: str
    before: str | float | None
    now: str | float | None


def differences(told: Iterable[CrmRecord], pushed: dict[str, Pushed]) -> Iterator[PushDifference]:
    """Leads about which a CRM does not know everything."""
    for item in told:
        before = pushed.get(item.lead_id)
        changed = before is None or is_news(item, before)
        logged = 0 if before is None or before.logged_cycle is None else before.logged_cycle
        handed = item.handed_over
        ours = handed is not None and handed.definition_version is not None
        arrived = ours and handed is not None and handed.cycle > logged
        if changed or arrived:
            known = {} if before is None else before.fields
            yield PushDifference(told=item, changed=changed, arrived=arrived, before=known)


def is_news(told: CrmRecord, before: Pushed) -> bool:
    """Whether a lead is another one than was written; that a day has passed is none.

    A probability near the edge of a hundredth, or reasons that weigh nearly the same, would
    otherwise be written back and forth: only a move of a hundredth counts, and only a leading
    reason that was not named.
    """
    if before.fingerprint is None or before.record_id != told.record_id:
        return True
    now, then = what_matters(told.fields), what_matters(before.fields)
    del now["probability"], then["probability"]
    moved = _moved(told.fields.get("probability"), before.fields.get("probability"))
    return now != then or moved or not set(told.reasons[:LEADING]) <= set(before.reasons)


def _moved(now: Any, then: Any) -> bool:
    if now is None or then is None:
        return now is not then
    return bool(abs(now - then) > LEAST_MOVE)


def leave_messages(
    store: Store, vendor: str, told: Iterable[CrmRecord], *, retry: bool = False
) -> tuple[int, int]:
    """Put what a CRM does not know yet into the outbox.

    Gives how many leads changed, and how many hand-overs are new to the CRM. What the CRM refused
    is sent again once it would say something else, and forgotten once it need not be said.

    Parameters
    ----------
    store : Store
    vendor : str
        As in ``hubspot``.
    told : iterable of CrmRecord
        What the CRM is to know about each lead.
    retry : bool, optional
        Whether what the CRM refused is sent again as it is.
    """
    found = list(differences(told, read_pushed(store, vendor)))
    refused = _Refused(read_refusals(store, vendor), retry=retry)
    for begin in range(0, len(found), PER_TRANSACTION):
        part = found[begin : begin + PER_TRANSACTION]
        messages = [
            m for item in part for said in _messages(vendor, item) for m in refused.of(said)
        ]
        with store.engine.begin() as connection:
            open_channel(connection, vendor)
            renew_dead(connection, refused.renewed)
            enqueue(connection, messages)
        refused.renewed.clear()
    with store.engine.begin() as connection:
        close_dead(connection, refused.needless)
    return sum(item.changed for item in found), sum(item.arrived for item in found)


class _Refused:
    """What the CRM refused, held against what is due.

    Attributes
    ----------
    renewed : dict
        Payloads of hand-overs that are sent again under the name that the log knows them by.
    """

    def __init__(self, refused: Sequence[CrmRefusal], *, retry: bool) -> None:
        self.renewed: dict[int, Mapping[str, Any]] = {}
        self._retry = retry
        self._refused = {(item.kind, item.lead_id): item for item in refused}
        self._gone = {item.message_id for item in refused}

    def of(self, message: Message) -> Iterator[Message]:
        """The message that is to be sent; none where the same was refused."""
        was = self._refused.get((message.kind, str(message.lead_id)))
        if was is None:
            yield message
            return
        again = self._retry or was.fingerprint != message.payload["fingerprint"]
        if message.kind == ARRIVAL and was.external_id == message.external_id:
            self._gone.discard(was.message_id)
            if again:
                self.renewed[was.message_id] = message.payload
        elif again or message.kind == ARRIVAL:
            # Fields go under another name: the channel has seen the one they were refused under.
            told = f"{message.external_id}/after-{was.message_id}"
            yield message if message.kind == ARRIVAL else replace(message, external_id=told)
        else:
            self._gone.discard(was.message_id)

    @property
    def needless(self) -> list[int]:
        """Refusals of what need not be said any more."""
        return sorted(self._gone)


def _messages(vendor: str, item: PushDifference) -> Iterator[Message]:
    told = item.told
    # What is due is logged before the fields say so: sales look when they see the log.
    if item.arrived and told.handed_over is not None:
        handed = told.handed_over
        yield Message(
            channel=vendor,
            kind=ARRIVAL,
            external_id=f"{told.lead_id}/cycle-{handed.cycle}",
            lead_id=told.lead_id,
            payload={
                "cycle": handed.cycle,
                "handed_over_at": handed.handed_over_at.isoformat(),
                "qualification": handed.qualification,
                "by": handed.by,
                "fields": dict(told.fields),
                "fingerprint": told.fingerprint,
            },
        )
    if item.changed:
        yield Message(
            channel=vendor,
            kind=LEAD_TOLD,
            # The same words may be due again after others: the decision tells the two apart.
            external_id=f"{told.lead_id}/{told.decision_id}/{told.fingerprint}",
            lead_id=told.lead_id,
            record=told.lead_id,
            payload={
                "fields": dict(told.fields),
                "reasons": list(told.reasons),
                "fingerprint": told.fingerprint,
            },
        )
