"""Where a workspace keeps its things: one table of settings, each with its default and its help.

Every setting may be given in the environment (prefix ``AWASE_``) or in a file ``.env`` of the
workspace. docs/settings.md lists them; a test compares the two.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from features.core.memory import IMPORT_SLICE_MB


class Settings(BaseSettings):
    """Settings of one workspace."""

    model_config = SettingsConfigDict(env_prefix="AWASE_", extra="ignore", frozen=True)

    workspace: Path = Field(default=Path(), description="Folder of the workspace.")
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the lead tables and the ledger; SQLite in the workspace "
        "unless given. PostgreSQL: postgresql+psycopg://user@host/name.",
    )
    tracking_uri: str | None = Field(
        default=None,
        description="MLflow tracking URI; an SQLite database in the workspace unless given.",
    )
    releases_dir: Path | None = Field(
        default=None,
        description="Folder of the releases; `releases` in the workspace unless given.",
    )
    public_url: str | None = Field(
        default=None,
        description="Address at which people reach the pages, for links to lead cards: "
        "https://awase.example.com.",
    )
    webhook_url: str | None = Field(
        default=None,
        description="Address that is told about hand-overs, changed qualifications and verdicts. "
        "docs/webhooks.md describes what it gets.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer of the OpenID Connect provider through which people may sign in; "
        "none unless given.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="What Awase is called at that provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of that client; give it in the environment."
    )
    oidc_login_claim: str = Field(
        default="email",
        description="Claim of the ID token that is the login; an e-mail address must be verified.",
    )
    keep_leads_days: int | None = Field(
        default=None,
        description="Days without any sign of life after which `awase forget --expired` forgets a "
        "lead; never unless given.",
        ge=1,
    )
    keep_messages_days: int = Field(
        default=90, description="Days for which delivered messages are kept.", ge=1
    )
    idle_minutes: int = Field(
        default=30,
        description="Minutes without a request after which somebody has to sign in again; "
        "12 hours after signing in everybody has to.",
        ge=1,
        le=720,
    )
    hubspot_url: str = Field(
        default="https://api.hubapi.com", description="Address of HubSpot's interface."
    )
    salesforce_url: str | None = Field(
        default=None,
        description="Address of the Salesforce organisation, with a token: "
        "https://NAME.my.salesforce.com.",
    )
    salesforce_username: str | None = Field(
        default=None, description="User that a connected app of Salesforce acts as, with a key."
    )
    salesforce_domain: str = Field(
        default="login",
        description="Where Salesforce gives tokens for a key: login, test (sandboxes) or NAME.my.",
    )
    crm_language: Literal["ja", "en", "both"] = Field(
        default="both", description="Language of what is written into the CRM: ja, en or both."
    )
    smtp_host: str | None = Field(
        default=None,
        description="Mail server for the mails of `awase digest`; none unless given.",
    )
    smtp_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Port of that server; 465 with tls, otherwise 587, unless given.",
    )
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the way to it is encrypted: starttls, tls, or none (on this machine).",
    )
    smtp_user: str | None = Field(default=None, description="Login at that server, if any.")
    mail_from: str | None = Field(
        default=None, description="Address that digests come from: awase@example.com."
    )
    chat: Literal["slack", "teams", "google_chat", "chatwork"] | None = Field(
        default=None, description="Chat that gets a digest, by the shape of its incoming webhook."
    )
    digest_language: Literal["ja", "en"] = Field(
        default="ja",
        description="Language of digests to the chat, and to people who chose none in the pages.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that `awase serve` starts; more than one needs PostgreSQL.",
    )
    import_slice_mb: int = Field(
        default=IMPORT_SLICE_MB,
        description="Megabytes of files that `awase import` checks at a time, in about eight times "
        "as much memory; larger files are cut by lead and give the same tables.",
        ge=1,
    )
    seed: int = Field(
        default=20_260_401,
        description="Seed of what is drawn at random: folds, lots, "
        "and the company of `awase demo`.",
    )
