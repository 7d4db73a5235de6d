"""Which channels a workspace has configured, each with its sender."""

from serving.delivery.sender import Sender
from serving.delivery.webhook import Webhook
from serving.secrets import read_secret
from serving.workspace import Workspace


def configured_senders(workspace: Workspace) -> tuple[Sender, ...]:
    """Senders of the channels that the settings name.

    Raises
    ------
    LeadDataError
        If a channel is named and something it needs is missing.
    """
    senders: list[Sender] = []
    if workspace.webhook_url is not None:
        secret = read_secret("AWASE_WEBHOOK_SECRET", workspace.folder)
        senders.append(Webhook.to(workspace.webhook_url, secret, public_url=workspace.public_url))
    return tuple(senders)
