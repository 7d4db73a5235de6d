"""Pulling and pushing as the commands do it: one workspace, one CRM, one run at a time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError
from features.core.progress import Progress, ignore_progress
from features.definition import LeadDefinition
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping, read_mapping
from features.store import Store
from features.store.runs import running
from serving.crm.account import CrmAccount, known_account, meet_account
from serving.crm.connector import Connection, Vendor
from serving.crm.outbound.batch import GONE
from serving.crm.outbound.describe import Describer
from serving.crm.pull import RECONCILE, pull
from serving.crm.pull_report import PullReport
from serving.crm.push import ValueChange, differences, leave_messages
from serving.delivery.deliver import DeliveryCounts, deliver_batch
from serving.ledger.access.audit import write_audit
from serving.ledger.leads.join import propose_joins
from serving.ledger.outbox.claim import pause_channel
from serving.ledger.outbox.crm_sync import (
    forget_position,
    forget_pushed,
    read_pushed,
    read_record_ids,
    read_refusals,
)
from serving.ledger.outbox.enqueue import open_channel
from serving.workspace.workspace import Workspace

PER_HUNDRED_THOUSAND = 100_000


@dataclass(frozen=True, kw_only=True)
class PushReport:
    """What a push did.

    Attributes
    ----------
    changed : int
        Leads whose fields differ from what was pushed last.
    arrived : int
        Hand-overs that were not in the CRM's log.
    refused : int
        Messages that the CRM does not take, this time's or an earlier one's.
    problems : tuple of (str, str)
        The lead of each of these, and the CRM's reason.
    """

    account: CrmAccount | None
    vendor: str
    changed: int
    arrived: int
    delivered: int
    failed: int
    refused: int
    problems: tuple[tuple[str, str], ...]

    @property
    def gone(self) -> tuple[str, ...]:
        """Leads whose record the CRM does not have any more."""
        leads = (lead_id for lead_id, reason in self.problems if reason.startswith(GONE))
        return tuple(dict.fromkeys(leads))


@dataclass(frozen=True, kw_only=True)
class PlannedLead:
    """What a push would do to one record.

    Attributes
    ----------
    logged : bool
        Whether a hand-over would be logged.
    values : tuple of ValueChange
        Fields that would be written with another value.
    """

    lead_id: str
    record_id: str
    logged: bool
    values: tuple[ValueChange, ...]


@dataclass(frozen=True, kw_only=True)
class PushPlan:
    """What a push would send.

    Attributes
    ----------
    known : int
        Leads that have a decision and a record in the CRM.
    calls : int
        Calls that this push takes.
    calls_for_100_000 : int
        Calls for the fields of 100,000 such leads, were as large a share of them to change.
    """

    account: CrmAccount | None
    vendor: str
    known: int
    changed: int
    arrived: int
    calls: int
    calls_for_100_000: int
    leads: tuple[PlannedLead, ...]


@contextmanager
def connected(
    workspace: Workspace, vendor: Vendor, definition: LeadDefinition | None = None
) -> Iterator[Connection]:
    """The account of a workspace, until the block ends.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    definition : LeadDefinition, optional
        What is proposed before anything is agreed; the one in force unless given.

    Raises
    ------
    LeadDataError
        If the token or address leads to another account than before.
    """
    connection = vendor.connect(workspace, definition or workspace.definition())
    try:
        with closing(workspace.store()) as store:
            meet_account(store, connection.account())
        yield connection
    finally:
        connection.close()


def mapping_of(
    workspace: Workspace, vendor: Vendor, connection: Connection, *, keep: bool = True
) -> Mapping:
    """Read the workspace's mapping for a CRM; where there is none, propose one.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    connection : Connection
        Open to the account, whose fields a proposal is made from.
    keep : bool, optional
        Whether a proposal is written down: what a pull did can then be read and changed.
    """
    definition, path = workspace.definition(), workspace.folder / vendor.mapping_file
    if path.is_file():
        return read_mapping(path, definition)
    text = connection.propose()
    if keep:
        write_whole_file(path, text.encode())
    return parse_mapping(text, str(path), definition)


def write_proposal(workspace: Workspace, vendor: Vendor, path: Path | None) -> Path:
    """Propose a mapping and write it to a file that does not exist yet.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    path : path or None
        File to write; None: the vendor's mapping file in the workspace.

    Raises
    ------
    LeadDataError
        If there is a file already: somebody may have worked on it.
    """
    target = path or workspace.folder / vendor.mapping_file
    if target.exists():
        msg = (
            f"a proposal needs a file that does not exist; got {target}. Name another with "
            "--output and compare the two."
        )
        raise LeadDataError(msg)
    with connected(workspace, vendor) as connection:
        write_whole_file(target, connection.propose().encode())
    return target


def pull_from(
    workspace: Workspace,
    vendor: Vendor,
    *,
    reconcile: bool = False,
    on_step: Progress = ignore_progress,
) -> PullReport:
    """Bring a workspace up to date with its CRM.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    reconcile : bool, optional
        Whether to compare all records' leads with the CRM, though it is not due yet.
    on_step : callable
        Called with the name of each stream's step, how many are done, and of how many.
    """
    if reconcile:
        forget_position(workspace.store(), vendor.name, RECONCILE)
    with connected(workspace, vendor) as connection:
        mapping = mapping_of(workspace, vendor, connection)
        return pull_by(
            workspace,
            vendor,
            connection,
            mapping=mapping,
            definition=workspace.definition(),
            on_step=on_step,
        )


def pull_by(
    workspace: Workspace,
    vendor: Vendor,
    connection: Connection,
    *,
    mapping: Mapping,
    definition: LeadDefinition,
    on_step: Progress = ignore_progress,
) -> PullReport:
    """Bring a workspace up to date by a mapping and a definition, agreed or not.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    connection : Connection
        Open to the account.
    mapping : Mapping
    definition : LeadDefinition
    on_step : callable
        As :func:`pull_from` calls it.
    """
    store = workspace.store()
    with running(store, "import"):
        report = pull(
            store,
            connection.source(mapping),
            mapping=mapping,
            definition=definition,
            rejects_file=workspace.report_path(f"rejects_{vendor.name}.csv"),
            on_step=on_step,
        )
    report.account = known_account(store, vendor.name)
    report.proposals = len(propose_joins(store))
    return report


def plan_push(workspace: Workspace, vendor: Vendor) -> PushPlan:
    """What a push would send, and how many calls that takes; asks the CRM nothing but its name."""
    store = workspace.store()
    told = list(Describer.of(workspace).describe(store, vendor.name))
    found = list(differences(told, read_pushed(store, vendor.name)))
    changed, arrived = sum(d.changed for d in found), sum(d.arrived for d in found)
    share = changed / len(told) if told else 0.0
    return PushPlan(
        account=known_account(store, vendor.name),
        vendor=vendor.name,
        known=len(told),
        changed=changed,
        arrived=arrived,
        calls=vendor.calls(changed) + vendor.calls(arrived),
        calls_for_100_000=vendor.calls(round(share * PER_HUNDRED_THOUSAND)),
        leads=tuple(
            PlannedLead(
                lead_id=item.told.lead_id,
                record_id=item.told.record_id,
                logged=item.arrived,
                values=item.values,
            )
            for item in found
        ),
    )


def writes_first(workspace: Workspace, vendor: Vendor) -> CrmAccount | None:
    """The account that a push would write into for the first time, unless it is a sandbox."""
    store = workspace.store()
    with connected(workspace, vendor) as connection:
        # Nobody is asked about a push that could not begin.
        _check_fields(connection, vendor)
        account = connection.account()
    return None if account.is_sandbox or read_pushed(store, vendor.name) else account


def _check_fields(connection: Connection, vendor: Vendor) -> None:
    if lacking := connection.lacking():
        msg = (
            f"{vendor.title} must have Awase's fields; got {len(lacking)} missing. "
            f"Run `awase crm setup {vendor.name}`."
        )
        raise LeadDataError(msg)


def push_to(workspace: Workspace, vendor: Vendor, *, retry: bool = False) -> PushReport:
    """Tell a CRM what it does not know yet.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    retry : bool, optional
        Whether what it refused before is sent again unchanged.

    Raises
    ------
    AwaseError
        If the CRM refuses the token, its quota is spent, or it does not answer; what waits is sent
        by the next push, or by `awase deliver`.
    """
    store = workspace.store()
    with connected(workspace, vendor) as connection:
        _check_fields(connection, vendor)
        told = Describer.of(workspace).describe(store, vendor.name)
        changed, arrived = leave_messages(store, vendor.name, told, retry=retry)
        tally = _deliver(store, vendor, connection)
    standing = read_refusals(store, vendor.name)
    return PushReport(
        account=known_account(store, vendor.name),
        vendor=vendor.name,
        changed=changed,
        arrived=arrived,
        delivered=tally.delivered,
        failed=tally.failed,
        refused=len(standing),
        problems=tuple((item.lead_id, item.reason) for item in standing),
    )


def clear_in(workspace: Workspace, vendor: Vendor, lead_id: str, *, by: str) -> str | None:
    """Empty Awase's fields on a lead's record; gives the record, None where there is none.

    Parameters
    ----------
    workspace : Workspace
    vendor : Vendor
        The CRM.
    lead_id : str
    by : str
        Who asked for it, for the audit.

    Raises
    ------
    LeadDataError
        If the CRM does not take it.
    """
    store = workspace.store()
    record = read_record_ids(store, vendor.name, [lead_id]).get(lead_id)
    if record is None:
        return None
    with connected(workspace, vendor) as connection:
        said = connection.sender(store).clear(lead_id, record)
    if said is not None:
        msg = f"{vendor.title} must let Awase empty its fields; got {said}. Look at the record."
        raise LeadDataError(msg)
    with store.engine.begin() as opened:
        forget_pushed(opened, vendor.name, [lead_id])
        write_audit(opened, by=by, action="cleared", subject=f"{lead_id} in {vendor.name}")
    return record


def _deliver(store: Store, vendor: Vendor, connection: Connection) -> DeliveryCounts:
    with store.engine.begin() as opened:
        open_channel(opened, vendor.name)
    # Whoever pushes by hand has seen to what the channel was resting for.
    pause_channel(store, vendor.name, until=datetime.now(UTC), reason="")
    sender, total = connection.sender(store), DeliveryCounts()
    while (tally := deliver_batch(store, sender)) is not None:
        total += tally
        if sender.stopped_by is not None:
            raise sender.stopped_by
    return total
