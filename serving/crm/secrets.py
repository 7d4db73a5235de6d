"""Tokens of CRMs: from the environment or a file only we can read, never in a message or log."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from features.errors import LeadDataError

SECRETS_FILE = "secrets.env"
"""File of a workspace with one NAME=value a line."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Secret:
    """A text that shows itself only to who asks for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        msg = "a secret must stay in this process; got asked to write it down. Pass its name."
        raise TypeError(msg)


def read_secret(
    name: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Secret | None:
    """A secret from the environment, else from the workspace's file; None if neither has it.

    Parameters
    ----------
    name : str
        Such as ``AWASE_HUBSPOT_TOKEN``.
    folder : path
        The workspace.

    Raises
    ------
    LeadDataError
        If the file may be read by others, or cannot be read.
    """
    given = (os.environ if environment is None else environment).get(name, "").strip()
    if given:
        return Secret(given)
    path = folder / SECRETS_FILE
    if not path.is_file():
        return None
    _check_permissions(path)
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() == name and value.strip():
            return Secret(value.strip().strip("\"'"))
    return None


def need_secret(name: str, folder: Path, environment: Mapping[str, str] | None = None) -> Secret:
    """A secret that must be there.

    Raises
    ------
    LeadDataError
        If it is nowhere, or its file may be read by others.
    """
    secret = read_secret(name, folder, environment)
    if secret is None:
        msg = (
            f"a CRM needs a token; got none. Set {name}, or write it into {SECRETS_FILE} of the "
            "workspace, readable by you alone (chmod 600)."
        )
        raise LeadDataError(msg)
    return secret


def _check_permissions(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    # Windows has no such bits; there the folder's own rights must do.
    if os.name == "posix" and mode & _OTHERS:
        msg = (
            f"a file of secrets must be readable by its owner alone; got {path.name} with mode "
            f"{mode:03o}. Run `chmod 600 {path.name}`, and renew the token if others read it."
        )
        raise LeadDataError(msg)
