"""A CRM: what it exports, and that nothing can be called there yet."""

from typing import Any

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.presets.kinds import ExportKind, Others, RecognisedFile
from features.importing.presets.leads import LEAD_FIELDS, lead_entry
from features.importing.presets.vocabulary import Vocabulary
from serving.crm.connector import Connection, Vendor
from serving.workspace.workspace import Workspace


def _people(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any]:
    return lead_entry(found, words, "acme_id")


def connect(workspace: Workspace, _definition: LeadDefinition) -> Connection:
    """Refuse: there is no interface to call."""
    msg = f"Acme must have an interface; got none for {workspace.folder.name}. Import its files."
    raise LeadDataError(msg)


VENDOR = Vendor(
    name="acme",
    connect=connect,
    per_call=100,
    calls_a_batch=1,
    exports=(
        ExportKind(
            name="Acme people",
            fields=LEAD_FIELDS,
            needs=("id", "created"),
            telling=("Acme Stage",),
            build=_people,
        ),
    ),
)
