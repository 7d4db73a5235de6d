"""The folder of a workspace: its paths, addresses and settings, without what was agreed on in it.

Why apart from :mod:`~serving.workspace.workspace`: a command that lists what the database holds
need not wait for lead definitions and features to be imported.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from features.core.errors import LeadDataError
from features.core.memory import IMPORT_SLICE_MB
from features.core.text import LANGUAGES, Language
from features.store import Store
from features.store.releases import past_leads_path
from features.store.sqlite_url import sqlite_url
from serving.workspace.digest_settings import DigestSettings, digest_settings_of
from serving.workspace.oidc_settings import OidcSettings, oidc_settings_of
from serving.workspace.settings import Settings

DEFINITION_FILE = "lead_definition.yaml"

MISREAD = ("%", "#", "?")
"""In a path MLflow 3 reads these as parts of an address in some places and as letters in others."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceFolder:
    """Paths and addresses of one workspace; nothing is opened until asked for."""

    folder: Path
    database_url: str
    tracking_uri: str
    releases_dir: Path
    seed: int
    public_url: str | None = None
    webhook_url: str | None = None
    hubspot_url: str = "https://api.hubapi.com"
    salesforce_url: str | None = None
    salesforce_username: str | None = None
    salesforce_domain: str = "login"
    crm_language: Literal["ja", "en", "both"] = "both"
    oidc_settings: OidcSettings | None = None
    digest_settings: DigestSettings = field(default_factory=DigestSettings)
    workers: int = 1
    idle_minutes: int = 30
    keep_messages_days: int = 90
    import_slice_mb: int = IMPORT_SLICE_MB

    @classmethod
    def at(cls, folder: Path | None = None) -> Self:
        """Workspace in a folder, or in the one the environment names.

        Raises
        ------
        LeadDataError
            If the folder holds no lead definition.
        """
        found = cls.planned(folder)
        if not found.definition_path.is_file():
            msg = (
                f"a workspace holds a {DEFINITION_FILE}; got none in {found.folder}. "
                f"Make one with `awase init {found.folder}`, or name another with --workspace."
            )
            raise LeadDataError(msg)
        return found

    @classmethod
    def planned(cls, folder: Path | None = None) -> Self:
        """Workspace that a folder is or will become; its settings need no definition.

        Raises
        ------
        LeadDataError
            If MLflow could not keep its files in that folder.
        """
        folder = (folder if folder is not None else Settings().workspace).resolve()
        settings = Settings(_env_file=folder / ".env")
        if settings.tracking_uri is None and any(sign in str(folder) for sign in MISREAD):
            msg = (
                f"the path of a workspace must hold none of {' '.join(MISREAD)}, for MLflow would "
                f"put its files into another folder; got {folder}. Rename that folder, or name "
                "another."
            )
            raise LeadDataError(msg)
        return cls(
            folder=folder,
            database_url=settings.database_url or sqlite_url(folder / "awase.db"),
            tracking_uri=settings.tracking_uri or sqlite_url(folder / "mlflow.db"),
            releases_dir=settings.releases_dir or folder / "releases",
            seed=settings.seed,
            public_url=settings.public_url,
            webhook_url=settings.webhook_url,
            hubspot_url=settings.hubspot_url,
            salesforce_url=settings.salesforce_url,
            salesforce_username=settings.salesforce_username,
            salesforce_domain=settings.salesforce_domain,
            crm_language=settings.crm_language,
            oidc_settings=oidc_settings_of(settings),
            digest_settings=digest_settings_of(settings),
            workers=settings.workers,
            idle_minutes=settings.idle_minutes,
            keep_messages_days=settings.keep_messages_days,
            import_slice_mb=settings.import_slice_mb,
        )

    @property
    def crm_languages(self) -> tuple[Language, ...]:
        """Languages of what is written into a CRM, in their order."""
        return LANGUAGES if self.crm_language == "both" else (self.crm_language,)

    @property
    def definition_path(self) -> Path:
        """The YAML file in which the agreement is written and reviewed."""
        return self.folder / DEFINITION_FILE

    @property
    def copies_path(self) -> Path:
        """Where copies of the files of a large import lie while it runs, and after a kill."""
        return self.folder / ".import.unfinished"

    def store(self) -> Store:
        """Open the tables and the ledger, migrated to the newest schema."""
        return Store.open(self.database_url)

    def past_leads_path(self, release_id: str) -> Path:
        """The file with the past leads that the cards of a release compare with."""
        return past_leads_path(self.releases_dir, release_id)

    def report_path(self, name: str) -> Path:
        """Place for a report of this workspace; its folder exists afterwards."""
        folder = self.folder / "reports"
        folder.mkdir(exist_ok=True)
        return folder / name
