"""``awase definition schema``: what editors check and complete files by."""

from enum import StrEnum
from typing import Annotated

import typer

from serving.cli.output.console import say
from serving.workspace.schemas import schema_text

app = typer.Typer(add_completion=False)


class SchemaKind(StrEnum):
    """Kinds of file that an editor can check."""

    DEFINITION = "definition"
    MAPPING = "mapping"


@app.command("schema")
def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Of which file.")] = SchemaKind.DEFINITION,
) -> None:
    """Print the JSON schema by which editors complete and check a definition or a mapping."""
    say(schema_text(kind.value).rstrip())
