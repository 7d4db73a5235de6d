"""Tokens of CRMs: asked for by name, sent by the client, and never part of a message or a log."""

from pathlib import Path

from features.core.errors import LeadDataError
from serving.workspace.secrets import SECRETS_FILE, read_secret


class Token:
    """A text that shows itself only to who asks for it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Token(***)"

    __str__ = __repr__


def need_token(name: str, folder: Path) -> Token:
    """The token of a CRM.

    Parameters
    ----------
    name : str
        Such as ``AWASE_HUBSPOT_TOKEN``.
    folder : path
        The workspace, whose file of secrets is read where the environment has none.

    Raises
    ------
    LeadDataError
        If it is nowhere, or its file may be read by others.
    """
    text = read_secret(name, folder)
    if text is None or not text.strip():
        msg = (
            f"a CRM needs a token; got none. Set {name}, or write it into {SECRETS_FILE} of the "
            "workspace, readable by you alone (chmod 600)."
        )
        raise LeadDataError(msg)
    return Token(text.strip())
