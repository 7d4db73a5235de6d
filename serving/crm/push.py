"""What the CRM does not know yet, into the outbox; what became of it, into the ledger.

Only what differs from what was last written is sent. A hand-over's arrival is logged once a cycle.
Both go through the outbox: at least once, under an external id that stays the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from features.store import Store
from serving.crm.outbound.describe import CrmRecord
from serving.ledger.outbox.crm_sync import Pushed, read_pushed, read_refusals
from serving.ledger.outbox.enqueue import Message, enqueue, open_channel
from serving.ledger.outbox.inspect import close_dead, renew_dead

LEAD_TOLD = "crm.lead"
ARRIVAL = "crm.arrival"

PER_TRANSACTION = 5_000


@dataclass(frozen=True, kw_only=True)
class PushDifference:
    """What a CRM does not know yet about a lead.

    Attributes
    ----------
    changed : bool
        Whether its fields differ from what was written last.
    arrived : bool
        Whether its newest hand-over is not in the CRM's log.
    """

    told: CrmRecord
    changed: bool
    arrived: bool


def differences(told: Iterable[CrmRecord], pushed: dict[str, Pushed]) -> Iterator[PushDifference]:
    """Leads about which a CRM does not know everything."""
    for item in told:
        before = pushed.get(item.lead_id)
        changed = before is None or before.fingerprint != item.fingerprint
        logged = 0 if before is None or before.logged_cycle is None else before.logged_cycle
        handed = item.handed_over
        ours = handed is not None and handed.definition_version is not None
        arrived = ours and handed is not None and handed.cycle > logged
        if changed or arrived:
            yield PushDifference(told=item, changed=changed, arrived=arrived)


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
    n_changed = n_arrived = 0
    found = list(differences(told, read_pushed(store, vendor)))
    refused = {item.external_id: item for item in read_refusals(store, vendor)}
    for begin in range(0, len(found), PER_TRANSACTION):
        part = found[begin : begin + PER_TRANSACTION]
        due = {m.external_id: m for item in part for m in _messages(vendor, item)}
        again = {key: refused.pop(key) for key in due.keys() & refused.keys()}
        with store.engine.begin() as connection:
            open_channel(connection, vendor)
            renew_dead(
                connection,
                {
                    was.message_id: due[key].payload
                    for key, was in again.items()
                    if retry or was.fingerprint != due[key].payload["fingerprint"]
                },
            )
            enqueue(connection, due.values())
        n_changed += sum(item.changed for item in part)
        n_arrived += sum(item.arrived for item in part)
    with store.engine.begin() as connection:
        close_dead(connection, [item.message_id for item in refused.values()])
    return n_changed, n_arrived


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
            payload={"fields": dict(told.fields), "fingerprint": told.fingerprint},
        )
