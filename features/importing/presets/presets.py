"""Presets: what a vendor's exports look like and what its records are, read from a YAML file."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from features.definition.yaml.document import read_document
from features.importing.presets.kinds import ExportKind, strongest_match
from features.importing.presets.leads import LEAD_ENTRY, LEAD_FIELDS

FILE = "preset.yaml"
"""Lies in the folder of each vendor with a connector."""

OTHERS = f"{__package__}.vendors"
"""Holds a file for each vendor without one."""


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
    return _read(resources.files(package).joinpath(FILE))


@cache
def other_exports() -> tuple[ExportKind, ...]:
    """Exports of all vendors without a connector."""
    files = [file for file in resources.files(OTHERS).iterdir() if file.name.endswith(".yaml")]
    presets = map(_read, sorted(files, key=lambda file: file.name))
    return tuple(kind for preset in presets for kind in preset.exports)


def fields_by_header(headers: list[str]) -> dict[str, str]:
    """What the columns of a table are called in the preset of its vendor; empty where none fits.

    Parameters
    ----------
    headers : list of str
    """
    match = strongest_match(headers, other_exports())
    return {} if match is None else {header: field for field, header in match.columns.items()}


def _read(file: Traversable) -> Preset:
    told = read_document(file.read_text(encoding="utf-8"), file.name).content
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
