"""A fit that begins before it is asked for, while the test of another replays day after day.

Boosters grow outside Python, and a replay leaves most of a second processor idle: a demo takes four
seconds less of 44. Two fits at once hold two matrices, so only small ones are begun so.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

from features.core.progress import Share, ignore_share

Result = TypeVar("Result")


class _NobodyWaitsError(Exception):
    """Ends work whose result nobody wants any more."""


@contextmanager
def in_parallel(
    make: Callable[[Share], Result], *, begun: bool
) -> Iterator[Callable[[Share], Result]]:
    """Give a function of the same result, which a thread is already at work on.

    Parameters
    ----------
    make : callable
        Tells the share of it that is done. Where the block ends before its result was asked for,
        it ends at the next share that it tells.
    begun : bool
        Whether it is begun now; otherwise where it is asked for.

    Examples
    --------
    >>> with in_parallel(lambda told: 6 * 7, begun=True) as answer:
    ...     answer(ignore_share)
    42
    """
    if not begun:
        yield make
        return
    is_over = Event()
    told: list[Share] = [ignore_share]

    def tell(share: float) -> None:
        if is_over.is_set():
            raise _NobodyWaitsError
        told[-1](share)

    with ThreadPoolExecutor(1, "in-parallel") as thread:
        made = thread.submit(make, tell)

        def wait(tell_here: Share) -> Result:
            told.append(tell_here)
            return made.result()

        try:
            yield wait
        finally:
            is_over.set()
