"""How a command holds memory, chosen before libraries load."""

import atexit
import ctypes
import gc
import os
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, as malloc.h numbers them
_LARGE = 1 << 20
_NEW_OBJECTS = 10_000


def give_freed_memory_back() -> None:
    """Let all that is freed go to whoever asks next, and large blocks back to the system.

    Arrow's own allocator keeps what threads of its pools have freed, and the C library cannot use
    it; the C library, where it is glibc, learns from large blocks to keep up to 64 MB each, in
    holes that nothing else fits into. A retrain of 80,000 leads takes 1,060 MB instead of 1,340, a
    start on 100 MB of CSV 930 instead of 1,170, and no time that could be measured.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, _LARGE)


def look_for_cycles_seldom() -> None:
    """Let Python look for unreachable cycles every 10,000 new objects instead of 700, and at its
    end for none.

    Importing libraries and reading a release make some hundred thousand objects that stay: of the
    1.2 s that ``awase explain`` takes, a tenth went into looking through them again and again.
    What a process holds when it ends the system takes back at once; Python would free it object by
    object first: a seventh of ``awase release show``, and 1.2 s after a demo's last line.
    """
    gc.set_threshold(_NEW_OBJECTS)
    atexit.register(gc.freeze)
