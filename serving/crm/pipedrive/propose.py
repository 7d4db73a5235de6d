"""The mapping for a Pipedrive company, from its fields and the lead definition."""

from collections.abc import Mapping
from typing import Any

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import Vocabulary
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.deal_ends import LOST, OPENED, WON
from serving.crm.inbound.proposal import Entry, apart, attributes_of, changes_entry, written
from serving.crm.inbound.records import FieldInfo
from serving.crm.outbound.fields import PUSHED, answer_fields
from serving.crm.pipedrive.client import V2, PipedriveClient
from serving.crm.pipedrive.deals import HOME_VALUE, PIPELINE
from serving.crm.pipedrive.fields import ACTIVITIES, DEALS, ORGANIZATIONS, PERSONS, ours
from serving.crm.pipedrive.persons import COMPANY, CREATED

PERSON = {"email": "email", "phone": "phone", "company": f"{PREFIX}name"}
NAME = ("last_name", "first_name")

TYPES = {"call": "call", "meeting": "meeting", "lunch": "meeting", "email": "sales_email"}
"""Pipedrive's own types of activities."""


def propose(client: PipedriveClient, definition: LeadDefinition) -> str:
    """The text of a mapping for a company.

    Raises
    ------
    TokenRefused
        If the token may not read fields.
    """
    words = Vocabulary(definition=definition)
    found = client.listed(f"{V2}/pipelines")
    counted, aside = apart({str(item["id"]): str(item.get("name", "")) for item in found})
    entries = [
        _persons(client, definition),
        changes_entry(_attributes(client, definition)),
        *_activities(words),
        _deals(counted),
    ]
    notes = [
        "What Pipedrive's records are to Awase: by `awase crm map pipedrive`, yours to change.",
        "Each entry reads one object: persons, changes (every value a field had, since when),",
        "activities (those done), deals. A custom field stands by its key; company.KEY is the",
        "field of the organisation a person belonged to at the time.",
        *_keys(client, definition),
    ]
    if aside:
        notes.append(f"Deals count in {', '.join(counted.values())}; {', '.join(aside)} is apart.")
    return written([entry for entry in entries if len(entry) > 2], definition, notes)


def _fields(client: PipedriveClient, definition: LeadDefinition) -> list[FieldInfo]:
    """Fields of persons, ours left out, then those of organisations."""
    there = client.fields(PERSONS)
    made = {item.key for item in ours((*PUSHED, *answer_fields(definition)), there).values()}
    own = [item for item in there.values() if item.key not in made]
    return [
        FieldInfo(object=kind, name=prefix + item.key, label=item.name, has_history=True)
        for kind, prefix, found in (
            (PERSONS, "", own),
            (ORGANIZATIONS, PREFIX, client.fields(ORGANIZATIONS).values()),
        )
        for item in found
    ]


def _attributes(client: PipedriveClient, definition: LeadDefinition) -> dict[str, str]:
    """Attributes by the field that fills each; an organisation's only where a person has none."""
    values = attributes_of(_fields(client, definition), definition)
    account = definition.roles.account
    if account is not None:
        values = {n: a for n, a in values.items() if a != account} | {COMPANY: account}
    return {name: a for name, a in values.items() if a != "email_domain"}


def _keys(client: PipedriveClient, definition: LeadDefinition) -> list[str]:
    """What people call the custom fields that are taken."""
    named = {item.name: item.label for item in _fields(client, definition)}
    taken = _attributes(client, definition)
    return [f"{name} is {named[name]}." for name in taken if len(name.removeprefix(PREFIX)) == 40]


def _persons(client: PipedriveClient, definition: LeadDefinition) -> Entry:
    known = client.fields(PERSONS)
    person: dict[str, Any] = {
        key: name for key, name in PERSON.items() if name.startswith(PREFIX) or name in known
    }
    person["name"] = [name for name in NAME if name in known] or ["name"]
    entry: Entry = {
        "match": PERSONS,
        "lead_id": "lead",
        "lead": {"created_at": CREATED, "pipedrive_id": "id"},
        "person": person,
    }
    if "email_domain" in {item.name for item in definition.attributes}:
        fact = {"attribute": "email_domain", "column": "email", "known_at": "created"}
        entry["facts"] = [fact]
    return entry


def _activities(words: Vocabulary) -> list[Entry]:
    told = words.behaviours(TYPES)
    if not told:
        return []
    event: Entry = {
        "behaviour": {"column": "type", "values": told, "others": "skip"},
        "occurred_at": "at",
        # It may have been ticked off days after it happened.
        "known_at": "known",
        "event_id": ["id", "lead"],
    }
    return [{"match": ACTIVITIES, "lead_id": "lead", "events": [event]}]


def _deals(counted: Mapping[str, str]) -> Entry:
    """Propose the entry for deals: pipelines that count, worth in the company's currency."""
    stages = {OPENED: "opportunity", WON: "won", LOST: "lost"}
    outcome: Entry = {
        "stage": {"column": "stage", "values": stages, "others": "skip"},
        "occurred_at": "at",
        "known_at": "known",
        "value": HOME_VALUE,
        "comment": "given",
        "by": "by",
    }
    if counted:
        outcome["when"] = [{"column": PIPELINE, "is_one_of": list(counted)}]
    return {"match": DEALS, "lead_id": "lead", "outcomes": [outcome]}
