"""The decision about leads: one function for a batch, for one lead and for the API alike.

The model's qualification comes from the release's cut-offs, the rulebook's from its points; both
read the same row of the same snapshot. Where there is no champion yet, or its cut-offs are
suspended (:mod:`serving.decisions.suspension`), only the rulebook speaks: the qualification is then
the rulebook's and the probability is absent, never invented.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.core.arrays import FloatArray
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.rulebook import Judgement, judge
from features.snapshot import Snapshot
from features.store.schema import DECISION
from training.model.release import Release


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What was decided for each row of a snapshot; every array has shape (n_snapshots,).

    Attributes
    ----------
    probability : ndarray
        Calibrated probability of the outcome within the horizon; NaN without a release.
    qualification, rulebook_qualification : ndarray
        Values of :class:`~features.core.qualification.Qualification`.
    rulebook_points : ndarray
        The rulebook's own unit; never added to the model's points.
    release_id : str or None
        The release that decided; None where only the rulebook did.
    learned : Judgement or None
        What the third judge of a trial says; None unless one is agreed.
    """

    snapshot: Snapshot
    probability: FloatArray
    qualification: npt.NDArray[np.int8]
    rulebook_points: FloatArray
    rulebook_qualification: npt.NDArray[np.int8]
    release_id: str | None
    learned: Judgement | None = None

    def __len__(self) -> int:
        return len(self.probability)


def decide(snapshot: Snapshot, *, definition: LeadDefinition, release: Release | None) -> Decisions:
    """Qualify every row of a snapshot by the release and by the rulebook.

    Parameters
    ----------
    snapshot : Snapshot
        Taken with the release's own catalogue.
    definition : LeadDefinition
        Holds the rulebook, and that of a trial's third arm.
    release : Release or None
        The champion, or None while there is none whose cut-offs are in force.
    """
    judgement = judge(snapshot, definition.rulebook)
    learned = definition.learned_rulebook
    if release is None:
        probability = np.full(len(snapshot.moments), np.nan)
        qualification = judgement.qualification
    else:
        probability = release.probability(snapshot.matrix)
        qualification = release.qualify(probability)
    return Decisions(
        snapshot=snapshot,
        probability=probability,
        qualification=qualification,
        rulebook_points=judgement.points,
        rulebook_qualification=judgement.qualification,
        release_id=None if release is None else release.release_id,
        learned=None if learned is None else judge(snapshot, learned),
    )


def decision_table(
    decisions: Decisions,
    lead_ids: npt.NDArray[np.object_],
    *,
    definition_version: str,
    decided_at: int,
    run_id: str | None,
) -> pa.Table:
    """Lay out decisions as rows of the ledger, feature vectors included.

    Parameters
    ----------
    decisions : Decisions
    lead_ids : ndarray of shape (n_leads,)
        ``History.lead_ids`` of the snapshot.
    definition_version : str
        Version of the definition that was in force.
    decided_at : int
        When the decision was made, in seconds since 1970 UTC; may be long after ``as_of``.
    run_id : str or None
        The scoring run, or ``LIVE_RUN`` for a decision made by the API; None for a look back.
    """
    moments = decisions.snapshot.moments
    n = len(moments)
    return pa.table(
        {
            "lead_id": pa.array(lead_ids[moments.lead], pa.string()),
            "as_of": moments.as_of,
            "decided_at": np.full(n, decided_at, dtype=np.int64),
            "run_id": pa.repeat(pa.scalar(run_id, pa.string()), n),
            "definition_version": pa.repeat(pa.scalar(definition_version), n),
            "release_id": pa.array([decisions.release_id] * n, pa.string()),
            "probability": pa.array(decisions.probability, from_pandas=True),
            "qualification": qualification_names(decisions.qualification),
            "rulebook_points": decisions.rulebook_points,
            "rulebook_qualification": qualification_names(decisions.rulebook_qualification),
            "feature_vector": _bytes_of_rows(decisions.snapshot.matrix),
            **_learned_columns(decisions.learned, n),
        },
        schema=DECISION,
    )


def _bytes_of_rows(matrix: FloatArray) -> pa.ChunkedArray:
    """Rows as bytes, where they lie: a copy of each took twice the matrix again."""
    rows = np.ascontiguousarray(matrix, dtype="<f8")
    width = rows.shape[1] * rows.itemsize
    at_once = np.iinfo(np.int32).max // max(width, 1)  # what an offset can say
    pieces = (rows[begin : begin + at_once] for begin in range(0, len(rows), at_once))
    return pa.chunked_array(
        [
            pa.Array.from_buffers(
                pa.binary(),
                len(piece),
                [
                    None,
                    pa.py_buffer(np.arange(len(piece) + 1, dtype=np.int32) * np.int32(width)),
                    pa.py_buffer(piece),
                ],
            )
            for piece in pieces
        ],
        pa.binary(),
    )


def _learned_columns(learned: Judgement | None, n: int) -> dict[str, pa.Array]:
    if learned is None:
        points, names = pa.nulls(n, pa.float64()), pa.nulls(n, pa.string())
    else:
        points, names = pa.array(learned.points), qualification_names(learned.qualification)
    return {"learned_points": points, "learned_qualification": names}


def qualification_names(qualification: npt.NDArray[np.int8]) -> pa.Array:
    """Names of qualifications as the database and files keep them."""
    names = pa.array([q.name for q in Qualification], pa.string())
    return names.take(pa.array(qualification))
