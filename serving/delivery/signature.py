"""Signatures of webhooks as the Standard Webhooks specification has them, version 1.

Why not the specification's own package: it signs text with one key and accepts keys of any length;
bytes, several keys while one replaces another, and the refusal of a short one would stay here, and
what it would take over is one line. The signature is held against the specification's test vector.

References
----------
https://www.standardwebhooks.com: ``webhook-id``, ``webhook-timestamp`` and the body, joined by
full stops, through HMAC-SHA256.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from features.core.errors import LeadDataError

PREFIX = "whsec_"
FEWEST_BYTES = 24
"""The shortest key the specification allows."""


def new_secret() -> str:
    """A fresh secret to give to both sides."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Keys of one secret, or of several with blanks between while one replaces the other.

    Raises
    ------
    LeadDataError
        If one is not written ``whsec_`` and base64, or is too short; it is not repeated.
    """
    keys = []
    for secret in text.split():
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(PREFIX) or len(key) < FEWEST_BYTES:
            msg = (
                f"a webhook's secret is {PREFIX} and base64 of at least {FEWEST_BYTES} bytes; "
                "got something else. Make one with `awase outbox secret`."
            )
            raise LeadDataError(msg)
        keys.append(key)
    return tuple(keys)


def sign(keys: tuple[bytes, ...], body: bytes, *, message_id: str, timestamp: int) -> str:
    """Make the header ``webhook-signature``: one signature for each key.

    Parameters
    ----------
    keys : tuple of bytes
        Several while one secret replaces another.
    body : bytes
        Body of the request, exactly as it is sent.
    message_id : str
        The header ``webhook-id``.
    timestamp : int
        The header ``webhook-timestamp``, in seconds since 1970 UTC.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in keys
    )
