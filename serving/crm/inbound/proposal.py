"""A mapping proposed from a CRM's own list of fields, as text that people read and correct.

What a field is taken for follows the headers that exports of all vendors are recognised by, in
Japanese and English, then the labels of the lead definition's own attributes.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from features.definition import LeadDefinition
from features.definition.yaml.yaml_text import yaml_text
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.presets.kinds import canonical
from features.importing.presets.leads import LEAD_FIELDS
from features.importing.presets.presets import read_preset
from features.importing.presets.template import Holes, fill
from features.importing.presets.vocabulary import CREATED, FACTS, UNKNOWN, Vocabulary
from features.importing.proposal.words import BEHAVIOURS, plain_header
from serving.crm.inbound.records import FieldInfo

Entry = dict[str, Any]

ROW_KEYS = {"match", "lead_id"}
EMAIL_DOMAIN = "email_domain"

APART = r"renew|onboard|upsell|更新|継続|オンボーディング|導入支援|追加"
"""Names of pipelines and record types that begin after the win."""


def attributes_of(fields: Iterable[FieldInfo], definition: LeadDefinition) -> dict[str, str]:
    """Attributes of the lead definition by the CRM's field that fills them, the best of several.

    An attribute's own name or label counts before the headers that exports go by; an earlier field
    before a later one.
    """
    known = Vocabulary(definition=definition).attributes()
    by_header = {
        canonical(header): (rank + 1, name)
        for name, headers in LEAD_FIELDS.items()
        for rank, header in enumerate(headers)
        if name in known
    }
    for item in definition.attributes:
        for text in (item.name, item.label.ja, item.label.en):
            by_header[canonical(text)] = (0, item.name)
    best: dict[str, tuple[int, str]] = {}
    for field in fields:
        found = [by_header[key] for key in _keys(field) if key in by_header]
        if not found:
            continue
        rank, attribute = min(found)
        if attribute not in best or rank < best[attribute][0]:
            best[attribute] = (rank, field.name)
    return {field: attribute for attribute, (_, field) in best.items()}


def apart(names: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Pipelines or record types that count, where there are several, and names of the others.

    Parameters
    ----------
    names : mapping of str to str
        What people call each, by its id.
    """
    aside = [key for key, name in names.items() if re.search(APART, _plain(name), re.IGNORECASE)]
    if len(names) < 2 or len(aside) == len(names):
        return {}, []
    counted = {key: name for key, name in names.items() if key not in aside}
    return counted, [names[key] for key in aside]


def form_behaviours(names: Iterable[str], definition: LeadDefinition) -> dict[str, str]:
    """What each form is taken for, by its name; those that tell nothing are left out."""
    behaviours = {item.name for item in definition.behaviours}
    guessed = {name: _behaviour_of_form(name, behaviours) for name in names}
    return {name: behaviour for name, behaviour in guessed.items() if behaviour is not None}


def standing_facts(fields: Iterable[FieldInfo], definition: LeadDefinition) -> list[Entry]:
    """Facts of fields of which only today's value is known, and of the domain of addresses.

    Parameters
    ----------
    fields : iterable of FieldInfo
        Of the record that a lead is.
    definition : LeadDefinition
    """
    fields = tuple(fields)
    found = attributes_of(fields, definition)
    facts = [
        {"attribute": attribute, "column": name, "known_at": FACTS.get(attribute, UNKNOWN)}
        for name, attribute in found.items()
        if attribute not in changing(fields, definition).values() and attribute != EMAIL_DOMAIN
    ]
    email = next((f.name for f in fields if f.name.casefold() == "email"), None)
    if email is not None and any(item.name == EMAIL_DOMAIN for item in definition.attributes):
        facts.insert(0, {"attribute": EMAIL_DOMAIN, "column": email, "known_at": CREATED})
    return facts


def changing(fields: Iterable[FieldInfo], definition: LeadDefinition) -> dict[str, str]:
    """Attributes by the field that is taken for each, where its history is kept."""
    fields = tuple(fields)
    kept = {field.name for field in fields if field.has_history}
    return {
        name: attribute
        for name, attribute in attributes_of(fields, definition).items()
        if name in kept and attribute != EMAIL_DOMAIN
    }


def write_records(
    vendor: str, told: Mapping[str, Any], *, definition: LeadDefinition, notes: Sequence[str]
) -> str:
    """Write a vendor's mapping from its preset and check it as if somebody had written it by hand.

    Parameters
    ----------
    vendor : str
        Whose preset.
    told : mapping of str to Any
        What fills the holes of its templates; what is None is not there.
    definition : LeadDefinition
        What the mapping must fit.
    notes : sequence of str
        Comment lines for the top, without their ``#``.

    Raises
    ------
    LeadDataError
        If it does not fit the lead definition.
    """
    values = {name: value for name, value in told.items() if value}
    holes = Holes(values=values, words=Vocabulary(definition=definition))
    filled = (fill(part, holes) for part in read_preset(f"serving.crm.{vendor}").records)
    entries = [entry for entry in filled if entry is not None and set(entry) - ROW_KEYS]
    lacking = [a.name for a in definition.attributes if a.name not in _filled(entries)]
    if lacking:
        notes = [*notes, f"No field was found for: {', '.join(lacking)}."]
    text = yaml_text({"format": 1, "time_zone": "UTC", "files": entries}, notes)
    parse_mapping(text, "proposed mapping", definition)
    return text


def _filled(entries: Sequence[Entry]) -> set[str]:
    named = [fact["attribute"] for entry in entries for fact in entry.get("facts", ())]
    return {
        name
        for one in named
        for name in ((one,) if isinstance(one, str) else one["values"].values())
    }


def _keys(field: FieldInfo) -> tuple[str, str]:
    return canonical(field.name), canonical(field.label)


def _behaviour_of_form(name: str, behaviours: set[str]) -> str | None:
    plain = plain_header(name)
    return next((b for b, _, words in BEHAVIOURS if b in behaviours and words.search(plain)), None)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)
