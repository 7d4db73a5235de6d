"""Every hand-over with what followed from it, as far as that was known at an instant.

What happens to a lead belongs to the newest hand-over before it, until the next one: an answer to
the second hand-over does not answer the first. The newest verdict counts, since sales may change
their mind; of everything else the first time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.history import History
from features.store.lead_tables import LeadTables
from features.store.schema.columns import HANDED_OVER_BY, QUALIFICATIONS, STAGES
from features.timeline.codes import ABSENT, codes_of
from features.timeline.time_index import END_OF_TIME, probes

NEVER = END_OF_TIME
"""Later than any instant: it has not happened."""

ACCEPTED, RETURNED, OPPORTUNITY, WON, _LOST = range(len(STAGES))
UNANSWERED = -1
NOT_SAID, NO, YES = -1, 0, 1

SmallArray = npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Journeys:
    """Hand-overs sorted by lead, then time; every array has shape (n,), times are seconds.

    Attributes
    ----------
    lead : ndarray
        Position in ``History.lead_ids``.
    qualification, by : ndarray
        Positions in ``QUALIFICATIONS`` and ``HANDED_OVER_BY``.
    verdict : ndarray
        ``ACCEPTED``, ``RETURNED`` or ``UNANSWERED``.
    reason : ndarray of object
        Name of the verdict's reason, or None.
    easy : ndarray
        ``YES``, ``NO`` or ``NOT_SAID``: was it easy to act on.
    verdict_at, opportunity_at, won_at, acted_at : ndarray
        ``NEVER`` where it has not happened; ``acted_at`` is the first thing sales did, an answer
        with it.
    """

    lead: IntArray
    at: IntArray
    qualification: SmallArray
    by: SmallArray
    verdict: SmallArray
    verdict_at: IntArray
    reason: npt.NDArray[np.object_]
    easy: SmallArray
    opportunity_at: IntArray
    won_at: IntArray
    acted_at: IntArray

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: BoolArray | IntArray) -> "Journeys":
        """The hand-overs of a mask or of positions."""
        return Journeys(**{name: array[rows] for name, array in vars(self).items()})

    def handed_over_in(self, start: int, end: int) -> "Journeys":
        """Those handed over in ``[start, end)``."""
        return self.take((self.at >= start) & (self.at < end))

    @property
    def accepted(self) -> BoolArray:
        """Whether sales accepted."""
        return self.verdict == ACCEPTED

    @property
    def returned(self) -> BoolArray:
        """Whether sales returned it."""
        return self.verdict == RETURNED


def follow(tables: LeadTables, history: History, *, known_before: int) -> Journeys:
    """Hand-overs before an instant with what was known of them then.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    known_before : int
        Seconds since 1970 UTC.
    """
    lead_ids = pa.array(history.lead_ids, pa.string())
    handed = tables.hand_over.filter(pc.field("handed_over_at") < known_before)
    lead = codes_of(_flat(handed, "lead_id"), lead_ids).astype(np.int64)
    at = handed.column("handed_over_at").to_numpy()
    order = np.lexsort((at, lead))
    order = order[lead[order] != ABSENT]
    lead, at = lead[order], at[order]
    cycles = _Cycles(keys=probes(lead, at), lead=lead)
    known = (pc.field("known_at") < known_before) & (pc.field("occurred_at") < known_before)
    outcome = tables.outcome.filter(known)
    cycle = cycles.of(codes_of(_flat(outcome, "lead_id"), lead_ids), _seconds(outcome))
    stage = codes_of(_flat(outcome, "stage"), STAGES)
    verdicts = _newest_verdicts(outcome, cycle, stage, n=len(lead))
    worked = tables.event.filter((pc.field("actor") == "sales") & known)
    worked_cycle = cycles.of(codes_of(_flat(worked, "lead_id"), lead_ids), _seconds(worked))
    acted_at = np.minimum(
        _first(worked_cycle, _seconds(worked), len(lead)),
        _first(cycle, _seconds(outcome), len(lead)),
    )
    return Journeys(
        lead=lead,
        at=at,
        qualification=codes_of(_flat(handed, "qualification"), QUALIFICATIONS)[order].astype("i1"),
        by=codes_of(_flat(handed, "by"), HANDED_OVER_BY)[order].astype("i1"),
        opportunity_at=_first(
            np.where(stage == OPPORTUNITY, cycle, ABSENT), _seconds(outcome), len(lead)
        ),
        won_at=_first(np.where(stage == WON, cycle, ABSENT), _seconds(outcome), len(lead)),
        acted_at=acted_at,
        **verdicts,
    )


@dataclass(frozen=True, kw_only=True)
class _Cycles:
    """Hand-overs to which later things belong."""

    keys: IntArray
    lead: IntArray

    def of(self, lead: npt.NDArray[np.integer], at: IntArray) -> IntArray:
        """Position of the newest hand-over of a lead up to a time; ``ABSENT`` before its first."""
        place = np.searchsorted(self.keys, probes(lead.astype(np.int64), at), side="right") - 1
        belongs = (place >= 0) & (lead != ABSENT)
        belongs[belongs] = self.lead[place[belongs]] == lead[belongs]
        return np.where(belongs, place, ABSENT)


def _first(cycle: IntArray, at: IntArray, n: int) -> IntArray:
    first = np.full(n, NEVER, dtype=np.int64)
    belongs = cycle != ABSENT
    np.minimum.at(first, cycle[belongs], at[belongs])
    return first


def _newest_verdicts(
    outcome: pa.Table, cycle: IntArray, stage: npt.NDArray[np.int32], *, n: int
) -> dict[str, Any]:
    at = _seconds(outcome)
    rows = np.flatnonzero((cycle != ABSENT) & ((stage == ACCEPTED) | (stage == RETURNED)))
    # Written in order of time: the last one written for a hand-over stays.
    rows = rows[np.argsort(at[rows], kind="stable")]
    verdict = np.full(n, UNANSWERED, dtype=np.int8)
    verdict_at = np.full(n, NEVER, dtype=np.int64)
    reason = np.full(n, None, dtype=object)
    easy = np.full(n, NOT_SAID, dtype=np.int8)
    said = pc.fill_null(outcome.column("easy_to_act_on").cast(pa.int8()), NOT_SAID).to_numpy()
    reasons = _flat(outcome, "reason").to_numpy(zero_copy_only=False)
    verdict[cycle[rows]] = stage[rows]
    verdict_at[cycle[rows]] = at[rows]
    reason[cycle[rows]] = reasons[rows]
    easy[cycle[rows]] = said[rows]
    return {"verdict": verdict, "verdict_at": verdict_at, "reason": reason, "easy": easy}


def _flat(table: pa.Table, column: str) -> pa.Array:
    return table.column(column).combine_chunks()


def _seconds(table: pa.Table) -> IntArray:
    return table.column("occurred_at").to_numpy()
