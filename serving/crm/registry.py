"""The CRMs Awase knows: a folder beside this file each, found by the name that registers it."""

from importlib import import_module

from features.core.errors import LeadDataError
from features.crms import CRMS
from features.importing.presets.kinds import ExportKind
from features.importing.presets.presets import read_preset
from serving.crm.connector import Vendor


def find_vendor(name: str) -> Vendor:
    """A vendor by its name.

    Raises
    ------
    LeadDataError
        If Awase knows no such CRM.
    """
    if name not in CRMS:
        msg = f"a CRM must be one of {', '.join(CRMS)}; got {name!r}. Name one of them."
        raise LeadDataError(msg)
    vendor: Vendor = import_module(f"serving.crm.{name}.vendor").VENDOR
    return vendor


def known_exports() -> tuple[ExportKind, ...]:
    """Kinds of files that the CRMs export."""
    return tuple(kind for name in CRMS for kind in read_preset(f"serving.crm.{name}").exports)
