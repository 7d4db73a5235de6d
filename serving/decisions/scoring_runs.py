"""Scoring runs: what each looked from, and how a wrong one is taken back.

A run whose instant was wrong would stand above all later ones: a lead's state is that of its
newest decision, and later runs compare with it. Taking it back removes its decisions and derives
the lead states from those that remain. Hand-overs stay: sales know of them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from features.core.clock import from_second, to_second
from features.core.errors import LeadDataError, Refusal
from features.core.json_records import from_json, to_json
from features.definition import LeadDefinition
from features.store import Store
from features.store.runs import Run, describe_run, list_runs, running
from features.store.schema import decision, hand_over
from serving.ledger.access.audit import write_audit
from serving.ledger.leads.lead_state import lock_standings, refresh_within

KIND = "score"
"""What a run of :func:`serving.decisions.score_leads.score_leads` is called."""

MOST_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class ScoringDetail:
    """What the ledger keeps of a scoring run.

    Attributes
    ----------
    as_of : int
        Second from which it looked.
    n_leads, n_handed_over : int
    undone_at : int or None
        Second at which it was taken back; ``undone_by`` says who did.
    """

    as_of: int
    n_leads: int
    n_handed_over: int
    undone_at: int | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A finished scoring run; without detail where it is older than these are kept."""

    run_id: str
    finished_at: datetime
    by: str
    detail: ScoringDetail | None


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What taking back a run did: decisions removed, hand-overs of its instant that stay."""

    run_id: str
    as_of: datetime
    n_decisions: int
    n_hand_overs: int


def keep_detail(store: Store, run_id: str, detail: ScoringDetail) -> None:
    """Keep from which instant a finished run looked, and how many leads it scored.

    Parameters
    ----------
    store : Store
    run_id : str
    detail : ScoringDetail
    """
    describe_run(store, run_id, to_json(detail))


def list_scoring_runs(store: Store, most: int = MOST_LISTED) -> tuple[ListedRun, ...]:
    """Finished scoring runs, newest first."""
    finished = [run for run in list_runs(store, kind=KIND) if run.state == "done"]
    return tuple(_listed(run) for run in finished[:most])


def undo_scoring(store: Store, definition: LeadDefinition, name: str, *, by: str) -> Undone:
    """Take back a scoring run: its decisions go, hand-overs stay.

    Parameters
    ----------
    store : Store
        Whose ledger holds the run.
    definition : LeadDefinition
        Says which attributes are owner and team, and which stages end a lead.
    name : str
        Id of the run, or a beginning that only one has.
    by : str
        Who takes it back; goes into the audit.

    Raises
    ------
    LeadDataError
        If no run, or several, are called so.
    Refusal
        If it was taken back before.
    LockHeld
        If another run is at work on the store.
    """
    run = _find(store, name)
    with running(store, "undo score"):
        undone = _take_back(store, definition, run.run_id, by=by)
    detail = ScoringDetail(
        as_of=to_second(undone.as_of),
        n_leads=undone.n_decisions,
        n_handed_over=undone.n_hand_overs,
        undone_at=to_second(datetime.now(UTC)),
        undone_by=by,
    )
    keep_detail(store, run.run_id, detail)
    return undone


def _take_back(store: Store, definition: LeadDefinition, run_id: str, *, by: str) -> Undone:
    """Remove a run's decisions and refresh the lead states, in one transaction."""
    mine = decision.c.run_id == run_id
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        counted = select(func.count(), func.max(decision.c.as_of, type_=decision.c.as_of.type))
        n_decisions, as_of = connection.execute(counted.where(mine)).one()
        if not n_decisions:
            msg = (
                f"a run can be taken back once; got {run_id}, of which no decision is left. "
                "See `awase score --runs`."
            )
            raise Refusal(msg)
        of_instant = select(func.count()).where(hand_over.c.handed_over_at == as_of)
        n_hand_overs = connection.scalar(of_instant) or 0
        connection.execute(delete(decision).where(mine))
        refresh_within(connection, definition)
        write_audit(connection, by=by, action="score_undone", subject=run_id)
        connection.commit()
    return Undone(run_id=run_id, as_of=as_of, n_decisions=n_decisions, n_hand_overs=n_hand_overs)


def _find(store: Store, name: str) -> ListedRun:
    runs = [_listed(run) for run in list_runs(store, kind=KIND, limit=None) if run.state == "done"]
    found = [run for run in runs if run.run_id.startswith(name)]
    if len(found) != 1 or not name:
        known = ", ".join(run.run_id[:12] for run in runs[:3]) or "none yet"
        msg = (
            "a scoring run is named by its id or by a beginning only it has; got "
            f"{name!r}, which names {len(found)} of {len(runs)} (newest: {known}). "
            "See `awase score --runs`."
        )
        raise LeadDataError(msg)
    return found[0]


def _listed(run: Run) -> ListedRun:
    detail = None if run.detail is None else from_json(ScoringDetail, run.detail, run.run_id)
    return ListedRun(
        run_id=run.run_id,
        finished_at=run.finished_at or from_second(0),
        by=run.by,
        detail=detail,
    )
