"""The properties of contacts that Awase fills and reads: what is missing, and making it."""

from collections.abc import Iterator, Sequence
from functools import partial

from features.core.text import Language
from serving.crm.client import Json
from serving.crm.connector import SetUpItem, SetUpStep
from serving.crm.hubspot.client import PREFIX, HubspotClient, properties, property_name
from serving.crm.hubspot.contacts import CONTACTS
from serving.crm.outbound.fields import GROUP, CrmField, Kind, in_words, missing_of

GROUP_NAME = "awase"

_TYPES: dict[Kind, tuple[str, str]] = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "number": ("number", "number"),
    "share": ("number", "number"),
    "time": ("datetime", "date"),
    "choice": ("enumeration", "select"),
    "link": ("string", "text"),
}
"""HubSpot's type and the way its page shows it."""


def missing(
    client: HubspotClient, fields: Sequence[CrmField], languages: Sequence[Language]
) -> Iterator[SetUpStep]:
    """List what an account lacks; what exists stays, choices added by others too.

    Parameters
    ----------
    client : HubspotClient
    fields : sequence of CrmField
        What Awase fills and reads.
    languages : sequence of {"ja", "en"}
        Languages of the labels, in their order.
    """
    groups = client.get(properties(CONTACTS, "/groups")).get("results", ())
    if GROUP_NAME not in {item["name"] for item in groups}:
        body = {"name": GROUP_NAME, "label": in_words(GROUP, languages), "displayOrder": -1}
        item = SetUpItem(name=GROUP_NAME, label="", kind="group of properties")
        yield item, partial(client.create, properties(CONTACTS, "/groups"), body)
    own = client.get(properties(CONTACTS)).get("results", ())
    there = {
        item["name"].removeprefix(PREFIX): {option["value"] for option in item.get("options", ())}
        for item in own
        if item["name"].startswith(PREFIX)
    }
    lacking, incomplete = missing_of(fields, there)
    for kind, found, make in (
        ("property of contacts", lacking, _create),
        ("further choices", incomplete, _complete),
    ):
        for field in found:
            name = property_name(field.name)
            item = SetUpItem.of(field, languages, name=name, kind=kind)
            yield item, partial(make, client, field, languages)


def _create(client: HubspotClient, field: CrmField, languages: Sequence[Language]) -> None:
    client.create(properties(CONTACTS), as_property(field, languages))


def _complete(client: HubspotClient, field: CrmField, languages: Sequence[Language]) -> None:
    path = properties(CONTACTS, f"/{property_name(field.name)}")
    there = client.get(path).get("options", [])
    known = {option["value"] for option in there}
    new = [o for o in _options(field, languages) if o["value"] not in known]
    client.change(path, {"options": [*there, *new]})


def as_property(field: CrmField, languages: Sequence[Language]) -> Json:
    """A field as HubSpot's property."""
    kind, shown_as = _TYPES[field.kind]
    body: Json = {
        "groupName": GROUP_NAME,
        "name": property_name(field.name),
        "label": in_words(field.label, languages),
        "description": in_words(field.help, languages),
        "type": kind,
        "fieldType": shown_as,
        # Forms would let leads answer in the name of sales.
        "formField": False,
    }
    if field.kind == "choice":
        body["options"] = _options(field, languages)
    if field.kind == "share":
        body["numberDisplayHint"] = "percentage"
    return body


def _options(field: CrmField, languages: Sequence[Language]) -> list[Json]:
    return [
        {"value": value, "label": in_words(words, languages), "displayOrder": at, "hidden": False}
        for at, (value, words) in enumerate(field.choices)
    ]
