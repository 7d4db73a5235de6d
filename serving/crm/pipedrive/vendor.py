"""Pipedrive as the commands meet it."""

from serving.crm.connector import Interface, Vendor
from serving.crm.pipedrive.client import URL, PipedriveClient
from serving.crm.pipedrive.propose import propose
from serving.crm.pipedrive.sender import PipedriveSender
from serving.crm.pipedrive.setup import missing
from serving.crm.pipedrive.source import PipedriveSource
from serving.crm.token import need_token
from serving.workspace.secrets import read_secret
from serving.workspace.workspace import Workspace

TOKEN_NAME = "AWASE_PIPEDRIVE_TOKEN"
URL_NAME = "AWASE_PIPEDRIVE_URL"
"""Where the company's own address is to be called in place of the one for all."""


def open_client(workspace: Workspace) -> PipedriveClient:
    """Make the client of a workspace's secrets.

    Raises
    ------
    LeadDataError
        If there is no token, or the address is not safe for one.
    """
    token = need_token(TOKEN_NAME, workspace.folder)
    return PipedriveClient(token=token, url=read_secret(URL_NAME, workspace.folder) or URL)


VENDOR = Vendor(
    name=PipedriveClient.vendor,
    interface=Interface(
        open_client=open_client,
        source=PipedriveSource,
        sender=PipedriveSender,
        propose=propose,
        missing=missing,
        per_call=PipedriveSender.per_call,
    ),
)
