"""Presets: what a vendor's exports look like and what its records are, read from a YAML file."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from features.importing.presets.kinds import ExportKind
from features.importing.presets.leads import LEAD_ENTRY, LEAD_FIELDS

FILE = "preset.yaml"
"""Lies in the folder of each vendor."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One vendor's data.

    Attributes
    ----------
    exports : tuple of ExportKind
        Files that people and connectors get out of it.
    records : tuple of dict
        Templates of mapping entries for what its interface gives.
    """

    exports: tuple[ExportKind, ...]
    records: tuple[dict[str, Any], ...]


@cache
def read_preset(package: str) -> Preset:
    """The preset that lies in a package."""
    text = resources.files(package).joinpath(FILE).read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    return Preset(
        exports=tuple(map(_kind, told.get("exports", ()))),
        records=tuple(told.get("records", ())),
    )


def _kind(told: dict[str, Any]) -> ExportKind:
    fields = {name: tuple(headers) for name, headers in told.get("fields", {}).items()}
    entry = told.get("entry")
    if told.get("of_leads"):
        fields = LEAD_FIELDS | fields
        entry = LEAD_ENTRY | (entry or {})
        entry["lead"] = LEAD_ENTRY["lead"] | entry["lead"]
    return ExportKind(
        name=told["name"],
        fields=fields,
        needs=tuple(told["needs"]),
        one_of=tuple(told.get("one_of", ())),
        telling=tuple(told.get("telling", ())),
        entry=entry,
    )
