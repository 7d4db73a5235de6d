"""The mapping for a Salesforce organisation, from its fields and the lead definition."""

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import UNKNOWN
from serving.crm.inbound.proposal import apart, changing, standing_facts, write_records
from serving.crm.inbound.records import FieldInfo
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.history import tracked_fields
from serving.crm.salesforce.opportunities import HOME_AMOUNT, KIND
from serving.crm.salesforce.people import KINDS, PEOPLE
from serving.crm.salesforce.rates import CURRENCY
from serving.crm.salesforce.values import PREFIX as OURS

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
    counted, aside = apart(_record_types(client))
    in_one_currency = CURRENCY not in client.fields(KIND)
    facts = standing_facts(fields, definition)
    told = {
        **{field.name: field.name for field in fields},
        **{f"tracked.{field.name}": field.name for field in fields if field.has_history},
        "facts": facts,
        "attributes": changing(fields, definition),
        "counted": list(counted),
        "worth": "Amount" if in_one_currency else HOME_AMOUNT,
        "given": None if in_one_currency else "given",
    }
    notes = [
        "What Salesforce's records are to Awase: by `awase crm map salesforce`, yours to change.",
        "Each entry reads one object: people (leads, and contacts that were none), changes (the",
        "history of their tracked fields), tasks, events, campaign_members, opportunities.",
        "Fields of leads that a contact has under another name are found there, too.",
    ]
    if aside:
        notes.append(f"Deals count of type {', '.join(counted.values())}; {', '.join(aside)} not.")
    untracked = [str(fact["column"]) for fact in facts if fact["known_at"] == UNKNOWN]
    if untracked:
        notes.append(
            f"Only today's value is known of: {', '.join(untracked)}. Switch on Field History "
            "Tracking for them, and what is learnt from then on is dated."
        )
    return write_records("salesforce", told, definition=definition, notes=notes)


def _record_types(client: SalesforceClient) -> dict[str, str]:
    rows = client.rows(
        "SELECT DeveloperName, Name FROM RecordType "
        f"WHERE SobjectType = '{KIND}' AND IsActive = TRUE"
    )
    return {str(row["DeveloperName"]): str(row["Name"]) for row in rows}
