"""The mapping for a Pipedrive company, from its fields and the lead definition."""

from features.definition import LeadDefinition
from features.importing.presets.vocabulary import CREATED
from serving.crm.inbound.companies import PREFIX
from serving.crm.inbound.proposal import EMAIL_DOMAIN, Entry, apart, attributes_of, write_records
from serving.crm.inbound.records import FieldInfo
from serving.crm.outbound.fields import PUSHED, answer_fields
from serving.crm.pipedrive.client import V2, PipedriveClient
from serving.crm.pipedrive.fields import ORGANIZATIONS, PERSONS, ours
from serving.crm.pipedrive.persons import COMPANY

NAME = ("last_name", "first_name")


def propose(client: PipedriveClient, definition: LeadDefinition) -> str:
    """The text of a mapping for a company.

    Raises
    ------
    TokenRefused
        If the token may not read fields.
    """
    known = client.fields(PERSONS)
    found = client.listed(f"{V2}/pipelines")
    counted, aside = apart({str(item["id"]): str(item.get("name", "")) for item in found})
    told = {
        **{name: name for name in known},
        "names": [name for name in NAME if name in known] or ["name"],
        "facts": _domain(definition),
        "attributes": _attributes(client, definition),
        "counted": list(counted),
    }
    notes = [
        "What Pipedrive's records are to Awase: by `awase crm map pipedrive`, yours to change.",
        "Each entry reads one object: persons, changes (every value a field had, since when),",
        "activities (those done), deals. A custom field stands by its key; company.KEY is the",
        "field of the organisation a person belonged to at the time.",
        *_keys(client, definition),
    ]
    if aside:
        notes.append(f"Deals count in {', '.join(counted.values())}; {', '.join(aside)} is apart.")
    return write_records("pipedrive", told, definition=definition, notes=notes)


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
    return {name: a for name, a in values.items() if a != EMAIL_DOMAIN}


def _domain(definition: LeadDefinition) -> list[Entry]:
    """The fact of an address's domain; the address itself is no fact."""
    if EMAIL_DOMAIN not in {item.name for item in definition.attributes}:
        return []
    return [{"attribute": EMAIL_DOMAIN, "column": "email", "known_at": CREATED}]


def _keys(client: PipedriveClient, definition: LeadDefinition) -> list[str]:
    """What people call the custom fields that are taken."""
    named = {item.name: item.label for item in _fields(client, definition)}
    taken = _attributes(client, definition)
    return [f"{name} is {named[name]}." for name in taken if len(name.removeprefix(PREFIX)) == 40]
