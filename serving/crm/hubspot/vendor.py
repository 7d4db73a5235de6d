"""HubSpot as the commands meet it."""

from serving.crm.connector import Interface, Vendor
from serving.crm.hubspot.client import PER_BATCH, HubspotClient
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.sender import HubspotSender
from serving.crm.hubspot.setup import missing
from serving.crm.hubspot.source import HubspotSource
from serving.crm.token import need_token
from serving.workspace.workspace import Workspace

TOKEN_NAME = "AWASE_HUBSPOT_TOKEN"


def open_client(workspace: Workspace) -> HubspotClient:
    """Make the client of a workspace's settings.

    Raises
    ------
    LeadDataError
        If there is no token, or the address is not safe for one.
    """
    token = need_token(TOKEN_NAME, workspace.folder)
    return HubspotClient(token=token, url=workspace.hubspot_url)


VENDOR = Vendor(
    name=HubspotClient.vendor,
    interface=Interface(
        open_client=open_client,
        source=HubspotSource,
        sender=HubspotSender,
        propose=propose,
        missing=missing,
        per_call=PER_BATCH,
    ),
)
