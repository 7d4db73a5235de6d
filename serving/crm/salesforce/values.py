"""Our values as Salesforce takes them."""

from collections.abc import Mapping
from typing import Any

from serving.crm.fields import PUSHED
from serving.crm.salesforce.names import field_name

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
