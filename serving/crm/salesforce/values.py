"""Our values as Salesforce takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from features.core.clock import to_second
from serving.crm.outbound.fields import PUSHED


def second(text: str) -> int:
    """The second of a time such as 2026-04-01T09:00:05.000+0000."""
    return to_second(datetime.fromisoformat(text))


def as_text(value: Any) -> str | None:
    """A value as the cells of a table hold it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def value_of(row: dict[str, Any], name: str) -> Any:
    """A field of a row, or of its parent: ``Owner.Name``."""
    parent, dot, field = name.partition(".")
    if not dot:
        return row.get(name)
    return (row.get(parent) or {}).get(field)


PREFIX = "Awase_"
KEY_FIELD = "Awase_Key__c"
"""Field of activities that tells which hand-over a task logs."""
PERMISSION_SET = "Awase"


def developer_name(field: str) -> str:
    """Name of a custom field without the ending of custom fields."""
    return PREFIX + "_".join(part.capitalize() for part in field.split("_"))


def field_name(field: str) -> str:
    """Name of a custom field; never changes once an organisation has it."""
    return developer_name(field) + "__c"


LONGEST_TEXT = 32_000
"""A long text area of ours holds 32,768 characters."""
LONGEST_LINK = 255

_KINDS = {item.name: item.kind for item in PUSHED}


def as_fields(told: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a lead or contact; None empties one."""
    return {field_name(name): _as_value(_KINDS.get(name), value) for name, value in told.items()}


def _as_value(kind: str | None, value: Any) -> Any:
    if value is None or value == "":
        return None
    if kind == "share":
        # A field of per cent holds 25 for a quarter.
        return round(float(value) * 100, 1)
    if kind == "link":
        return str(value) if len(str(value)) <= LONGEST_LINK else None
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
