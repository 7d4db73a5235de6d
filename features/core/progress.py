"""The steps of long work: told while they run, recorded when they end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

Progress = Callable[[str, int, int], None]
"""Told the step's name, how much of it is done, and of how much."""

Share = Callable[[float], None]
"""Told what share of one step is done, 0 to 1."""

PARTS = 100
"""Parts into which the progress of a step is divided."""


def ignore_progress(step: str, done: int, total: int) -> None:
    """Take no notice of progress.

    Parameters
    ----------
    step : str
        Name of the step.
    done, total : int
        How many of the step's parts are done, and how many there are.
    """


def ignore_share(share: float) -> None:
    """Take no notice of a share that is done."""


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """One finished step of a retrain."""

    name: str
    seconds: float
    reused: bool = False


@dataclass
class Steps:
    """Measures each step and tells of it."""

    told: Progress = ignore_progress
    done: list[StepRecord] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Share]:
        """A step for the length of a block, which may tell what share of it is done."""
        self.told(name, 0, PARTS)
        began = time.monotonic()
        yield lambda share: self.told(name, round(share * PARTS), PARTS)
        self.told(name, PARTS, PARTS)
        self.done.append(StepRecord(name=name, seconds=time.monotonic() - began))

    def mark_reused(self) -> None:
        """Say of the last step that an earlier run had finished it."""
        self.done[-1] = replace(self.done[-1], reused=True)
