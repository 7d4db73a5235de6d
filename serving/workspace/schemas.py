"""The JSON schemas by which editors complete and check a workspace's files."""

import importlib

# By name: that of a definition need not wait for all that imports files.
SCHEMAS = {
    "definition": "features.definition.yaml.schema",
    "mapping": "features.importing.mapping.schema",
}
"""Modules by the kind of file, whose first line names its schema."""


def schema_text(kind: str) -> str:
    """The schema of a kind of file, as editors read it."""
    text: str = importlib.import_module(SCHEMAS[kind]).schema_text()
    return text
