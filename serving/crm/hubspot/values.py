"""Our values as HubSpot takes them: text, whatever the type."""

from datetime import datetime

LONGEST_TEXT = 65_000
"""HubSpot holds 65,536 characters in a property."""


def as_property(value: str | float | None) -> str:
    """A value as text; empty clears the property."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)[:LONGEST_TEXT]


def as_time(text: str) -> str:
    """An instant as milliseconds since 1970."""
    return str(int(datetime.fromisoformat(text).timestamp()) * 1000)
