"""The CRMs Awase knows, by name."""

from features.core.errors import LeadDataError
from serving.crm.connector import Vendor
from serving.crm.hubspot.vendor import HUBSPOT
from serving.crm.salesforce.vendor import SALESFORCE

VENDORS: dict[str, Vendor] = {vendor.name: vendor for vendor in (HUBSPOT, SALESFORCE)}


def find_vendor(name: str) -> Vendor:
    """A vendor by its name.

    Raises
    ------
    LeadDataError
        If Awase knows no such CRM.
    """
    if name not in VENDORS:
        msg = f"a CRM must be one of {', '.join(VENDORS)}; got {name!r}. Name one of them."
        raise LeadDataError(msg)
    return VENDORS[name]
