"""How an import tells whoever waits for it how far it is."""

from collections.abc import Callable

OnStep = Callable[[str, int, int], None]
"""Told the step, how many parts of it are done, and of how many."""


def say_nothing(_step: str, _done: int, _total: int) -> None:
    """Take no notice."""
