"""A batch of messages on their way into a CRM: whose record, what became of each, what is known.

What a vendor's sender adds is how fields are written and how an arrival is logged there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from features.core.errors import AwaseError
from features.crms import CRMS
from features.store import Store
from serving.crm.errors import QuotaSpent
from serving.crm.push import ARRIVAL, LEAD_TOLD
from serving.delivery.sender import Pause
from serving.ledger.outbox.claim import Claimed, Receipt, plain_answer
from serving.ledger.outbox.crm_sync import Pushed, read_pushed_of, read_record_ids, write_pushed

OUTAGE = timedelta(minutes=5)
UNTIL_TOMORROW = timedelta(hours=6)

GONE = "the record is gone: "
"""Before what a CRM says of a record that it does not have any more."""

Result = Literal["delivered", "failed", "refused"]


@dataclass(frozen=True, kw_only=True)
class Unwritten:
    """Why a CRM did not write a record.

    Attributes
    ----------
    may_pass : bool
        Whether another moment may not have the reason.
    is_gone : bool
        Whether the CRM does not have the record any more.
    """

    reason: str
    may_pass: bool = False
    is_gone: bool = False


@dataclass(kw_only=True)
class CrmBatch:
    """Messages of one channel, with what the store knows about their leads.

    Attributes
    ----------
    told, arrived : list of Claimed
        Messages about fields and about hand-overs, of leads that have a record there.
    """

    store: Store
    channel: str
    messages: Sequence[Claimed]
    told: list[Claimed] = field(default_factory=list)
    arrived: list[Claimed] = field(default_factory=list)
    records: dict[str, str] = field(init=False)
    _results: dict[int, tuple[Result, str]] = field(default_factory=dict, init=False)
    _pushed: dict[str, Pushed] = field(init=False)

    def __post_init__(self) -> None:
        leads = sorted({m.message.lead_id for m in self.messages if m.message.lead_id})
        self.records = read_record_ids(self.store, self.channel, leads)
        self._pushed = read_pushed_of(self.store, self.channel, leads)
        for message in self.messages:
            if message.message.kind not in (LEAD_TOLD, ARRIVAL):
                # The next push tells all that matters; this was meant for other channels.
                self._results[message.message_id] = ("delivered", "told with the lead's fields")
            elif self.record(message) is None:
                answer = f"the lead has no record in {CRMS[self.channel]} any more"
                self._results[message.message_id] = ("refused", answer)
            else:
                (self.told if message.message.kind == LEAD_TOLD else self.arrived).append(message)

    def record(self, message: Claimed) -> str | None:
        """The CRM's record of a message's lead."""
        return self.records.get(message.message.lead_id or "")

    def is_settled(self, message: Claimed) -> bool:
        """Whether something has become of a message."""
        return message.message_id in self._results

    def receipts(self) -> tuple[Receipt, ...]:
        """One for each message; those that nothing became of were not tried."""
        return tuple(self._receipts())

    def written(self, message: Claimed) -> None:
        """The fields of a lead are there."""
        self._results[message.message_id] = ("delivered", "")
        told = message.message.payload
        self._remember(
            message,
            fingerprint=str(told["fingerprint"]),
            fields=told["fields"],
            reasons=tuple(told.get("reasons", ())),
        )

    def logged(self, message: Claimed, answer: str = "") -> None:
        """A hand-over is in the log."""
        self._results[message.message_id] = ("delivered", answer)
        self._remember(message, logged_cycle=int(message.message.payload["cycle"]))

    def refused(self, message: Claimed, reason: str) -> None:
        """The CRM does not take it; trying again would not change that."""
        # Vendors like to quote the value they refuse, and that may be an address.
        self._results[message.message_id] = ("refused", plain_answer(reason) or "")

    def unwritten(self, message: Claimed, why: Unwritten) -> None:
        """The CRM did not write the record; only some reasons pass by themselves."""
        if why.may_pass:
            self.failed(message, why.reason)
        else:
            self.refused(message, (GONE if why.is_gone else "") + why.reason)

    def failed(self, message: Claimed, reason: str) -> None:
        """Nobody knows whether it arrived, or it may do so later."""
        self._results[message.message_id] = ("failed", reason)

    def keep(self) -> None:
        """Keep what has been pushed to the CRM."""
        write_pushed(self.store, self.channel, self._pushed.values())

    def _receipts(self) -> Iterator[Receipt]:
        for message in self.messages:
            known = self._results.get(message.message_id)
            yield Receipt(
                message_id=message.message_id,
                lease=message.lease,
                result="untried" if known is None else known[0],
                answer="" if known is None else known[1],
            )

    def _remember(self, message: Claimed, **news: Any) -> None:
        lead_id = str(message.message.lead_id)
        before = self._pushed.get(lead_id)
        self._pushed[lead_id] = Pushed(
            **{
                "lead_id": lead_id,
                "fingerprint": None if before is None else before.fingerprint,
                "logged_cycle": None if before is None else before.logged_cycle,
                "fields": {} if before is None else before.fields,
                "reasons": () if before is None else before.reasons,
                "pushed_at": datetime.now(UTC),
                "record_id": self.record(message),
                **news,
            }
        )


def pause_for(error: AwaseError) -> Pause:
    """How long a channel rests after what has stopped it."""
    lasts = UNTIL_TOMORROW if isinstance(error, QuotaSpent) else OUTAGE
    return Pause(lasts=lasts, reason=str(error))
