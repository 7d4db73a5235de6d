"""Which channels a workspace has, each with its sender: the webhook of its settings, its CRMs."""

from features.crms import CRMS
from features.store import Store
from serving.crm.registry import find_vendor
from serving.delivery.sender import Sender
from serving.delivery.webhook import Webhook
from serving.ledger.outbox.enqueue import close_channel, open_channel, open_channels
from serving.ledger.outbox.webhook_events import WEBHOOK
from serving.workspace.secrets import read_secret
from serving.workspace.workspace import Workspace


def open_senders(workspace: Workspace, store: Store) -> tuple[Sender, ...]:
    """Senders of a workspace; messages are left from now on for its webhook, if it has one.

    A CRM has a sender once something was pushed to it.

    Raises
    ------
    LeadDataError
        If a channel is configured and something it needs is missing.
    """
    senders: list[Sender] = []
    if workspace.webhook_url is not None:
        secret = read_secret("AWASE_WEBHOOK_SECRET", workspace.folder)
        senders.append(Webhook.to(workspace.webhook_url, secret, public_url=workspace.public_url))
    with store.engine.begin() as connection:
        if senders:
            open_channel(connection, WEBHOOK)
        else:
            close_channel(connection, WEBHOOK)
        channels = open_channels(connection)
    for name in channels:
        if name in CRMS:
            connected = find_vendor(name).connect(workspace, workspace.definition())
            senders.append(connected.sender(store))
    return tuple(senders)
