"""How much memory a step may take, and giving back to the system what allocators keep.

The command line chooses the allocators (``serving/cli/allocators.py``).
"""

import ctypes
from contextlib import suppress

import pyarrow as pa

IMPORT_SLICE_MB = 32
"""Megabytes of files that an import checks at a time; checking takes about eight times as much
memory. Files that hold less in all are not cut."""


def give_back() -> None:
    """Return what Arrow, and the C library where it is glibc, hold without need.

    On the demo a server stays at 580 MB instead of 790; a retrain of 80,000 leads held 600 MB so,
    on top of which each step took its own.
    """
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
