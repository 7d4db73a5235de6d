"""The JSON schema of a mapping, by which editors check and complete the YAML.

To rewrite the shipped file after changing the models: ``python -m
features.importing.mapping.schema``. A YAML file names it in its first line: ``#
yaml-language-server: $schema=mapping.schema.json``.
"""

from pathlib import Path

from features.core.atomic_folder import write_whole_file
from features.definition.yaml.schema import json_schema, schema_text_of
from features.importing.mapping.mapping import Mapping

SCHEMA = Path(__file__).with_name("mapping.schema.json")


def schema_text() -> str:
    """The text of the shipped file."""
    return schema_text_of(json_schema(Mapping, "Mapping"))


if __name__ == "__main__":
    write_whole_file(SCHEMA, schema_text().encode())
