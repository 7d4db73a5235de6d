"""Times and values as Salesforce writes them, and as we do."""

from datetime import UTC, datetime
from typing import Any

from features.clock import to_second


def soql_time(instant: datetime) -> str:
    """An instant as a query takes it, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def second(text: str) -> int:
    """The second of a time such as 2026-04-01T09:00:05.000+0000."""
    return to_second(datetime.fromisoformat(text))


def as_text(value: Any) -> str | None:
    """A value as the cells of a sheet hold it."""
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
