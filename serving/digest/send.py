"""Who is told what today, left in the outbox once a day and sent from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.core.clock import from_second, start_of_day, to_second
from features.core.errors import LeadDataError
from features.core.text import Language
from features.store import Store
from serving.delivery.deliver import DeliveryCounts, deliver_due
from serving.delivery.sender import Sender
from serving.delivery.webhook import check_address
from serving.digest.chat import CHAT, ChatSender
from serving.digest.compose import Digest, DigestMaker
from serving.digest.mail import MAIL, Letter, MailSender, check_settings
from serving.digest.recipients import gets_mail, read_keys, recipient_id, stop_token
from serving.ledger.access.users import User, list_users
from serving.ledger.outbox.claim import Claimed
from serving.ledger.outbox.enqueue import Message, enqueue, open_channel
from serving.ledger.outbox.inspect import drop_waiting, known_messages
from serving.review.month import Month, month_of, parse_month
from serving.workspace.secrets import read_secret
from serving.workspace.workspace import Workspace

DAY, MONTH = "digest.day", "digest.month"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A digest that is to be sent.

    Attributes
    ----------
    to : str
        Address, or the chat's name.
    text : Letter or Digest
        As it would be sent now.
    """

    message: Message
    to: str
    text: Letter | Digest


class DigestPost:
    """Plans digests of a workspace and sends them.

    Raises
    ------
    LeadDataError
        If something is configured and something it needs is missing.
    """

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self._workspace, self._store = workspace, store
        self._settings = workspace.digest_settings
        self._url = (workspace.public_url or "").rstrip("/")
        if self.is_configured and not self._url:
            msg = (
                "a digest leads to the pages; got no AWASE_PUBLIC_URL. "
                "Set it to the address at which people reach them."
            )
            raise LeadDataError(msg)
        self._keys: tuple[bytes, ...] = ()
        if self._settings.smtp_host is not None:
            check_settings(self._settings)
            self._keys = read_keys(workspace)
        self._maker = DigestMaker(workspace, store, self._url)

    @property
    def is_configured(self) -> bool:
        """Whether there is a mail server or a chat."""
        return self._settings.smtp_host is not None or self._settings.chat is not None

    def last_month(self) -> Month:
        """The month before that of the newest decisions: the one to review."""
        return month_of(to_second(self._maker.clock.now), self._maker.definition.zone).earlier(1)

    def plan(self, month: Month | None, *, now: datetime | None = None) -> list[Planned]:
        """Everybody who is told something and was not yet: today, or of a month.

        Parameters
        ----------
        month : Month or None
            Whose review is told of; None tells what waits today.
        now : datetime, optional
            Decides which day it is; the present instant unless given.
        """
        zone = self._maker.definition.zone
        today = (now or datetime.now(UTC)).astimezone(zone).date()
        period = today.isoformat() if month is None else month.name
        people = [user for user in list_users(self._store) if gets_mail(user)]
        planned: list[Planned] = []
        if self._settings.smtp_host is not None:
            for user in people:
                letter = self._letter(user, month)
                message = _message(MAIL, period, recipient_id(user.login), month)
                if letter is not None:
                    planned.append(Planned(message=message, to=user.login, text=letter))
        if self._settings.chat is not None:
            digest = self._digest(None, self._settings.language, month)
            message = _message(CHAT, period, self._settings.chat, month)
            if digest is not None:
                planned.append(Planned(message=message, to=self._settings.chat, text=digest))
        known = known_messages(self._store, DAY if month is None else MONTH)
        return [p for p in planned if (p.message.channel, p.message.external_id) not in known]

    def leave(self, planned: Sequence[Planned], *, now: datetime | None = None) -> None:
        """Leave digests in the outbox; what did not get out on its day goes out no more.

        Parameters
        ----------
        planned : sequence of Planned
        now : datetime, optional
            The present instant unless given.
        """
        now = now or datetime.now(UTC)
        zone = self._maker.definition.zone
        midnight = from_second(start_of_day(now.astimezone(zone).date(), zone))
        with self._store.engine.begin() as connection:
            for channel in (MAIL, CHAT):
                open_channel(connection, channel)
            drop_waiting(connection, DAY, before=midnight)
            enqueue(connection, [one.message for one in planned], now=now)

    def send(self, planned: Sequence[Planned]) -> dict[str, DeliveryCounts]:
        """Leave digests in the outbox and send what is due there: what became of it, by channel."""
        senders = self.senders()
        self.leave(planned)
        return {sender.channel: deliver_due(self._store, sender) for sender in senders}

    def senders(self) -> list[Sender]:
        """Senders of the channels that are configured."""
        settings, folder = self._settings, self._workspace.folder
        senders: list[Sender] = []
        if settings.smtp_host is not None:
            password = read_secret("AWASE_SMTP_PASSWORD", folder)
            senders.append(MailSender(settings=settings, password=password, write=self._write))
        if settings.chat is not None:
            url = read_secret("AWASE_CHAT_URL", folder)
            check_address(url or "", "AWASE_CHAT_URL")
            sender = ChatSender(url=url or "", chat=settings.chat, write=self._post)
            if settings.chat == "chatwork":
                sender.token = _chatwork_token(folder)
            senders.append(sender)
        return senders

    def _write(self, claimed: Claimed) -> Letter | None:
        """The letter of a message as it is now; None where nobody wants it any more."""
        named = claimed.message.payload["to"]
        for user in list_users(self._store):
            if gets_mail(user) and recipient_id(user.login) == named:
                return self._letter(user, _month_of(claimed))
        return None

    def _post(self, claimed: Claimed) -> Digest:
        month, language = _month_of(claimed), self._settings.language
        return self._digest(None, language, month) or self._maker.nothing(language)

    def _letter(self, user: User, month: Month | None) -> Letter | None:
        language = user.language or self._settings.language
        digest = self._digest(user, language, month)
        if digest is None:
            return None
        stop_url = f"{self._url}/digest/{stop_token(self._keys[0], user.login)}"
        return Letter(to=user.login, language=language, digest=digest, stop_url=stop_url)

    def _digest(self, user: User | None, language: Language, month: Month | None) -> Digest | None:
        if month is None:
            return self._maker.of_day(user, language)
        return self._maker.of_month(month, language)


def _chatwork_token(folder: Path) -> str:
    token = read_secret("AWASE_CHAT_TOKEN", folder)
    if not token:
        msg = (
            "Chatwork takes messages from who has a token; got no AWASE_CHAT_TOKEN. "
            "Put it in the environment or in secrets.env."
        )
        raise LeadDataError(msg)
    return token


def _message(channel: str, period: str, to: str, month: Month | None) -> Message:
    payload = {"to": to} | ({} if month is None else {"month": month.name})
    return Message(
        channel=channel,
        kind=DAY if month is None else MONTH,
        external_id=f"{period}.{to}",
        payload=payload,
    )


def _month_of(claimed: Claimed) -> Month | None:
    name = claimed.message.payload.get("month")
    return None if name is None else parse_month(name)
