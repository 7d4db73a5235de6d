"""Digests to a chat: the shapes that the incoming webhooks of four products take."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from serving.delivery.webhook import Poster
from serving.digest.compose import Digest, as_text
from serving.ledger.outbox.claim import Claimed
from serving.workspace.digest_settings import Chat

CHAT = "digest_chat"

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@dataclass(kw_only=True)
class ChatSender(Poster):
    """Sender of the channel ``digest_chat``.

    Attributes
    ----------
    write : callable
        Makes the digest of a message when it is sent.
    token : str or None
        Of Chatwork, which has no secret in its address.
    """

    chat: Chat
    write: Callable[[Claimed], Digest]
    token: str | None = field(default=None, repr=False)
    channel: str = CHAT

    def request(self, message: Claimed) -> tuple[bytes, dict[str, str]]:
        """Body and headers of what is posted."""
        body, kind = SHAPES[self.chat](self.write(message))
        headers = {"content-type": kind, "user-agent": "Awase"}
        if self.token is not None:
            headers["x-chatworktoken"] = self.token
        return body, headers


def _marked(digest: Digest) -> tuple[bytes, str]:
    """Slack and Google Chat write links alike."""
    lines = as_text(digest, lambda text, url: f"<{url}|{text}>")
    return _json({"text": "\n".join((f"*{digest.title}*", *lines))})


def _card(digest: Digest) -> tuple[bytes, str]:
    """Teams, through a workflow, takes an adaptive card."""
    lines = as_text(digest, lambda text, url: f"[{text.removeprefix('- ')}]({url})")
    blocks = [
        {"type": "TextBlock", "text": line, "wrap": True, "spacing": "Small"} for line in lines
    ]
    title = {"type": "TextBlock", "text": digest.title, "wrap": True, "weight": "Bolder"}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [title, *blocks],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return _json({"type": "message", "attachments": [attachment]})


def _chatwork(digest: Digest) -> tuple[bytes, str]:
    """Chatwork takes a form, and boxes a text with its own tags."""
    lines = "\n".join(as_text(digest, lambda text, url: f"{text}\n{url}"))
    text = f"[info][title]{digest.title}[/title]{lines}[/info]"
    return urlencode({"body": text, "self_unread": "1"}).encode(), FORM


def _json(content: object) -> tuple[bytes, str]:
    return json.dumps(content, ensure_ascii=False).encode(), JSON


SHAPES: dict[Chat, Callable[[Digest], tuple[bytes, str]]] = {
    "slack": _marked,
    "google_chat": _marked,
    "teams": _card,
    "chatwork": _chatwork,
}
