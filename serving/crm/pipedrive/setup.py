"""The custom fields of persons that Awase fills and reads: what is missing, and making it."""

from collections.abc import Iterator, Sequence
from functools import partial

from features.core.text import Language
from serving.crm.client import Json
from serving.crm.connector import SetUpItem, SetUpStep
from serving.crm.outbound.fields import CrmField, in_words, missing_of
from serving.crm.pipedrive.client import V2, PipedriveClient
from serving.crm.pipedrive.fields import (
    FIELDS_OF,
    PER_CENT,
    PERSONS,
    TYPES,
    PipedriveField,
    choices_there,
    mark_of,
    ours,
)

PATH = f"{V2}/{FIELDS_OF[PERSONS]}"


def missing(
    client: PipedriveClient, fields: Sequence[CrmField], languages: Sequence[Language]
) -> Iterator[SetUpStep]:
    """List what a company lacks; what exists stays, choices added by others too.

    Parameters
    ----------
    client : PipedriveClient
    fields : sequence of CrmField
        What Awase fills and reads.
    languages : sequence of {"ja", "en"}
        Languages of the labels, in their order.
    """
    client.forget_fields()
    there = ours(fields, client.fields(PERSONS))
    choices = {f.name: choices_there(f, there[f.name]) for f in fields if f.name in there}
    lacking, incomplete = missing_of(fields, choices)
    for field in lacking:
        body = as_field(field, languages)
        item = SetUpItem(name=mark_of(field), label=body["field_name"], kind="field of persons")
        yield item, partial(_make, client, PATH, body)
    for field in incomplete:
        own = there[field.name]
        item = SetUpItem(name=mark_of(field), label=own.name, kind="further choices")
        yield item, partial(_make, client, f"{PATH}/{own.key}/options", _new(field, own, languages))


def as_field(field: CrmField, languages: Sequence[Language]) -> Json:
    """A field as Pipedrive makes it; the company gives it its key."""
    body: Json = {
        "field_name": in_words(field.label, languages)
        + (PER_CENT if field.kind == "share" else ""),
        "field_type": TYPES[field.kind],
        "description": f"{in_words(field.help, languages)} {mark_of(field)}",
    }
    if field.choices:
        body["options"] = [{"label": in_words(words, languages)} for _, words in field.choices]
    return body


def _new(field: CrmField, own: PipedriveField, languages: Sequence[Language]) -> list[Json]:
    known = choices_there(field, own)
    new = [words for value, words in field.choices if value not in known]
    return [{"label": in_words(words, languages)} for words in new]


def _make(client: PipedriveClient, path: str, body: Json | list[Json]) -> None:
    client.create(path, body)
    client.forget_fields()
