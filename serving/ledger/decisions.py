"""Decisions, appended in bulk and never changed: what was decided about whom, from what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import RowMapping, select

from features.core.errors import LeadDataError
from features.store.schema import DECISION, decision
from features.store.store import Store, plain_columns
from features.store.writing.upsert import append

NUMBERED = pa.schema([pa.field("decision_id", pa.int64(), nullable=False), *DECISION])
"""Columns of decisions as they are read: with the number that the database gave."""

_NEWEST = (
    "(SELECT * FROM decision WHERE decision_id IN"
    " (SELECT max(decision_id) FROM decision GROUP BY lead_id)) AS newest"
)

_OPEN = (
    "(SELECT decision.* FROM decision JOIN standing"
    " ON standing.decision_id = decision.decision_id WHERE standing.ended IS NULL) AS still_open"
)


def write_decisions(store: Store, decisions: pa.Table) -> None:
    """Append decisions in one transaction.

    Parameters
    ----------
    decisions : pyarrow.Table
        Columns of :data:`features.store.schema.DECISION`, in any order.

    Raises
    ------
    LeadDataError
        If columns are missing.
    """
    missing = [name for name in DECISION.names if name not in decisions.column_names]
    if missing:
        msg = f"decisions need the columns {', '.join(DECISION.names)}; got none of "
        raise LeadDataError(msg + f"{', '.join(missing)}. Add them.")
    with store.bulk() as bulk:
        append(bulk, "decision", decisions.select(DECISION.names).cast(DECISION))
        bulk.commit()


def read_newest_decisions(store: Store) -> pa.Table:
    """The newest decision of each lead, by lead; columns of :data:`NUMBERED`."""
    with store.bulk() as bulk:
        return bulk.read(_NEWEST, NUMBERED, order_by=("lead_id",))


def read_open_decisions(store: Store) -> pa.Table:
    """The decision by which each open lead stands, by lead; columns of :data:`NUMBERED`."""
    with store.bulk() as bulk:
        return bulk.read(_OPEN, NUMBERED, order_by=("lead_id",))


def read_decisions_about(store: Store, lead_id: str) -> pa.Table:
    """All decisions about one lead, newest first; columns of :data:`NUMBERED`."""
    query = (
        select(*plain_columns(decision, NUMBERED))
        .where(decision.c.lead_id == lead_id)
        .order_by(decision.c.decision_id.desc())
    )
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return pa.Table.from_pylist(rows, NUMBERED)


def read_decisions_of(store: Store, run_id: str) -> pa.Table:
    """All decisions of one run, in the order in which they were written."""
    if not run_id.isalnum():  # it goes into the query as text
        msg = f"a run's id must be letters and digits; got {run_id!r}. Take one from the runs."
        raise LeadDataError(msg)
    with store.bulk() as bulk:
        return bulk.read(
            "decision", NUMBERED, where=f"run_id = '{run_id}'", order_by=("decision_id",)
        )


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
    """Read the newest decisions about a lead, newest first.

    Parameters
    ----------
    store : Store
    lead_id : str
    limit : int
        Most decisions to read.
    """
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
