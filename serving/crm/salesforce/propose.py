"""The mapping for a Salesforce organisation, from its fields and the lead definition."""

from collections.abc import Mapping
from typing import Any

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import CREATED, FACTS, UNKNOWN, Vocabulary
from serving.crm.inbound.deal_ends import LOST, OPENED, WON
from serving.crm.inbound.proposal import Entry, apart, attributes_of, changes_entry, written
from serving.crm.inbound.records import FieldInfo
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.history import tracked_fields
from serving.crm.salesforce.opportunities import HOME_AMOUNT, KIND, OPPORTUNITIES, RECORD_TYPE
from serving.crm.salesforce.people import KINDS, PEOPLE
from serving.crm.salesforce.rates import CURRENCY
from serving.crm.salesforce.source import CAMPAIGN_MEMBERS
from serving.crm.salesforce.values import PREFIX as OURS

PERSON = {"email": "Email", "phone": "Phone", "company": "Company"}

STATUS = "Status"
STATUSES = {
    "Closed - Not Converted": "returned",
    "Unqualified": "returned",
}
"""Salesforce's own lead statuses that say what sales made of a hand-over."""

TASKS = {"Call": "call", "Email": "sales_email"}
CAMPAIGNS = {"Webinar": "webinar", "Seminar": "webinar", "Conference": "webinar"}
"""Types of campaigns whose answering members did something, and what."""

OWNER = "Owner.Name"
BY_NAME = ("OwnerId",)
"""Ids that people know by a name, which is read instead."""


def list_fields(client: SalesforceClient) -> list[FieldInfo]:
    """Fields of leads and contacts, ours left out; each once, as leads have it."""
    found: dict[str, FieldInfo] = {}
    for kind in KINDS:
        tracked = tracked_fields(client, kind)
        for name, item in client.fields(kind).items():
            if name.startswith(OURS) or name in found or name in BY_NAME:
                continue
            found[name] = FieldInfo(
                object=PEOPLE,
                name=name,
                label=str(item.get("label", "")),
                has_history=name in tracked,
            )
        if OWNER not in found:
            found[OWNER] = FieldInfo(
                object=PEOPLE, name=OWNER, label=f"{kind} Owner", has_history=OWNER in tracked
            )
    return list(found.values())


def propose(client: SalesforceClient, definition: LeadDefinition) -> str:
    """The text of a mapping for an organisation.

    Raises
    ------
    TokenRefused
        If the user may not read the fields of leads and contacts.
    """
    fields = list_fields(client)
    words = Vocabulary(definition=definition)
    people = _people(fields, definition)
    counted, aside = apart(_record_types(client))
    entries = [
        people,
        _changes(fields, definition),
        *_activities(words),
        *_campaigns(words),
        _opportunities(counted, in_one_currency=CURRENCY not in client.fields(KIND)),
    ]
    entries = [entry for entry in entries if len(entry) > 2]
    notes = [
        "What Salesforce's records are to Awase: by `awase crm map salesforce`, yours to change.",
        "Each entry reads one object: people (leads, and contacts that were none), changes (the",
        "history of their tracked fields), tasks, events, campaign_members, opportunities.",
        "Fields of leads that a contact has under another name are found there, too.",
    ]
    if aside:
        notes.append(f"Deals count of type {', '.join(counted.values())}; {', '.join(aside)} not.")
    untracked = [str(fact["column"]) for fact in people.get("facts", ()) if _is_suspect(fact)]
    if untracked:
        notes.append(
            f"Only today's value is known of: {', '.join(untracked)}. Switch on Field History "
            "Tracking for them, and what is learnt from then on is dated."
        )
    return written(entries, definition, notes)


def _people(fields: list[FieldInfo], definition: LeadDefinition) -> Entry:
    names = {field.name for field in fields}
    person: dict[str, Any] = {key: name for key, name in PERSON.items() if name in names}
    person["name"] = [name for name in ("LastName", "FirstName") if name in names]
    entry: Entry = {
        "match": PEOPLE,
        "lead_id": "lead",
        "lead": {"created_at": "CreatedDate", "salesforce_id": "id"},
        "person": person,
    }
    attributes = {item.name for item in definition.attributes}
    facts = []
    if "email_domain" in attributes and "Email" in names:
        facts.append({"attribute": "email_domain", "column": "Email", "known_at": CREATED})
    tracked = set(_tracked(fields, definition).values())
    facts += [
        {"attribute": attribute, "column": name, "known_at": FACTS.get(attribute, UNKNOWN)}
        for name, attribute in attributes_of(fields, definition).items()
        if attribute not in tracked and attribute != "email_domain"
    ]
    if facts:
        entry["facts"] = facts
    # Converting a lead is how sales take it on.
    entry["outcomes"] = [{"stage": "accepted", "occurred_at": "converted_at"}]
    return entry


def _tracked(fields: list[FieldInfo], definition: LeadDefinition) -> dict[str, str]:
    """Attributes by the field that is taken for each, where its history is kept."""
    kept = {field.name for field in fields if field.has_history}
    found = attributes_of(fields, definition)
    return {
        name: attribute
        for name, attribute in found.items()
        if name in kept and attribute != "email_domain"
    }


def _changes(fields: list[FieldInfo], definition: LeadDefinition) -> Entry:
    outcomes: list[Entry] = []
    if any(field.name == STATUS and field.has_history for field in fields):
        stage = {"column": "value", "values": STATUSES, "others": "skip"}
        when = [{"column": "field", "is_one_of": [STATUS]}]
        outcomes.append({"stage": stage, "occurred_at": "at", "when": when})
    return changes_entry(_tracked(fields, definition), outcomes=outcomes)


def _activities(words: Vocabulary) -> list[Entry]:
    entries: list[Entry] = []
    told = words.behaviours(TASKS)
    if told:
        event = {
            "behaviour": {"column": "TaskSubtype", "values": told, "others": "skip"},
            "occurred_at": "CompletedDateTime",
            "event_id": "id",
            # A task that is still open is a plan.
            "when": [
                {"column": "IsClosed", "is_one_of": ["true"]},
                {"column": "CompletedDateTime", "known": True},
            ],
        }
        entries.append({"match": "tasks", "lead_id": "lead", "events": [event]})
    meeting = words.behaviour("meeting")
    if meeting is not None:
        event = {
            "behaviour": meeting,
            "occurred_at": "StartDateTime",
            "event_id": "id",
        }
        entries.append({"match": "events", "lead_id": "lead", "events": [event]})
    return entries


def _campaigns(words: Vocabulary) -> list[Entry]:
    told = words.behaviours(CAMPAIGNS)
    if not told:
        return []
    event = {
        "behaviour": {"column": "Campaign.Type", "values": told, "others": "skip"},
        "occurred_at": "FirstRespondedDate",
        "event_id": "id",
        "when": [
            {"column": "HasResponded", "is_one_of": ["true"]},
            {"column": "FirstRespondedDate", "known": True},
        ],
    }
    return [{"match": CAMPAIGN_MEMBERS, "lead_id": "lead", "events": [event]}]


def _record_types(client: SalesforceClient) -> dict[str, str]:
    rows = client.rows(
        "SELECT DeveloperName, Name FROM RecordType "
        f"WHERE SobjectType = '{KIND}' AND IsActive = TRUE"
    )
    return {str(row["DeveloperName"]): str(row["Name"]) for row in rows}


def _opportunities(counted: Mapping[str, str], *, in_one_currency: bool) -> Entry:
    """Propose the entry for opportunities: types that count, worth in the home currency."""
    worth = {"value": "Amount"} if in_one_currency else {"value": HOME_AMOUNT, "comment": "given"}
    types = [{"column": RECORD_TYPE, "is_one_of": list(counted)}] if counted else []
    outcomes = [
        {
            "stage": stage,
            "occurred_at": "at",
            "known_at": "known",
            "by": "by",
            "when": [{"column": "stage", "is_one_of": [part]}, *types],
            **(worth if stage == "won" else {}),
        }
        for stage, part in (("opportunity", OPENED), ("won", WON), ("lost", LOST))
    ]
    return {"match": OPPORTUNITIES, "lead_id": "lead", "outcomes": outcomes}


def _is_suspect(fact: Entry) -> bool:
    return fact["known_at"] == UNKNOWN
