"""Secrets: from the environment, or from a file of the workspace that nobody else may read.

Why not the settings: those are printed, written to ``.env`` and shown in error messages. A secret
is asked for by name where it is used, and is never part of a message.
"""

import os
import stat
from pathlib import Path

from features.core.errors import LeadDataError

SECRETS_FILE = "secrets.env"
"""File of a workspace with one NAME=value a line."""


def read_secret(name: str, folder: Path) -> str | None:
    """A secret by its name; None where neither the environment nor the file has it.

    Parameters
    ----------
    name : str
        Such as ``AWASE_WEBHOOK_SECRET``. The environment comes before the file.
    folder : Path
        Folder of the workspace.

    Raises
    ------
    LeadDataError
        If others than its owner may read the file, or a line of it is no NAME=value.
    """
    found = os.environ.get(name)
    if found:
        return found
    path = folder / SECRETS_FILE
    if not path.is_file():
        return None
    _check_permissions(path)
    return _parse(path).get(name) or None


def _check_permissions(path: Path) -> None:
    if os.name != "posix":
        return
    found = path.stat()
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = (
            f"a file of secrets must be readable by its owner alone (mode 600); "
            f"got mode {stat.S_IMODE(found.st_mode):o} on {path}. Run `chmod 600 {path}`."
        )
        raise LeadDataError(msg)
    if found.st_uid not in (os.geteuid(), 0):
        msg = (
            f"a file of secrets must belong to who runs Awase; got another owner of {path}. "
            "Make the file anew as the account that runs Awase."
        )
        raise LeadDataError(msg)


def _parse(path: Path) -> dict[str, str]:
    secrets: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        name, equals, value = plain.partition("=")
        if not equals or not name.strip().isidentifier():
            # The line itself may be a secret.
            msg = f"a line of secrets is NAME=value; got something else. Mend {path}:{number}."
            raise LeadDataError(msg)
        secrets[name.strip()] = _unquoted(value.strip())
    return secrets


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
