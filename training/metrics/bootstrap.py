"""Intervals of figures made of sums, by drawing accounts (or leads) again with replacement.

Why groups are counted by pattern: in a replay most accounts look alike (one lead, handed over by
both, no outcome). Drawing ``n_groups`` groups with replacement is the same as drawing how often
each *distinct* row of sums comes up, a multinomial over a few dozen patterns instead of over ten
thousand accounts. The distribution is exactly that of the ordinary bootstrap. Where hardly two
groups are alike (sums of probabilities, of losses), groups are drawn themselves: a multinomial over
ten thousand patterns took six times as long.
"""

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.estimate import INTERVAL_SHARE
from training.results.records import Measured

REPEATS = 2000
"""Repetitions: the ends of a 95 % interval then wobble by about a tenth of its half-width."""

MOST_UNDEFINED = 0.05
"""Share of repetitions in which a figure may be undefined (0 / 0) before it has no interval."""

MOST_ALIKE = 0.1
"""Patterns per group from which counting patterns is slower than drawing groups."""

CELLS_AT_ONCE = 8_000_000
"""Counts held in memory at a time: 64 MB."""

DRAWS_AT_ONCE = 250_000
"""Groups that one call draws: 2 MB; the call itself takes as long as a thousand of them."""


def sums_by_group(group: IntArray, columns: FloatArray) -> FloatArray:
    """Sums of columns within each group.

    Parameters
    ----------
    group : ndarray of shape (n,)
        Any integers; equal ones are drawn together.
    columns : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n_groups, k)
    """
    _, position = np.unique(group, return_inverse=True)
    size = int(position.max(initial=-1)) + 1
    return np.column_stack(
        [np.bincount(position, weights=column, minlength=size) for column in columns.T]
    )


def resampled_sums(group_sums: FloatArray, seed: int, *, repeats: int = REPEATS) -> FloatArray:
    """Sum columns over groups drawn with replacement.

    Parameters
    ----------
    group_sums : ndarray of shape (n_groups, k)
        From :func:`sums_by_group`.
    seed : int
    repeats : int
        How many draws.

    Returns
    -------
    ndarray of shape (repeats, k)
    """
    n_groups = len(group_sums)
    if n_groups == 0:
        return np.zeros((repeats, group_sums.shape[1]))
    patterns, counts = _alike(group_sums)
    generator = np.random.default_rng(seed)
    if len(patterns) > MOST_ALIKE * n_groups:
        blocks = _blocks(repeats, DRAWS_AT_ONCE // n_groups)
        draws = chain.from_iterable(generator.integers(0, n_groups, (n, n_groups)) for n in blocks)
        counted = (np.bincount(draw, minlength=n_groups).astype(np.float64) for draw in draws)
        return np.stack([count @ group_sums for count in counted])
    share = counts / n_groups
    blocks = _blocks(repeats, CELLS_AT_ONCE // len(patterns))
    return np.concatenate([generator.multinomial(n_groups, share, n) @ patterns for n in blocks])


def _blocks(repeats: int, at_once: int) -> Iterator[int]:
    """Sizes of consecutive blocks; drawn one after the other they are the same draws as one."""
    at_once = max(at_once, 1)
    return (min(at_once, repeats - start) for start in range(0, repeats, at_once))


def _alike(group_sums: FloatArray) -> tuple[FloatArray, IntArray]:
    """Rows that differ, ascending, and how many there are of each.

    Column by column, as ``np.unique`` of rows compares them whole, in ten times the time.
    """
    rows = group_sums[np.lexsort(group_sums.T[::-1])]
    first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    return rows[first], np.diff(np.append(first, len(rows)))


def measured(
    statistic: Callable[[FloatArray], FloatArray], observed: FloatArray, drawn: FloatArray
) -> Measured | None:
    """A figure computed from sums, with its interval; None where it is undefined (0 / 0).

    Parameters
    ----------
    statistic : callable
        From sums of shape (n, k) to figures of shape (n,).
    observed : ndarray of shape (k,)
    drawn : ndarray of shape (repeats, k)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(observed[None, :])[0])
        repeated = statistic(drawn)
    if not np.isfinite(value):
        return None
    defined = repeated[np.isfinite(repeated)]
    if len(defined) < (1 - MOST_UNDEFINED) * len(repeated):
        return Measured(value=value)
    tail = (1 - INTERVAL_SHARE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Measured(value=value, low=float(low), high=float(high))
