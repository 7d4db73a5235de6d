"""The JSON schema of a mapping, by which editors check and complete the YAML.

It is made when it is asked for, since every CRM adds a key to it. A YAML file names it in its first
line: ``# yaml-language-server: $schema=mapping.schema.json``.
"""

from functools import cache

from features.definition.yaml.schema import json_schema, schema_text_of
from features.importing.mapping.mapping import Mapping


@cache
def schema_text() -> str:
    """The schema as the file that editors read."""
    return schema_text_of(json_schema(Mapping, "Mapping"))
