"""How long a test waits for what must come: a slow machine passes, what hangs still fails."""

import time
from collections.abc import Callable

PATIENCE = 240
"""Seconds after which whatever did not come is given up."""


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come within {PATIENCE} s"
        time.sleep(0.05)
