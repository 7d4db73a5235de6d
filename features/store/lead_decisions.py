"""Decisions row by row: those on a page of the worklist, and one lead's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import RowMapping, select

from features.store.schema import decision
from features.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision of the ledger.

    Attributes
    ----------
    row : ndarray of shape (n_features,) or None
        The feature vector it was made from, in the order of the release's catalogue.
    """

    decision_id: int
    lead_id: str
    as_of: datetime
    decided_at: datetime
    definition_version: str
    release_id: str | None
    probability: float | None
    qualification: str
    rulebook_points: float
    rulebook_qualification: str
    row: npt.NDArray[np.float64] | None


def read_decisions(store: Store, decision_ids: Iterable[int]) -> dict[int, Decision]:
    """Decisions by their numbers; those that do not exist are left out."""
    query = select(decision).where(decision.c.decision_id.in_(list(decision_ids)))
    with store.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return {row["decision_id"]: _decision(row) for row in rows}


def read_lead_decisions(store: Store, lead_id: str, limit: int = 2) -> list[Decision]:
    """The newest decisions about a lead, newest first."""
    query = (
        select(decision)
        .where(decision.c.lead_id == lead_id)
        .order_by(decision.c.decision_id.desc())
        .limit(limit)
    )
    with store.engine.connect() as connection:
        return [_decision(row) for row in connection.execute(query).mappings()]


def _decision(row: RowMapping) -> Decision:
    names = [name for name in Decision.__dataclass_fields__ if name != "row"]
    vector = row["feature_vector"]
    return Decision(
        **{name: row[name] for name in names},
        row=None if vector is None else np.frombuffer(vector, dtype="<f8"),
    )
