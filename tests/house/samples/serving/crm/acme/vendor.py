"""A CRM of which files are read, and nothing is called yet."""

from typing import Any

from features.importing.presets.kinds import ExportKind, Others, RecognisedFile
from features.importing.presets.leads import LEAD_FIELDS, lead_entry
from features.importing.presets.vocabulary import Vocabulary
from serving.crm.connector import Vendor


def _people(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any]:
    return lead_entry(found, words, "acme_id")


VENDOR = Vendor(
    name="acme",
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
