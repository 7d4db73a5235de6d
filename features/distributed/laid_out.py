"""The folder in which tables lie for a cluster's workers: gone with its run, however that ends.

Tables name people. A run that is killed cannot remove them, so the folder bears the machine and the
process that made it, and whoever comes next removes what no living process stands behind.
"""

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PREFIX = "cluster-"


@contextmanager
def laid_out_in(shared: Path) -> Iterator[Path]:
    """Give a new folder that is removed when the block ends; those of killed runs are, too.

    Parameters
    ----------
    shared : Path
        A folder that all workers see.
    """
    remove_laid_out(shared)
    with TemporaryDirectory(prefix=f"{_made_here()}{os.getpid()}-", dir=shared) as name:
        yield Path(name)


def remove_laid_out(shared: Path) -> None:
    """Remove the folders that runs of this machine left when they were killed.

    Parameters
    ----------
    shared : Path
        Where they lie; what runs of other machines left there is theirs to remove.
    """
    for folder in shared.glob(f"{_made_here()}*"):
        process = folder.name.removeprefix(_made_here()).partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _made_here() -> str:
    return f"{_PREFIX}{platform.node()}-"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
