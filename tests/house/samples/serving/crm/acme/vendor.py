"""A CRM: nothing can be called there yet; what it exports stands in its preset."""

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from serving.crm.connector import Connection, Vendor
from serving.workspace.workspace import Workspace


def connect(workspace: Workspace, _definition: LeadDefinition) -> Connection:
    """Refuse: there is no interface to call."""
    msg = f"Acme must have an interface; got none for {workspace.folder.name}. Import its files."
    raise LeadDataError(msg)


VENDOR = Vendor(name="acme", connect=connect, per_call=100, calls_a_batch=1)
