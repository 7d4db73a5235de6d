"""How much memory a step may take, and giving back to the system what allocators keep."""

import ctypes
from contextlib import suppress

import pyarrow as pa

IMPORT_SLICE_MB = 32
"""Megabytes of files that an import checks at a time; checking takes about eight times as much
memory. Files that hold less in all are not cut."""


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, as malloc.h numbers them
_LARGE = 1 << 20


def return_large_blocks() -> None:
    """Let blocks of a megabyte or more go back to the system as soon as they are freed.

    The C library, where it is glibc, otherwise learns from them to keep up to 64 MB each, in holes
    that nothing else fits into: of a start on 100 MB of CSV 120 MB at its peak. It costs no time
    that could be measured.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, _LARGE)


def give_back() -> None:
    """Return what Arrow, and the C library where it is glibc, hold without need.

    On the demo a server stays at 580 MB instead of 790; a retrain of 80,000 leads held 600 MB so,
    on top of which each step took its own.
    """
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
