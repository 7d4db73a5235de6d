"""The address of a SQLite file: a folder's name may hold what separates the parts of an address."""

from pathlib import Path
from urllib.parse import unquote

SQLITE = "sqlite:///"

_APART = str.maketrans({"%": "%25", "?": "%3F", "#": "%23"})
"""What SQLAlchemy or MLflow would take for the end of the path, or for a code; nothing else is
written in codes, since people read the address."""


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file.

    Parameters
    ----------
    path : Path

    Examples
    --------
    >>> sqlite_url(Path("/srv/何? 50%/awase.db"))
    'sqlite:////srv/何%3F 50%25/awase.db'
    """
    return SQLITE + str(path).translate(_APART)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address; None of any other.

    Parameters
    ----------
    url : str

    Examples
    --------
    >>> print(sqlite_path("sqlite:////srv/何%3F 50%25/awase.db"))
    /srv/何? 50%/awase.db
    >>> sqlite_path("postgresql://user@host/database") is None
    True
    """
    if not url.startswith(SQLITE):
        return None
    return Path(unquote(url.removeprefix(SQLITE).partition("?")[0])).resolve()
