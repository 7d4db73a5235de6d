"""Fields of Pipedrive: a custom one is named by a key of 40 characters, its choices by numbers.

What we made is known by the mark in a field's description, or by its words: the key is another one
in every company, and people may rename what they see.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from features.core.clock import to_second
from features.core.text import Language, Text
from serving.crm.client import Json
from serving.crm.outbound.fields import CrmField, Kind, in_words

PERSONS, ORGANIZATIONS, DEALS, ACTIVITIES = "persons", "organizations", "deals", "activities"
FIELDS_OF = {
    PERSONS: "personFields",
    ORGANIZATIONS: "organizationFields",
    DEALS: "dealFields",
    ACTIVITIES: "activityFields",
}

TYPES: dict[Kind, str] = {
    "text": "varchar",
    "long_text": "text",
    "number": "double",
    "share": "double",
    # There is no field for an instant.
    "time": "date",
    "choice": "enum",
    "link": "varchar",
}
LONGEST = {"varchar": 255, "text": 65_000}
"""Characters that a field holds."""

PER_CENT = " (%)"
"""After the name of a share: a number's field shows no unit."""


@dataclass(frozen=True, kw_only=True)
class PipedriveField:
    """A field of an object.

    Attributes
    ----------
    key : str
        What records and histories call it.
    options : mapping
        Words of its choices, by their number.
    """

    key: str
    name: str
    type: str
    description: str
    options: Mapping[str, str]

    def number_of(self, words: Text) -> str | None:
        """Number of the choice that has some words, in one language or both."""
        found = (key for key, label in self.options.items() if _says(label, words))
        return next(found, None)

    def as_text(self, value: Any) -> str | None:
        """A value of a record or of a history as the cells of a table hold it."""
        if isinstance(value, dict):
            value = value.get("value", value.get("id"))
        if isinstance(value, list):
            return self._listed(value)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = str(value)
        if self.type == "set":
            return self._listed(text.split(","))
        return self.options.get(text, text) if self.options else text

    def _listed(self, values: Iterable[Any]) -> str | None:
        """The first of several addresses; of several choices all."""
        items = [v["value"] for v in values if isinstance(v, dict) and v.get("primary")]
        items = items or [v.get("value") if isinstance(v, dict) else v for v in values]
        found = [self.options.get(str(v).strip(), str(v)) for v in items if v not in (None, "")]
        return "; ".join(found) or None


def field_of(item: Json) -> PipedriveField:
    """A field as Pipedrive lists it."""
    return PipedriveField(
        key=str(item["field_code"]),
        name=str(item.get("field_name") or ""),
        type=str(item.get("field_type") or ""),
        description=str(item.get("description") or ""),
        options={str(o["id"]): str(o.get("label", "")) for o in item.get("options") or ()},
    )


def value_of(record: Json, item: PipedriveField) -> str | None:
    """A record's value of a field, custom ones and lists of addresses among them."""
    own = record.get("custom_fields") or {}
    # A person's addresses are listed under the plural of the field's key.
    value = own.get(item.key, record.get(item.key, record.get(f"{item.key}s")))
    return item.as_text(value)


def mark_of(field: CrmField) -> str:
    """What tells a field of ours in its description."""
    return f"[awase_{field.name}]"


def ours(
    fields: Iterable[CrmField], there: Mapping[str, PipedriveField]
) -> dict[str, PipedriveField]:
    """Fields of ours that a company has, by our name.

    Parameters
    ----------
    fields : iterable of CrmField
    there : mapping
        All fields of persons, by key.
    """
    found = {}
    for field in fields:
        marked = [item for item in there.values() if mark_of(field) in item.description]
        named = [item for item in there.values() if _says(item.name, field.label)]
        if marked or named:
            found[field.name] = (marked or named)[0]
    return found


def choices_there(field: CrmField, item: PipedriveField) -> set[str]:
    """Our values of a choice that a field of the company offers."""
    return {value for value, words in field.choices if item.number_of(words) is not None}


def as_value(field: CrmField, item: PipedriveField, *, value: Any, zone: ZoneInfo) -> Any:
    """Turn a value of ours into what a field takes; None empties it.

    Parameters
    ----------
    field : CrmField
    item : PipedriveField
        The same field in the company.
    value : str, float or None
    zone : ZoneInfo
        Whose day an instant is of.
    """
    if value is None or value == "":
        return None
    if field.kind == "choice":
        words = dict(field.choices).get(str(value))
        number = None if words is None else item.number_of(words)
        # One that is not there is said as it is, and refused with Pipedrive's words.
        return str(value) if number is None else int(number)
    if field.kind == "share":
        return round(float(value) * 100, 1)
    if field.kind == "time":
        return f"{datetime.fromisoformat(str(value)).astimezone(zone):%Y-%m-%d}"
    if field.kind == "link":
        return str(value) if len(str(value)) <= LONGEST["varchar"] else None
    return str(value)[: LONGEST[TYPES[field.kind]]] if isinstance(value, str) else value


def second(text: str) -> int:
    """The second of one of Pipedrive's times; those of version 1 name no zone and are UTC."""
    instant = datetime.fromisoformat(text)
    return to_second(instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC))


def _says(label: str, words: Text) -> bool:
    """Whether a label is some words, in Japanese, in English or in both."""
    spoken: tuple[tuple[Language, ...], ...] = (("ja",), ("en",), ("ja", "en"), ("en", "ja"))
    return label.removesuffix(PER_CENT) in {in_words(words, languages) for languages in spoken}
