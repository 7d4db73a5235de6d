"""Options that several commands share, said once."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="Folder of the workspace.",
        envvar="AWASE_WORKSPACE",
        show_default="the current folder",
        file_okay=False,
    ),
]

DataCutoffOption = Annotated[
    str | None,
    typer.Option(
        "--data-cutoff",
        help="Instant up to which the tables are complete.",
        show_default="how far rows and outcomes reach, at most now",
    ),
]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Dask scheduler whose workers do the heavy part; they must see the workspace.",
    ),
]

AllOption = Annotated[
    bool, typer.Option("--all", help="Print the whole report, not only what answers the question.")
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

ReleaseName = Annotated[
    str, typer.Argument(help="Id of a release, the beginning of one, or champion.")
]


TABLES = (".csv", ".parquet")
"""Files of rows that commands read and write."""
YAML_FILES = (".yaml", ".yml")


def ends_in(*kinds: str) -> Callable[[Path | None], Path | None]:
    """Check that a file has a name that says what is in it; the ending decides what is written.

    Parameters
    ----------
    *kinds : str
        Endings, in small letters and with their dot.
    """

    def check(path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in kinds:
            expected = " or ".join(kinds)
            msg = f"the file must end in {expected}; got {path.name}. Name it accordingly."
            raise typer.BadParameter(msg)
        return path

    return check


class ShownLanguage(StrEnum):
    """Languages in which words are shown."""

    JA = "ja"
    EN = "en"
