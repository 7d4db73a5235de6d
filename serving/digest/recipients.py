"""Who gets mail, and the link by which they stop it without signing in."""

import hashlib
import hmac
import re
from collections.abc import Iterable

from features.core.errors import LeadDataError
from serving.delivery.signature import parse_keys
from serving.ledger.access.users import User
from serving.workspace.secrets import read_secret
from serving.workspace.workspace import Workspace

SECRET = "AWASE_DIGEST_SECRET"

# Narrower than the standard, so that nothing in an address can act as a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def gets_mail(user: User) -> bool:
    """Whether a person has an open account, an address as login, and did not stop the digest."""
    wants = user.disabled_at is None and user.digest_stopped_at is None
    return wants and is_address(user.login)


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address in ASCII."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def recipient_id(login: str) -> str:
    """What the outbox calls a person: no address."""
    return hashlib.sha256(login.encode()).hexdigest()[:24]


def read_keys(workspace: Workspace) -> tuple[bytes, ...]:
    """Keys by which links are signed, the first, and known, all.

    Raises
    ------
    LeadDataError
        If there is none.
    """
    secret = read_secret(SECRET, workspace.folder)
    if not secret:
        msg = (
            f"a digest by mail carries a signed link; got no {SECRET}. Make one with "
            "`awase outbox secret`, and put it in the environment or in secrets.env."
        )
        raise LeadDataError(msg)
    return parse_keys(secret)


def stop_token(key: bytes, login: str) -> str:
    """The signed end of a person's link; it tells no login, and allows nothing but this."""
    return hmac.new(key, f"digest:{login}".encode(), hashlib.sha256).hexdigest()


def find_recipient(users: Iterable[User], keys: tuple[bytes, ...], token: str) -> User | None:
    """Whose link a token ends; None where it is nobody's.

    Parameters
    ----------
    users : iterable of User
    keys : tuple of bytes
        Several while one secret replaces another.
    token : str
        As the address has it.
    """
    sent = token.encode()
    for user in users:
        for key in keys:
            if hmac.compare_digest(stop_token(key, user.login).encode(), sent):
                return user
    return None
