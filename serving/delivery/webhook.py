"""Posting messages to an address the company configured, and the webhook, which signs each.

Redirects are not followed: the address is the company's word, and nobody else's. Every attempt has
one time limit over all of it, since a receiver could otherwise answer a byte at a time for ever.
"""

import asyncio
import hashlib
import ipaddress
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import Literal
from urllib.parse import quote, urlsplit

import httpx2

from features.core.errors import LeadDataError
from serving.delivery.sender import Pause, Sent
from serving.delivery.signature import parse_keys, sign
from serving.ledger.outbox.claim import Claimed, Receipt
from serving.ledger.outbox.webhook_events import WEBHOOK

TIMEOUT_SECONDS = 15.0
"""For one attempt, from connecting to the end of the answer."""

AT_ONCE = 4
LONGEST_PAUSE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(seconds=5)
SHOWN_BYTES = 300
"""How much of an answer is kept for a person to read."""


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    result: Literal["delivered", "failed", "refused"]
    answer: str
    retry_after: timedelta | None = None
    # Nothing else will get through either.
    is_outage: bool = False


@dataclass(kw_only=True)
class Poster(ABC):
    """Sender of a channel in which every message is one POST to the same address."""

    url: str = field(repr=False)
    channel: str
    timeout: float = TIMEOUT_SECONDS
    batch_size: int = 32
    lease: timedelta = timedelta(minutes=5)
    _outages: int = field(default=0, init=False, repr=False)

    @abstractmethod
    def request(self, message: Claimed) -> tuple[bytes, dict[str, str]]:
        """Body and headers of what is posted."""

    def send(self, messages: Sequence[Claimed]) -> Sent:
        """Post messages, a few at a time."""
        attempts = asyncio.run(self._post_all(messages))
        receipts = tuple(
            Receipt(
                message_id=message.message_id,
                lease=message.lease,
                result=attempt.result,
                answer=attempt.answer,
                retry_after=attempt.retry_after,
            )
            for message, attempt in zip(messages, attempts, strict=True)
        )
        return Sent(receipts=receipts, pause=self._pause(attempts))

    def _pause(self, attempts: Sequence[_Attempt]) -> Pause | None:
        if any(not attempt.is_outage for attempt in attempts):
            self._outages = 0
            return None
        self._outages += 1
        wished = max((a.retry_after or timedelta() for a in attempts), default=timedelta())
        growing = FIRST_PAUSE * 2 ** min(self._outages - 1, 10)
        lasts = min(max(growing, wished), LONGEST_PAUSE)
        return Pause(lasts=lasts, reason=attempts[-1].answer)

    async def _post_all(self, messages: Sequence[Claimed]) -> list[_Attempt]:
        turn = asyncio.Semaphore(AT_ONCE)
        client = httpx2.AsyncClient(
            follow_redirects=False,
            timeout=self.timeout,
            # A proxy is for the way out of a company's network, not for this machine.
            trust_env=not _is_this_machine(self.url),
        )
        async with client:

            async def in_turn(message: Claimed) -> _Attempt:
                async with turn:
                    return await self._post(client, message)

            return list(await asyncio.gather(*map(in_turn, messages)))

    async def _post(self, client: httpx2.AsyncClient, message: Claimed) -> _Attempt:
        body, headers = self.request(message)
        try:
            async with (
                asyncio.timeout(self.timeout),
                client.stream("POST", self.url, content=body, headers=headers) as response,
            ):
                return _judge(response, await _beginning(response))
        except TimeoutError:
            return _Attempt(result="failed", answer="no answer in time", is_outage=True)
        except httpx2.TransportError as error:
            return _Attempt(result="failed", answer=_kind(error), is_outage=True)


@dataclass(kw_only=True)
class Webhook(Poster):
    """Sender of the channel ``webhook``."""

    keys: tuple[bytes, ...] = field(repr=False)
    public_url: str | None = None
    channel: str = WEBHOOK

    @classmethod
    def to(cls, url: str, secret: str | None, *, public_url: str | None = None) -> "Webhook":
        """Make a webhook that sends to an address.

        Parameters
        ----------
        url : str
            Address that receives the messages.
        secret : str or None
            One ``whsec_...``, or several with blanks between.
        public_url : str, optional
            Where the pages are, for links to lead cards.

        Raises
        ------
        LeadDataError
            If the address is not https (http to this machine), or there is no usable secret.
        """
        check_address(url)
        if not secret:
            msg = (
                "a webhook is always signed; got an address and no AWASE_WEBHOOK_SECRET. Make one "
                "with `awase outbox secret`, and put it in the environment or in secrets.env."
            )
            raise LeadDataError(msg)
        return cls(url=url, keys=parse_keys(secret), public_url=public_url)

    def request(self, message: Claimed) -> tuple[bytes, dict[str, str]]:
        """Body and headers of what is posted, signed."""
        body = body_of(message, self.public_url)
        message_id, timestamp = webhook_id(message.message.external_id), int(time())
        headers = {
            "content-type": "application/json",
            "user-agent": "Awase",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.keys, body, message_id=message_id, timestamp=timestamp),
        }
        return body, headers


def check_address(url: str, setting: str = "AWASE_WEBHOOK_URL") -> None:
    """Refuse an address that personal data must not travel to.

    Parameters
    ----------
    url : str
    setting : str
        Where it comes from, for whoever mends it.

    Raises
    ------
    LeadDataError
        If it is not https; http is allowed to this machine.
    """
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(url))
    if not safe or not parts.hostname or parts.username is not None:
        # The address itself may carry a token.
        msg = (
            "a webhook's address must be https://..., without a user name in it (http:// only to "
            f"this machine); got {parts.scheme or 'no scheme'}. Change {setting}."
        )
        raise LeadDataError(msg)


def webhook_id(external_id: str) -> str:
    """What goes into ``webhook-id``: the same for every attempt, and safe in a header."""
    return "msg_" + hashlib.sha256(external_id.encode()).hexdigest()[:32]


def body_of(message: Claimed, public_url: str | None) -> bytes:
    """What is posted: type, time and data, with a link to the lead's card."""
    data = dict(message.message.payload)
    if public_url is not None and message.message.lead_id is not None:
        data["card_url"] = card_url(public_url, message.message.lead_id)
    told = {
        "type": message.message.kind,
        "timestamp": message.made_at.isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def card_url(public_url: str, lead_id: str) -> str:
    """Address of a lead's card."""
    return f"{public_url.rstrip('/')}/leads/{quote(lead_id, safe='')}"


def _judge(response: httpx2.Response, said: str) -> _Attempt:
    status = response.status_code
    answer = f"{status} {_phrase(status)}" + (f": {said}" if said else "")
    if 200 <= status < 300:
        return _Attempt(result="delivered", answer=str(status))
    if 300 <= status < 400:
        answer = f"{status}: redirects are not followed; name the final address"
        return _Attempt(result="failed", answer=answer, is_outage=True)
    if status == HTTPStatus.GONE:
        # The specification's word for: send me nothing more.
        return _Attempt(result="refused", answer=answer)
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500
    return _Attempt(
        result="failed", answer=answer, retry_after=_retry_after(response), is_outage=busy
    )


async def _beginning(response: httpx2.Response) -> str:
    """The first words of an answer that is not a success."""
    if response.is_success:
        return ""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= SHOWN_BYTES:
            break
    return "".join(c for c in read[:SHOWN_BYTES].decode(errors="replace") if c.isprintable())


def _retry_after(response: httpx2.Response) -> timedelta | None:
    said = response.headers.get("retry-after")
    if said is None:
        return None
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said), 10**6))
    try:
        return timedelta(seconds=max(0.0, parsedate_to_datetime(said).timestamp() - time()))
    except ValueError:
        return None


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "(no such status)"


def _kind(error: httpx2.TransportError) -> str:
    """What went wrong on the way; the error's own text may hold the address and its token."""
    if isinstance(error, httpx2.ConnectError):
        return "could not connect"
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    return f"the connection broke ({type(error).__name__})"
