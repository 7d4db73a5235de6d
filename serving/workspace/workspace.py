"""A workspace: the folder that holds one company's definition, tables, releases and reports.

The definition in force is the database's; the YAML file is how it is written, read and reviewed.
serving/decisions/in_force/change.py says how the two meet.
"""

import getpass
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from features.core.errors import LeadDataError
from features.core.slice_size import IMPORT_SLICE_MB
from features.core.text import LANGUAGES, Language
from features.definition import LeadDefinition, parse_definition, read_definition
from features.definition.yaml.write import unmarked
from features.rulebook import check_rulebook
from features.store import Store
from features.store.releases import past_leads_path
from features.store.sqlite_url import sqlite_url
from serving.ledger.agreements import (
    EVER,
    AgreedVersion,
    AgreedVersions,
    AgreementDecision,
    NewVersion,
    OvertakenError,
    add_version,
    read_agreed,
)
from serving.workspace.digest_settings import DigestSettings, digest_settings_of
from serving.workspace.oidc_settings import OidcSettings, oidc_settings_of
from serving.workspace.settings import Settings

DEFINITION_FILE = "lead_definition.yaml"

MISREAD = ("%", "#", "?")
"""In a path MLflow 3 reads these as parts of an address in some places and as letters in others."""


@dataclass(frozen=True, kw_only=True)
class AgreementVersion:
    """A version of the agreement and the definition its text holds."""

    version: AgreedVersion
    definition: LeadDefinition


@dataclass(frozen=True, kw_only=True)
class Workspace:
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
    def at(cls, folder: Path | None = None) -> "Workspace":
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
    def planned(cls, folder: Path | None = None) -> "Workspace":
        """Workspace that a folder is or will become; its settings need no definition.

        Raises
        ------
        LeadDataError
            If MLflow could not keep its files in that folder.
        """
        settings = Settings()
        folder = (folder if folder is not None else settings.workspace).resolve()
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

    def definition(self) -> LeadDefinition:
        """The lead definition in force now, by which leads are qualified."""
        return self.in_force().definition

    def written_definition(self) -> LeadDefinition:
        """What the YAML file says, checked, whether it was adopted or not."""
        return read_whole(self.definition_path)

    def in_force(self, at: datetime | None = None, store: Store | None = None) -> AgreementVersion:
        """The version by which leads are qualified at an instant, now unless given."""
        return agreed_text(self.agreed_versions(store).in_force(at or datetime.now(UTC)))

    def to_learn(self, store: Store | None = None) -> AgreementVersion:
        """The version that the next retrain learns, which may wait for just that."""
        return agreed_text(self.agreed_versions(store).due(datetime.now(UTC)))

    def agreed_versions(self, store: Store | None = None) -> AgreedVersions:
        """All versions; the YAML file becomes the first one where there is none yet.

        Parameters
        ----------
        store : Store, optional
            The workspace's, if it is open already.
        """
        opened = self.store() if store is None else store
        found = read_agreed(opened)
        if found.newest is None:
            # Of several processes that start at once, one is first and the others take its version.
            with suppress(OvertakenError):
                self._adopt_first(opened)
            found = read_agreed(opened)
        if store is None:
            opened.close()
        return found

    def _adopt_first(self, store: Store) -> None:
        definition = self.written_definition()
        agreement = definition.agreement
        signatures = () if agreement is None else agreement.agreed_by
        decision = AgreementDecision(
            by=getpass.getuser(),
            present=", ".join(signature.name for signature in signatures),
            what="",
            why="" if agreement is None else agreement.why.ja,
        )
        new = NewVersion(
            definition=unmarked(self.definition_path.read_text(encoding="utf-8-sig")),
            model=definition.fingerprint.model,
            agreement=definition.fingerprint.agreement,
            decision=decision,
            effective_from=EVER,
            replaces=None,
        )
        add_version(store, new)

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


def parse_whole(text: str, origin: str) -> LeadDefinition:
    """The definition a text holds, its rulebook asking only about features that exist.

    Raises
    ------
    DefinitionError
        If the text holds mistakes; all of them are listed with their lines.
    """
    definition = parse_definition(text, origin)
    check_rulebook(definition)
    return definition


def agreed_text(version: AgreedVersion) -> AgreementVersion:
    """A version with its text read; reading the same text again costs nothing."""
    return AgreementVersion(version=version, definition=_parsed(version.number, version.definition))


@lru_cache(maxsize=32)
def _parsed(number: int, text: str) -> LeadDefinition:
    return parse_whole(text, f"version {number} of {DEFINITION_FILE}")


def read_whole(path: Path) -> LeadDefinition:
    """The definition of a file, its rulebook asking only about features that exist.

    Raises
    ------
    DefinitionError
        If the file holds mistakes; all of them are listed with their lines.
    """
    definition = read_definition(path)
    check_rulebook(definition)
    return definition
