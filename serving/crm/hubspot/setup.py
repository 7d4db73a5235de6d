"""The properties of contacts that Awase fills and reads: what is missing, and making it."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.core.text import Language
from serving.crm.hubspot.client import HubspotClient, Json, properties, property_name
from serving.crm.hubspot.contacts import CONTACTS
from serving.crm.outbound.fields import GROUP, CrmField, Kind, in_words

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


@dataclass(frozen=True, kw_only=True)
class MissingProperties:
    """What the account does not have yet.

    Attributes
    ----------
    group : bool
        Whether the group of our properties is missing.
    fields : tuple of CrmField
        Properties to make.
    choices : tuple of CrmField
        Properties that are there but lack some of today's choices.
    """

    group: bool
    fields: tuple[CrmField, ...]
    choices: tuple[CrmField, ...]

    def __bool__(self) -> bool:
        return self.group or bool(self.fields) or bool(self.choices)


def find_missing(client: HubspotClient, fields: Sequence[CrmField]) -> MissingProperties:
    """Hold the account against what Awase needs."""
    there = {item["name"]: item for item in client.get(properties(CONTACTS)).get("results", ())}
    groups = client.get(properties(CONTACTS, "/groups")).get("results", ())
    return MissingProperties(
        group=GROUP_NAME not in {item["name"] for item in groups},
        fields=tuple(f for f in fields if property_name(f.name) not in there),
        choices=tuple(
            f
            for f in fields
            if (known := there.get(property_name(f.name))) is not None
            and not _choices(f) <= {option["value"] for option in known.get("options", ())}
        ),
    )


def make_missing(
    client: HubspotClient, missing: MissingProperties, languages: Sequence[Language]
) -> None:
    """Create the properties that are missing; what exists stays, choices added by others too.

    Parameters
    ----------
    client : HubspotClient
    missing : MissingProperties
        What :func:`find_missing` found.
    languages : sequence of {"ja", "en"}
        Languages of the labels, in their order.

    Raises
    ------
    UncertainReply
        If no answer came; the next run finds what is there.
    """
    if missing.group:
        body = {"name": GROUP_NAME, "label": in_words(GROUP, languages), "displayOrder": -1}
        client.create(properties(CONTACTS, "/groups"), body)
    for field in missing.fields:
        client.create(properties(CONTACTS), as_property(field, languages))
    for field in missing.choices:
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


def _choices(field: CrmField) -> set[str]:
    return {value for value, _ in field.choices}


def _options(field: CrmField, languages: Sequence[Language]) -> list[Json]:
    return [
        {"value": value, "label": in_words(words, languages), "displayOrder": at, "hidden": False}
        for at, (value, words) in enumerate(field.choices)
    ]
