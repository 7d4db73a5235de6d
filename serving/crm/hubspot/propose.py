"""The mapping for a HubSpot account, from its properties and forms and the lead definition."""

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import ALSO_OF_THE_COMPANY, OF_THE_COMPANY, Vocabulary
from serving.crm.hubspot.client import PREFIX as OURS
from serving.crm.hubspot.client import HubspotClient, pipelines, properties
from serving.crm.hubspot.contacts import COMPANIES, COMPANY, CONTACTS
from serving.crm.hubspot.deals import CURRENCY, DEALS, HOME_AMOUNT
from serving.crm.hubspot.forms import Forms
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.proposal import (
    Entry,
    apart,
    changing,
    form_behaviours,
    standing_facts,
    write_records,
)
from serving.crm.inbound.records import FieldInfo

LIFECYCLE = "lifecyclestage"


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
    found = client.get(pipelines(DEALS)).get("results", ())
    counted, aside = apart({str(item["id"]): str(item.get("label", "")) for item in found})
    of_deals = {item["name"] for item in client.get(properties(DEALS)).get("results", ())}
    told = {
        **{name: name for name in names},
        **{f"deals.{name}": name for name in of_deals},
        "facts": standing_facts(own, definition),
        "attributes": _changing(own, theirs, definition),
        "of_forms": _of_forms(client, definition),
        "counted": list(counted),
        "given": "given" if {HOME_AMOUNT, CURRENCY} <= of_deals else None,
    }
    notes = [
        "What HubSpot's records are to Awase: by `awase crm map hubspot`, yours to change.",
        "Each entry reads one object: contacts, changes (every value a property ever had, since",
        "when), calls, meetings, emails, deals, form_submissions. company.NAME is the property of",
        "the company a contact belonged to at the time.",
    ]
    if aside:
        notes.append(f"Deals count in {', '.join(counted.values())}; {', '.join(aside)} is apart.")
    if LIFECYCLE not in names:
        notes.append("The account shows no life cycle stages: hand-overs before Awase are unknown.")
    return write_records("hubspot", told, definition=definition, notes=notes)


def _changing(
    own: list[FieldInfo], theirs: list[FieldInfo], definition: LeadDefinition
) -> dict[str, str]:
    """Attributes by the property whose changes fill them, a company's own under its prefix."""
    mine = changing(own, definition)
    of_company = {
        name: attribute
        for name, attribute in changing(theirs, definition).items()
        if attribute in OF_THE_COMPANY
        or (attribute in ALSO_OF_THE_COMPANY and attribute not in mine.values())
    }
    values = {n: a for n, a in mine.items() if a not in of_company.values()}
    values |= {PREFIX + name: attribute for name, attribute in of_company.items()}
    account = definition.roles.account
    if account is not None:
        values = {n: a for n, a in values.items() if a != account} | {COMPANY: account}
    return values


def _of_forms(client: HubspotClient, definition: LeadDefinition) -> Entry | None:
    """Which behaviour sending each form is; None if nothing is made of any."""
    names = [str(form.get("name", "")) for form in Forms(client=client).forms()]
    otherwise = Vocabulary(definition=definition).behaviour("form")
    told = form_behaviours(names, definition)
    if otherwise is None and not told:
        return None
    return {"column": "form", "values": told, "others": otherwise or "skip"}
