"""What cut-offs were chosen from, small enough to travel with a release.

Cut-offs count leads by their first crossing, so only snapshots that can be one matter: those more
probable than every one of their lead's before. They are kept among all snapshots, among the matured
ones (precision) and among those of the newest quarter (volume); every cut-off chosen from the rest
is the same, to the last bit. So an agreement can change its cut-offs at any time, without the
tables and without learning anything again.

Leads are running numbers, without ids.
"""

import io
from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray
from features.core.errors import LeadDataError
from training.cutoffs.choose import volume_start
from training.results.scored import ScoredSnapshots

PAST = "past.npy"
"""Name of the file, in a release and in its tested part."""

LOOKS = "looks.npy"
"""Name of the file with the days of the test, in the tested part."""

_ROW = np.dtype(
    [
        ("lead", "<i4"),
        ("group", "<i4"),
        ("as_of", "<i8"),
        ("probability", "<f8"),
        ("converted", "?"),
        ("matured", "?"),
    ]
)
WEIGHT = "weight"
_WEIGHTED_ROW = np.dtype([*_ROW.descr, (WEIGHT, "<f8")])


@dataclass(frozen=True, kw_only=True)
class ReleasePast:
    """What the cut-offs of both fits of a release were chosen from, thinned."""

    shipped: ScoredSnapshots
    tested: ScoredSnapshots


def thin_sample(scored: ScoredSnapshots) -> ScoredSnapshots:
    """Only the snapshots that decide about cut-offs; they keep their order.

    Parameters
    ----------
    scored : ScoredSnapshots
        Sorted by lead, then time.
    """
    if not len(scored):
        return scored
    everything = np.ones(len(scored), dtype=np.bool_)
    kept = _rises(scored, everything) | _rises(scored, scored.matured)
    kept |= _rises(scored, scored.as_of >= volume_start(scored.as_of))
    # The length of the past is read from its ends.
    kept[[int(scored.as_of.argmin()), int(scored.as_of.argmax())]] = True
    return scored.take(kept)


def to_bytes(scored: ScoredSnapshots) -> bytes:
    """The snapshots as one numpy file without pickle: the same ones always give the same bytes."""
    kind = _ROW if scored.weight is None else _WEIGHTED_ROW
    rows = np.empty(len(scored), dtype=kind)
    for name in kind.names or ():
        rows[name] = getattr(scored, name)
    written = io.BytesIO()
    np.save(written, rows, allow_pickle=False)
    return written.getvalue()


def from_bytes(content: bytes) -> ScoredSnapshots:
    """What :func:`to_bytes` wrote.

    Raises
    ------
    LeadDataError
        If it is something else.
    """
    try:
        rows = np.load(io.BytesIO(content), allow_pickle=False)
        return ScoredSnapshots(
            probability=rows["probability"].copy(),
            converted=rows["converted"].copy(),
            matured=rows["matured"].copy(),
            lead=rows["lead"].copy(),
            group=rows["group"].astype(np.int64),
            as_of=rows["as_of"].copy(),
            weight=rows["weight"].copy() if WEIGHT in rows.dtype.names else None,
        )
    except (ValueError, IndexError, EOFError) as fault:
        msg = f"{PAST} must hold a release's past snapshots; got {fault}. Restore the release."
        raise LeadDataError(msg) from fault


def _rises(scored: ScoredSnapshots, among: BoolArray) -> BoolArray:
    """Whether a snapshot is more probable than every earlier one of its lead, among some."""
    rows = np.flatnonzero(among)
    rank = np.unique(scored.probability[rows], return_inverse=True)[1].astype(np.int64)
    lead = scored.lead[rows]
    number = np.cumsum(np.diff(lead, prepend=-1) != 0)
    # Every lead's ranks lie above all ranks of the leads before it: one running maximum serves all.
    height = number * (len(rows) + 1) + rank
    highest_before = np.maximum.accumulate(np.concatenate(([-1], height[:-1])))
    rises = np.zeros(len(scored), dtype=np.bool_)
    rises[rows[height > highest_before]] = True
    return rises
