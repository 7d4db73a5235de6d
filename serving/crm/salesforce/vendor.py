"""Salesforce as the commands meet it."""

from serving.crm.connector import Interface, Vendor
from serving.crm.salesforce.client import PER_COLLECTION, SalesforceClient
from serving.crm.salesforce.login import read_login
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.sender import SalesforceSender
from serving.crm.salesforce.setup import missing
from serving.crm.salesforce.source import SalesforceSource
from serving.workspace.workspace import Workspace


def open_client(workspace: Workspace) -> SalesforceClient:
    """Make the client of a workspace's settings.

    Raises
    ------
    LeadDataError
        If there is no way to get in, or the address is not safe for a token.
    """
    login = read_login(
        workspace.folder,
        url=workspace.salesforce_url,
        username=workspace.salesforce_username,
        domain=workspace.salesforce_domain,
    )
    return SalesforceClient(login=login)


VENDOR = Vendor(
    name=SalesforceClient.vendor,
    interface=Interface(
        open_client=open_client,
        source=SalesforceSource,
        sender=SalesforceSender,
        propose=propose,
        missing=missing,
        per_call=PER_COLLECTION,
        # Where converted leads went is asked before.
        calls_a_batch=2,
    ),
)
