"""Through what digests reach people: a mail server, a chat, both or neither."""

from dataclasses import dataclass
from typing import Literal

from features.core.text import Language
from serving.workspace.settings import Settings

Chat = Literal["slack", "teams", "google_chat", "chatwork"]


@dataclass(frozen=True, kw_only=True)
class DigestSettings:
    """Settings of the digest; secrets are not among them.

    Attributes
    ----------
    smtp_host : str or None
        None: nobody gets mail.
    chat : str or None
        None: no chat gets anything.
    language : {"ja", "en"}
        Of the chat, and of people who chose none.
    """

    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    mail_from: str | None = None
    chat: Chat | None = None
    language: Language = "ja"


def digest_settings_of(settings: Settings) -> DigestSettings:
    """The part of a workspace's settings that the digest needs."""
    return DigestSettings(
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port or (465 if settings.smtp_tls == "tls" else 587),
        smtp_tls=settings.smtp_tls,
        smtp_user=settings.smtp_user,
        mail_from=settings.mail_from,
        chat=settings.chat,
        language=settings.digest_language,
    )
