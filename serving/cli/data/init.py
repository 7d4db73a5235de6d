"""``awase init``: a workspace from a template or from a definition written elsewhere."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from serving.cli.output.console import in_shell, say
from serving.workspace.create import create_workspace

TEMPLATES = {"template": "template.yaml"}
"""Definitions shipped with Awase: name on the command line, file beside the definition's code."""


app = typer.Typer(add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new workspace.", metavar="DIR")],
    template: Annotated[
        str, typer.Option(help=f"Shipped definition to start from: {', '.join(TEMPLATES)}.")
    ] = "template",
    definition: Annotated[
        Path | None, typer.Option(help="Definition to start from instead.", dir_okay=False)
    ] = None,
) -> None:
    """Make a workspace: lead_definition.yaml, database, MLflow store."""

    if definition is not None:
        if not definition.is_file():
            msg = f"--definition names a file; got {definition}, which is none. Check the path."
            raise LeadDataError(msg)
        workspace = create_workspace(folder, definition)
    else:
        if template not in TEMPLATES:
            msg = (
                f"a template must be one of {', '.join(TEMPLATES)}; got {template}. Name one of "
                "them, or give your own file with --definition."
            )
            raise LeadDataError(msg)
        shipped = resources.files("features.definition.yaml") / TEMPLATES[template]
        with resources.as_file(shipped) as path:
            workspace = create_workspace(folder, path)
    say(f"Workspace: {workspace.folder}")
    say(f"Agree on {workspace.definition_path}, then:")
    say(f"  awase import FILE... --mapping FILE --workspace {in_shell(folder)}")
