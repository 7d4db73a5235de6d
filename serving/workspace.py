"""A workspace: the folder that holds one company's definition, tables, releases and reports."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from features.definition import LeadDefinition, read_definition
from features.errors import LeadDataError
from features.rulebook import check_rulebook
from features.store import Store
from serving.settings import Settings

DEFINITION_FILE = "lead_definition.yaml"
SCHEMA_FILE = "definition.schema.json"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Paths and addresses of one workspace; nothing is opened until asked for."""

    folder: Path
    database_url: str
    tracking_uri: str
    releases_dir: Path
    seed: int

    @classmethod
    def at(cls, folder: Path | None = None) -> "Workspace":
        """Workspace in a folder, or in the one the environment names.

        Raises
        ------
        LeadDataError
            If the folder holds no lead definition.
        """
        settings = Settings()
        folder = (folder if folder is not None else settings.workspace).resolve()
        settings = Settings(_env_file=folder / ".env")
        if not (folder / DEFINITION_FILE).is_file():
            msg = (
                f"a workspace holds a {DEFINITION_FILE}; got none in {folder}. "
                f"Make one with `awase init {folder}`, or name another with --workspace."
            )
            raise LeadDataError(msg)
        return cls(
            folder=folder,
            database_url=settings.database_url or f"sqlite:///{folder / 'awase.db'}",
            tracking_uri=settings.tracking_uri or f"sqlite:///{folder / 'mlflow.db'}",
            releases_dir=settings.releases_dir or folder / "releases",
            seed=settings.seed,
        )

    @property
    def definition_path(self) -> Path:
        """The YAML file in which the agreement is written and reviewed."""
        return self.folder / DEFINITION_FILE

    def definition(self) -> LeadDefinition:
        """Read and check the lead definition."""
        return _read_whole(self.definition_path)

    def store(self) -> Store:
        """Open the tables and the ledger, migrated to the newest schema."""
        return Store.open(self.database_url)

    def report_path(self, name: str) -> Path:
        """Place for a report of this workspace; its folder exists afterwards."""
        folder = self.folder / "reports"
        folder.mkdir(exist_ok=True)
        return folder / name


def create_workspace(folder: Path, definition: Path) -> Workspace:
    """Make a workspace with a copy of a definition, which is checked first.

    Raises
    ------
    DefinitionError
        If the definition has mistakes; nothing is created then.
    LeadDataError
        If the folder already holds another definition.
    """
    _read_whole(definition)
    target = folder / DEFINITION_FILE
    if target.exists() and target.read_bytes() != definition.read_bytes():
        msg = (
            f"a new workspace needs a folder without a {DEFINITION_FILE}; got {folder}, which has "
            "another one. Name another folder, or edit that file."
        )
        raise LeadDataError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(definition, target)
    workspace = Workspace.at(folder)
    workspace.store()
    return workspace


def _read_whole(path: Path) -> LeadDefinition:
    """A definition whose rulebook asks only about features that exist."""
    definition = read_definition(path)
    check_rulebook(definition)
    return definition
