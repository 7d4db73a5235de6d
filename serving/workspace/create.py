"""A new workspace: a folder with a checked definition, editors' schemas, and a database."""

from pathlib import Path

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.schemas import SCHEMAS, schema_text
from serving.workspace.workspace import Workspace, read_whole


def create_workspace(folder: Path, definition: Path) -> Workspace:
    """Make a workspace with a copy of a definition, which is checked first, and editors' schemas.

    Raises
    ------
    DefinitionError
        If the definition has mistakes; nothing is created then.
    LeadDataError
        If the folder already holds another definition, or MLflow would misread its path.
    """
    read_whole(definition)
    Workspace.planned(folder)
    target = folder / DEFINITION_FILE
    if target.exists() and target.read_bytes() != definition.read_bytes():
        msg = (
            f"a new workspace needs a folder without a {DEFINITION_FILE}; got {folder}, which has "
            "another one. Name another folder, or edit that file."
        )
        raise LeadDataError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        write_whole_file(target, definition.read_bytes())
    for kind in SCHEMAS:
        write_whole_file(folder / f"{kind}.schema.json", schema_text(kind).encode())
    workspace = Workspace.at(folder)
    workspace.agreed_versions()
    return workspace
