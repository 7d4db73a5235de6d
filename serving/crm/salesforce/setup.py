"""The custom fields that Awase fills and reads, and who may see them: what is missing, making it.

Fields made through the interface are seen by nobody, us included, until a permission set shows
them. Ours is assigned to the user we act as; whoever administers the organisation assigns it to
sales.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from features.core.text import Language
from serving.crm.client import Json
from serving.crm.connector import SetUpItem, SetUpStep
from serving.crm.errors import CrmRefused
from serving.crm.outbound.fields import CrmField, Kind, in_words, missing_of
from serving.crm.salesforce.client import SalesforceClient, quoted
from serving.crm.salesforce.people import KINDS
from serving.crm.salesforce.values import KEY_FIELD, PERMISSION_SET, field_name

ACTIVITY, TASK = "Activity", "Task"
"""Custom fields of tasks are made on activities."""

CUSTOM_FIELD = "tooling/sobjects/CustomField"

_TYPES: dict[Kind, dict[str, Any]] = {
    "text": {"type": "Text", "length": 255},
    "long_text": {"type": "LongTextArea", "length": 32_768, "visibleLines": 6},
    "number": {"type": "Number", "precision": 10, "scale": 1},
    "share": {"type": "Percent", "precision": 4, "scale": 1},
    "time": {"type": "DateTime"},
    "choice": {"type": "Picklist"},
    "link": {"type": "Url"},
}


def missing(
    client: SalesforceClient, fields: Sequence[CrmField], languages: Sequence[Language]
) -> Iterator[SetUpStep]:
    """List what an organisation lacks, or does not let us see; what exists stays as it is.

    Parameters
    ----------
    client : SalesforceClient
    fields : sequence of CrmField
        What Awase fills and reads.
    languages : sequence of {"ja", "en"}
        Languages of the labels, in their order.
    """
    shown: list[str] = []
    further: list[SetUpStep] = []
    for kind in KINDS:
        known = client.fields(kind)
        there = {
            f.name: _values(known[key]) for f in fields if (key := field_name(f.name)) in known
        }
        lacking, incomplete = missing_of(fields, there)
        for field in lacking:
            name = f"{kind}.{field_name(field.name)}"
            shown.append(name)
            yield (
                SetUpItem.of(field, languages, name=name, kind="custom field"),
                partial(_make, client, name, as_metadata(field, languages)),
            )
        for field in incomplete:
            name = f"{kind}.{field_name(field.name)}"
            item = SetUpItem.of(field, languages, name=name, kind="further choices")
            further.append((item, partial(_complete, client, kind, field, languages)))
    if KEY_FIELD not in client.fields(TASK):
        label = {"label": "Awase key", "type": "Text", "length": 255}
        name = f"{ACTIVITY}.{KEY_FIELD}"
        shown.append(f"{TASK}.{KEY_FIELD}")
        item = SetUpItem(name=name, label="Awase key", kind="custom field")
        yield item, partial(_make, client, name, label)
    yield from further
    if shown:
        kind = "permission set that shows them, for our user; assign it to sales"
        item = SetUpItem(name=PERMISSION_SET, label="", kind=kind)
        yield item, partial(_show, client, shown)


def as_metadata(item: CrmField, languages: Sequence[Language]) -> Json:
    """A field as Salesforce's metadata."""
    about: Json = {
        "label": in_words(item.label, languages),
        "inlineHelpText": in_words(item.help, languages),
        **_TYPES[item.kind],
    }
    if item.kind == "choice":
        about["valueSet"] = {
            "restricted": False,
            "valueSetDefinition": {
                "sorted": False,
                "value": [
                    {"fullName": value, "label": in_words(words, languages), "default": False}
                    for value, words in item.choices
                ],
            },
        }
    if item.by_sales and item.kind == "choice":
        # When sales answered, and who, is in the history of these two.
        about["trackHistory"] = True
    return about


def _make(client: SalesforceClient, name: str, about: Json) -> None:
    try:
        client.create(CUSTOM_FIELD, {"FullName": name, "Metadata": about})
    except CrmRefused as refused:
        if "already a field named" in refused.said or "DUPLICATE" in str(refused):
            return  # there, but not shown to us
        if not about.get("trackHistory"):
            raise
        # History is off for this object, or twenty fields have it already: answers are then as
        # old as the record's last change.
        _make(client, name, about | {"trackHistory": False})


def _complete(
    client: SalesforceClient, kind: str, item: CrmField, languages: Sequence[Language]
) -> None:
    name = field_name(item.name).removesuffix("__c")
    (there,) = client.tooling(
        "SELECT Id FROM CustomField "
        f"WHERE DeveloperName = {quoted(name)} AND TableEnumOrId = {quoted(kind)}"
    )
    known = client.fields(kind)[field_name(item.name)].get("picklistValues", ())
    about = as_metadata(item, languages)
    values = about["valueSet"]["valueSetDefinition"]["value"]
    ours = {value["fullName"] for value in values}
    # What was chosen before stays a choice: old answers keep their words.
    values += [
        {"fullName": old["value"], "label": old["label"], "default": False}
        for old in known
        if old["value"] not in ours
    ]
    client.call(f"{CUSTOM_FIELD}/{there['Id']}", method="PATCH", body={"Metadata": about})
    client.forget_fields()


def _show(client: SalesforceClient, names: Sequence[str]) -> None:
    """Let whoever has our permission set, first of all ourselves, see and edit fields."""
    found = client.rows(f"SELECT Id FROM PermissionSet WHERE Name = {quoted(PERMISSION_SET)}")
    if found:
        permission = found[0]["Id"]
    else:
        about = {"Name": PERMISSION_SET, "Label": "Awase"}
        permission = client.create("sobjects/PermissionSet", about)["id"]
    shown = {
        row["Field"]
        for row in client.rows(
            f"SELECT Field FROM FieldPermissions WHERE ParentId = {quoted(permission)}"
        )
    }
    for name in names:
        if name not in shown:
            client.create(
                "sobjects/FieldPermissions",
                {
                    "ParentId": permission,
                    "SobjectType": name.partition(".")[0],
                    "Field": name,
                    "PermissionsRead": True,
                    "PermissionsEdit": True,
                },
            )
    user = client.user_id()
    assigned = client.rows(
        "SELECT Id FROM PermissionSetAssignment "
        f"WHERE PermissionSetId = {quoted(permission)} AND AssigneeId = {quoted(user)}"
    )
    if not assigned:
        client.create(
            "sobjects/PermissionSetAssignment",
            {"PermissionSetId": permission, "AssigneeId": user},
        )
    client.forget_fields()


def _values(known: Json) -> set[str]:
    return {str(option["value"]) for option in known.get("picklistValues", ())}
