"""The custom fields that Awase fills and reads, and who may see them: what is missing, making it.

Fields made through the interface are seen by nobody, us included, until a permission set shows
them. Ours is assigned to the user we act as; whoever administers the organisation assigns it to
sales.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from features.core.text import Language
from serving.crm.errors import CrmRefused
from serving.crm.outbound.fields import CrmField, Kind, in_words
from serving.crm.salesforce.client import Json, SalesforceClient, quoted
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


@dataclass(frozen=True, kw_only=True)
class MissingFields:
    """What the organisation does not have yet, or does not let us see.

    Attributes
    ----------
    fields, choices : tuple of (str, CrmField)
        Object and field: to make, or there without some of today's choices.
    key : bool
        Whether tasks lack the field of our key.
    """

    fields: tuple[tuple[str, CrmField], ...]
    choices: tuple[tuple[str, CrmField], ...]
    key: bool

    def __bool__(self) -> bool:
        return self.key or bool(self.fields) or bool(self.choices)


def find_missing(client: SalesforceClient, fields: Sequence[CrmField]) -> MissingFields:
    """Hold the organisation against what Awase needs."""
    lacking, incomplete = [], []
    for kind in KINDS:
        there = client.fields(kind)
        for item in fields:
            known = there.get(field_name(item.name))
            if known is None:
                lacking.append((kind, item))
            elif not {value for value, _ in item.choices} <= _values(known):
                incomplete.append((kind, item))
    return MissingFields(
        fields=tuple(lacking),
        choices=tuple(incomplete),
        key=KEY_FIELD not in client.fields(TASK),
    )


def make_missing(
    client: SalesforceClient, missing: MissingFields, languages: Sequence[Language]
) -> None:
    """Create the fields that are missing and let our user see them; what exists stays as it is.

    Parameters
    ----------
    client : SalesforceClient
    missing : MissingFields
        What was found to be missing.
    languages : sequence of {"ja", "en"}
        Languages of the labels, in their order.

    Raises
    ------
    UncertainReply
        If no answer came; the next run finds what is there.
    CrmRefused
        If Salesforce does not make a field, with its words.
    """
    for kind, item in missing.fields:
        _make(client, f"{kind}.{field_name(item.name)}", as_metadata(item, languages))
    if missing.key:
        label = {"label": "Awase key", "type": "Text", "length": 255}
        _make(client, f"{ACTIVITY}.{KEY_FIELD}", label)
    for kind, item in missing.choices:
        _complete(client, kind, item, languages)
    shown = [f"{kind}.{field_name(item.name)}" for kind, item in missing.fields]
    _show(client, [*shown, *([f"{TASK}.{KEY_FIELD}"] if missing.key else [])])
    client.forget_fields()


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


def _values(known: Json) -> set[str]:
    return {str(option["value"]) for option in known.get("picklistValues", ())}


def names_of(missing: MissingFields) -> Iterator[tuple[str, CrmField | None]]:
    """Full names of the fields to make."""
    for kind, item in missing.fields:
        yield f"{kind}.{field_name(item.name)}", item
    if missing.key:
        yield f"{ACTIVITY}.{KEY_FIELD}", None
