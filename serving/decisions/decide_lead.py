"""One lead from stored rows to a decision of the ledger and what follows from it.

The same snapshot, the same :func:`serving.decisions.decide.decide` and the same life cycle as a
batch; here in the transaction that stored what was new, so that an event and its consequences are
one step.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select

from features.core.clock import CLOCKS_APART, from_second, to_second
from features.core.errors import LeadDataError
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_lead_snapshot, take_snapshot
from features.store.arrivals import LIVE_RUN
from features.store.schema import decision, lead_state
from serving.decisions.decide import decide, decision_table
from serving.decisions.hand_over import Decided, follow
from serving.decisions.in_force.apply import InForce
from serving.decisions.life_cycle import LifeCycleSteps
from serving.ledger.leads.lead_state import refresh_within
from serving.ledger.leads.read_one import read_rows, read_with_colleagues
from training.dataset.snapshot_grid import UNDATED_AS_OF


@dataclass(frozen=True, kw_only=True)
class Made:
    """A decision just made, and what followed."""

    decision_id: int
    lead_id: str
    as_of: datetime
    probability: float | None
    qualification: str
    steps: LifeCycleSteps


def look_at_lead(
    connection: Connection,
    lead_id: str,
    *,
    in_force: InForce,
    as_of: int | None,
    now: int,
    at_least: int = 0,
) -> Snapshot | None:
    """The snapshot of one stored lead; None if there is no such lead.

    Parameters
    ----------
    connection : Connection
        On which the lead is read.
    lead_id : str
        Of a stored lead.
    in_force : InForce
        What is in force.
    as_of : int or None
        Second from which to look; None: one second after the newest thing known of the lead.
    now : int
        The present second: what lies ahead of it, such as a booking, is not known yet.
    at_least : int
        The instant is not before this second.
    """
    rows = read_rows(connection, lead_id)
    if rows is None:
        return None
    second = max(rows.newest_by(now + CLOCKS_APART) + 1, at_least) if as_of is None else as_of
    if not in_force.definition.dated:
        second = UNDATED_AS_OF
    account = in_force.definition.judged_account
    if account is None:
        return take_lead_snapshot(
            rows, in_force.definition, catalogue=in_force.catalogue, as_of=second
        )
    tables = read_with_colleagues(connection, lead_id, account)
    history = History.from_tables(tables, in_force.definition)
    place = np.flatnonzero(history.lead_ids == lead_id)
    return take_snapshot(history, in_force.catalogue, Moments.of(place, [second]))


def decide_lead(
    connection: Connection, lead_id: str, *, in_force: InForce, now: datetime, at_least: int = 0
) -> Made:
    """Decide about a stored lead, keep the decision, and open the hand-over that follows.

    Parameters
    ----------
    connection : Connection
        Its transaction holds the lock of the lead states; the caller commits it.
    lead_id : str
        Of a stored lead.
    in_force : InForce
        The definition and the release that decide.
    now : datetime
        Present instant, kept as the time of the decision.
    at_least : int
        Earliest instant to look from, in seconds since 1970 UTC. The instant of the decision before
        raises it, unless that one lies ahead of the clock.

    Raises
    ------
    LeadDataError
        If there is no such lead.
    """
    before = connection.scalar(select(lead_state.c.as_of).where(lead_state.c.lead_id == lead_id))
    second = to_second(now)
    last = 0 if before is None else min(to_second(before), second + CLOCKS_APART)
    snapshot = look_at_lead(
        connection,
        lead_id,
        in_force=in_force,
        as_of=None,
        now=second,
        at_least=max(at_least, last),
    )
    if snapshot is None:
        msg = "a decision is about a lead of the store; got one that is none. Send the lead first."
        raise LeadDataError(msg)
    decisions = decide(snapshot, definition=in_force.definition, release=in_force.release)
    lead_ids = np.full(int(snapshot.moments.lead[0]) + 1, lead_id, dtype=object)
    table = decision_table(
        decisions,
        lead_ids,
        definition_version=in_force.definition_version,
        decided_at=to_second(now),
        run_id=LIVE_RUN,
    )
    (row,) = table.to_pylist()
    as_of = from_second(row["as_of"])
    values = {**row, "as_of": as_of, "decided_at": now}
    made = connection.execute(insert(decision).values(**values).returning(decision.c.decision_id))
    decision_id = int(made.scalar_one())
    refresh_within(connection, in_force.definition, lead_id)
    decided = Decided(
        definition=in_force.definition,
        definition_version=in_force.definition_version,
        release_id=in_force.release_id,
        as_of=as_of,
        handed_over_at=max(now, as_of),
        seed=in_force.seed,
        lead_id=lead_id,
    )
    steps = follow(connection, decided)
    return Made(
        decision_id=decision_id,
        lead_id=lead_id,
        as_of=as_of,
        probability=row["probability"],
        qualification=row["qualification"],
        steps=steps,
    )


def read_made(connection: Connection, made: Made) -> dict[str, Any]:
    """What a `StepAnswer` holds."""
    # During a trial the lead stands as its own judge says, which need not be the model.
    state = connection.execute(
        select(lead_state.c.cycle, lead_state.c.qualification).where(
            lead_state.c.lead_id == made.lead_id
        )
    ).one()
    return {
        "decision_id": made.decision_id,
        "lead_id": made.lead_id,
        "as_of": made.as_of.isoformat(),
        "probability": made.probability,
        "qualification": state.qualification,
        "handed_over": bool(made.steps.opened),
        "cycle": state.cycle,
        "risen": bool(made.steps.risen),
        "waiting": bool(made.steps.waiting),
    }
