"""The JSON schema of a lead definition, by which editors check and complete the YAML.

To rewrite the shipped file after changing the models: ``python -m
features.definition.yaml.schema``. A YAML file names it in its first line: ``# yaml-language-server:
$schema=definition.schema.json``.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from features.core.atomic_folder import write_whole_file
from features.definition.lead_definition import LeadDefinition
from features.definition.section import DefinitionSection

SCHEMA = Path(__file__).with_name("definition.schema.json")


def definition_schema() -> dict[str, Any]:
    """The JSON schema, from the models and the words under their fields."""
    return json_schema(LeadDefinition, "Lead definition")


@cache
def schema_text() -> str:
    """The text of the shipped file."""
    return schema_text_of(definition_schema())


def json_schema(part: type[DefinitionSection], title: str) -> dict[str, Any]:
    """The JSON schema of a YAML file, from the models and the words under their fields."""
    schema = part.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_without_titles(schema),
        "title": title,
    }


def schema_text_of(schema: dict[str, Any]) -> str:
    """A schema as the file that editors read."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _without_titles(part: Any) -> Any:
    """Drop the titles pydantic makes up from names: editors would show them over the words."""
    if isinstance(part, list):
        return [_without_titles(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_titles(value)
        for key, value in part.items()
        # A property may itself be called "title"; its value is a schema, not text.
        if not (key == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    write_whole_file(SCHEMA, schema_text().encode())
