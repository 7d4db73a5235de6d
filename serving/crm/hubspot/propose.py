"""The mapping for a HubSpot account, from its properties and forms and the lead definition."""

from collections.abc import Mapping
from typing import Any

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import Vocabulary
from serving.crm.hubspot.client import PREFIX as OURS
from serving.crm.hubspot.client import HubspotClient, pipelines, properties
from serving.crm.hubspot.contacts import COMPANIES, COMPANY, CONTACTS
from serving.crm.hubspot.deals import CURRENCY, DEALS, HOME_AMOUNT, PIPELINE
from serving.crm.hubspot.forms import FORM_SUBMISSIONS, Forms
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.deal_ends import LOST, OPENED, WON
from serving.crm.inbound.proposal import (
    Entry,
    apart,
    attributes_of,
    changes_entry,
    form_behaviours,
    written,
)
from serving.crm.inbound.records import FieldInfo

OF_THE_COMPANY = ("industry", "company_size", "annual_revenue")
"""Attributes that describe a company: its own value counts before the contact's copy."""

ALSO_OF_THE_COMPANY = ("country", "city")
"""Attributes whose value at the company counts where the contact has none of its own."""

PERSON = {"email": "email", "phone": "phone", "company": "company"}

LIFECYCLE = "lifecyclestage"
LEAD_STATUS = "hs_lead_status"
LEAD_STATUSES = {
    "IN_PROGRESS": "accepted",
    "OPEN_DEAL": "accepted",
    "UNQUALIFIED": "returned",
    "BAD_TIMING": "returned",
}
"""HubSpot's own lead statuses that say what sales made of a hand-over."""

BEHAVIOURS = {
    "hs_email_last_open_date": "email_open",
    "hs_email_last_click_date": "email_click",
    "hs_analytics_last_timestamp": "page",
}
"""Properties whose every new value is something the contact did."""

UNSUBSCRIBED = "hs_email_optout"


def list_fields(client: HubspotClient) -> list[FieldInfo]:
    """Properties of contacts and companies, ours left out."""
    return [
        FieldInfo(
            object=kind,
            name=item["name"],
            label=item.get("label", ""),
            # A calculated value is only what today's formula gives.
            has_history=not item.get("calculated", False),
        )
        for kind in (CONTACTS, COMPANIES)
        for item in client.get(properties(kind)).get("results", ())
        if not item["name"].startswith(OURS)
    ]


def propose(client: HubspotClient, definition: LeadDefinition) -> str:
    """The text of a mapping for an account.

    Raises
    ------
    TokenRefused
        If the token may not read properties or forms.
    """
    fields = list_fields(client)
    own = [field for field in fields if field.object == CONTACTS]
    theirs = [field for field in fields if field.object == COMPANIES]
    names = {field.name for field in own}
    words = Vocabulary(definition=definition)
    found = client.get(pipelines(DEALS)).get("results", ())
    counted, aside = apart({str(item["id"]): str(item.get("label", "")) for item in found})
    entries = [
        _contacts(own, definition),
        _changes(own, theirs, definition=definition),
        *_engagements(words),
        _deals(client, counted),
    ]
    forms = _forms([str(form.get("name", "")) for form in Forms(client=client).forms()], definition)
    if forms is not None:
        entries.append(forms)
    notes = [
        "What HubSpot's records are to Awase: by `awase crm map hubspot`, yours to change.",
        "Each entry reads one object: contacts, changes (every value a property ever had, since",
        "when), calls, meetings, emails, deals, form_submissions. company.NAME is the property of",
        "the company a contact belonged to at the time.",
    ]
    if aside:
        notes.append(f"Deals count in {', '.join(counted.values())}; {', '.join(aside)} is apart.")
    lacking = [a.name for a in definition.attributes if a.name not in _filled(entries)]
    if lacking:
        notes.append(f"No property was found for: {', '.join(lacking)}.")
    if LIFECYCLE not in names:
        notes.append("The account shows no life cycle stages: hand-overs before Awase are unknown.")
    return written(entries, definition, notes)


def _contacts(own: list[FieldInfo], definition: LeadDefinition) -> Entry:
    names = {field.name for field in own}
    person: dict[str, Any] = {key: name for key, name in PERSON.items() if name in names}
    parts = [name for name in ("lastname", "firstname") if name in names]
    if parts:
        person["name"] = parts
    entry: Entry = {
        "match": CONTACTS,
        "lead_id": "lead",
        "lead": {"created_at": "createdate", "hubspot_id": "id"},
        "person": person,
    }
    facts = []
    attributes = {item.name for item in definition.attributes}
    if "email_domain" in attributes and "email" in names:
        facts.append({"attribute": "email_domain", "column": "email", "known_at": "created"})
    without = [field for field in own if not field.has_history]
    facts += [
        {"attribute": attribute, "column": name, "known_at": "unknown"}
        for name, attribute in attributes_of(without, definition).items()
        if attribute not in _with_history(own, definition).values()
    ]
    if facts:
        entry["facts"] = facts
    return entry


def _with_history(fields: list[FieldInfo], definition: LeadDefinition) -> dict[str, str]:
    found = attributes_of([field for field in fields if field.has_history], definition)
    return {name: attribute for name, attribute in found.items() if attribute != "email_domain"}


def _changes(own: list[FieldInfo], theirs: list[FieldInfo], *, definition: LeadDefinition) -> Entry:
    mine = _with_history(own, definition)
    of_company = {
        name: attribute
        for name, attribute in _with_history(theirs, definition).items()
        if attribute in OF_THE_COMPANY
        or (attribute in ALSO_OF_THE_COMPANY and attribute not in mine.values())
    }
    values = {n: a for n, a in mine.items() if a not in of_company.values()}
    values |= {PREFIX + name: attribute for name, attribute in of_company.items()}
    account = definition.roles.account
    if account is not None:
        values = {n: a for n, a in values.items() if a != account} | {COMPANY: account}
    names = {field.name for field in own}
    return changes_entry(
        values,
        outcomes=[*_life_cycle_outcomes(names), *_status_outcomes(names)],
        more=_hand_overs(names) | _behaviours(names, definition),
    )


def _life_cycle_outcomes(names: set[str]) -> list[Entry]:
    if LIFECYCLE not in names:
        return []
    when = [
        {"column": "field", "is_one_of": [LIFECYCLE]},
        {"column": "value", "is_one_of": ["salesqualifiedlead"]},
    ]
    return [{"stage": "accepted", "occurred_at": "at", "when": when}]


def _status_outcomes(names: set[str]) -> list[Entry]:
    if LEAD_STATUS not in names:
        return []
    stage = {"column": "value", "values": LEAD_STATUSES, "others": "skip"}
    when = [{"column": "field", "is_one_of": [LEAD_STATUS]}]
    return [{"stage": stage, "occurred_at": "at", "when": when}]


def _hand_overs(names: set[str]) -> Entry:
    if LIFECYCLE not in names:
        return {}
    when = [
        {"column": "field", "is_one_of": [LIFECYCLE]},
        {"column": "value", "is_one_of": ["marketingqualifiedlead"]},
    ]
    # Whoever set the stage, it was not Awase: the account's own rule is the nearest to a rulebook.
    return {"hand_overs": [{"handed_over_at": "at", "by": "rulebook", "when": when}]}


def _behaviours(names: set[str], definition: LeadDefinition) -> Entry:
    words = Vocabulary(definition=definition)
    told = {
        name: behaviour
        for name, what in BEHAVIOURS.items()
        if name in names and (behaviour := words.behaviour(what)) is not None
    }
    events: list[Entry] = []
    if told:
        given = [{"column": "value", "known": True}]
        events.append(_event({"column": "field", "values": told, "others": "skip"}, given))
    unsubscribe = words.behaviour("unsubscribe")
    if unsubscribe is not None and UNSUBSCRIBED in names:
        when = [
            {"column": "field", "is_one_of": [UNSUBSCRIBED]},
            {"column": "value", "is_one_of": ["true"]},
        ]
        events.append(_event(unsubscribe, when))
    return {"events": events} if events else {}


def _event(behaviour: Any, when: list[Entry]) -> Entry:
    return {
        "behaviour": behaviour,
        "occurred_at": "at",
        "event_id": ["field", "at", "lead"],
        "when": when,
    }


def _engagements(words: Vocabulary) -> list[Entry]:
    entries = []
    for kind, what in (("calls", "call"), ("meetings", "meeting"), ("emails", "sales_email")):
        behaviour = words.behaviour(what)
        if behaviour is None:
            continue
        event: Entry = {
            "behaviour": behaviour,
            "occurred_at": "hs_timestamp",
            # It may have been entered days after it happened.
            "known_at": "hs_createdate",
            "event_id": ["id", "lead"],
        }
        if kind == "emails":
            event["actor"] = {
                "column": "hs_email_direction",
                "values": {"INCOMING_EMAIL": "lead"},
                "others": "sales",
            }
        entries.append({"match": kind, "lead_id": "lead", "events": [event]})
    return entries


def _deals(client: HubspotClient, counted: Mapping[str, str]) -> Entry:
    """Propose the entry for deals: pipelines that count, worth in the account's currency."""
    names = {item["name"] for item in client.get(properties(DEALS)).get("results", ())}
    stages = {OPENED: "opportunity", WON: "won", LOST: "lost"}
    outcome: Entry = {
        "stage": {"column": "stage", "values": stages, "others": "skip"},
        "occurred_at": "at",
        "known_at": "known",
        "value": HOME_AMOUNT if HOME_AMOUNT in names else "amount",
        "by": "by",
    }
    if {HOME_AMOUNT, CURRENCY} <= names:
        outcome["comment"] = "given"
    if counted:
        outcome["when"] = [{"column": PIPELINE, "is_one_of": list(counted)}]
    return {"match": DEALS, "lead_id": "lead", "outcomes": [outcome]}


def _forms(names: list[str], definition: LeadDefinition) -> Entry | None:
    words = Vocabulary(definition=definition)
    otherwise = words.behaviour("form")
    told = form_behaviours(names, definition)
    if otherwise is None and not told:
        return None
    event = {
        "behaviour": {"column": "form", "values": told, "others": otherwise or "skip"},
        "occurred_at": "sent_at",
        "event_id": "id",
    }
    return {"match": FORM_SUBMISSIONS, "lead_id": "lead", "events": [event]}


def _filled(entries: list[Entry]) -> set[str]:
    filled: set[str] = set()
    for entry in entries:
        for fact in entry.get("facts", ()):
            attribute = fact["attribute"]
            filled |= (
                {attribute} if isinstance(attribute, str) else set(attribute["values"].values())
            )
    return filled
