"""Digests by mail: one connection a batch, one plain letter a person."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime

from features.core.errors import LeadDataError
from features.core.text import Language
from serving.delivery.sender import Pause, Sent
from serving.digest.compose import Digest, as_text
from serving.digest.recipients import is_address
from serving.digest.words import STOP, WHY
from serving.ledger.outbox.claim import Claimed, Receipt
from serving.workspace.digest_settings import DigestSettings
from serving.workspace.oidc_settings import is_private

MAIL = "digest_mail"

TIMEOUT_SECONDS = 15.0
"""For each word of the server."""

PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A digest with whom it goes to."""

    to: str
    language: Language
    digest: Digest
    stop_url: str


@dataclass(kw_only=True)
class MailSender:
    """Sender of the channel ``digest_mail``.

    Attributes
    ----------
    write : callable
        Makes the letter of a message when it is sent, so that the outbox holds no names; None where
        nobody wants it any more.
    """

    settings: DigestSettings
    password: str | None = field(repr=False)
    write: Callable[[Claimed], Letter | None]
    channel: str = MAIL
    batch_size: int = 32
    lease: timedelta = timedelta(minutes=30)

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Send letters until the server fails; the rest waits untried."""
        written = [(message, self.write(message)) for message in messages]
        receipts: list[Receipt] = []
        try:
            with connected(self.settings, self.password) as server:
                for message, letter in written:
                    receipts.append(self._send(server, message, letter))
        except OSError as error:  # everything of smtplib and ssl is one
            reason = _kind(error)
            left = messages[len(receipts) :]
            receipts += [_receipt(message, "failed", reason) for message in left[:1]]
            receipts += [_receipt(message, "untried") for message in left[1:]]
            return Sent(receipts=tuple(receipts), pause=Pause(lasts=PAUSE, reason=reason))
        return Sent(receipts=tuple(receipts))

    def _send(self, server: smtplib.SMTP, message: Claimed, letter: Letter | None) -> Receipt:
        if letter is None:
            return _receipt(message, "refused", "nobody wants it any more")
        mail = as_mail(letter, self.settings, recipient=message.message.external_id)
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            return _refusal(message, code, said)
        except smtplib.SMTPDataError as refused:
            return _refusal(message, refused.smtp_code, refused.smtp_error)
        return _receipt(message, "delivered")


def check_settings(settings: DigestSettings) -> None:
    """Refuse a mail server that cannot be used, or that could be listened to.

    Raises
    ------
    LeadDataError
        If a sender is missing, or nothing encrypts the way to another machine.
    """
    if settings.mail_from is None or not is_address(settings.mail_from):
        msg = (
            "mail needs a sender; got no address in AWASE_MAIL_FROM. "
            "Set it to the address that digests come from."
        )
        raise LeadDataError(msg)
    if settings.smtp_tls == "none" and not is_private(f"http://{settings.smtp_host}"):
        msg = (
            "the way to another machine must be encrypted; got AWASE_SMTP_TLS=none. "
            "Set it to starttls or tls."
        )
        raise LeadDataError(msg)


def connected(settings: DigestSettings, password: str | None) -> smtplib.SMTP:
    """A connection to the mail server, encrypted and signed in as the settings say.

    Parameters
    ----------
    settings : DigestSettings
    password : str or None
        Of its ``smtp_user``.
    """
    host, port = settings.smtp_host or "", settings.smtp_port
    context = ssl.create_default_context()
    if settings.smtp_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user is not None:
            server.login(settings.smtp_user, password or "")
    except OSError:
        server.close()
        raise
    return server


def as_mail(letter: Letter, settings: DigestSettings, *, recipient: str) -> EmailMessage:
    """A letter as mail programs want it.

    Parameters
    ----------
    letter : Letter
    settings : DigestSettings
    recipient : str
        Name of the message, the same for every attempt.
    """
    sender = settings.mail_from or ""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Awase <{sender}>"
    mail["To"] = letter.to
    mail["Subject"] = letter.digest.title
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{recipient}@{sender.rpartition('@')[2]}>"
    # One click (RFC 8058), and no answers of absent people (RFC 3834).
    mail["List-Unsubscribe"] = f"<{letter.stop_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language
    mail.set_content(body_of(letter), cte="base64")
    return mail


def body_of(letter: Letter) -> str:
    """What a letter says, with the link that stops it."""
    language = letter.language
    lines = as_text(letter.digest, lambda text, url: f"{text}\n  {url}")
    stop = f"{STOP.read(language)} {letter.stop_url}"
    return "\n".join((*lines, "", "-- ", WHY.read(language), stop, ""))


def _receipt(message: Claimed, result: str, answer: str = "") -> Receipt:
    return Receipt(
        message_id=message.message_id,
        lease=message.lease,
        result=result,  # type: ignore[arg-type]
        answer=answer,
    )


def _refusal(message: Claimed, code: int, said: bytes | str) -> Receipt:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return _receipt(message, "refused" if code >= 500 else "failed", f"{code} {words}")


def _kind(error: OSError) -> str:
    """What went wrong; a server's own words may repeat a login."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server said {error.smtp_code} ({type(error).__name__})"
    return f"the mail server could not be used ({type(error).__name__})"
