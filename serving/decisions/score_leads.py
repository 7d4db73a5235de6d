"""Score every open lead: tables -> history -> snapshot -> decisions -> ledger -> hand-overs.

The default moment is that up to which the tables reach: yesterday's export is scored as of
yesterday, not as of a today about which nothing is known. A daily run passes ``now``, so that time
passing is counted; nothing is scored from a moment that has not come.

A look back (more than a day before what was decided already) writes nothing: nobody can be handed
over in the past, and what stands in the ledger is what was decided at the time.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.core.clock import CLOCKS_APART, DAY, from_second, to_second
from features.core.errors import LeadDataError, Refusal
from features.core.progress import PARTS, Progress, ignore_progress
from features.data_clock import DataClock, clock_of, read_clock
from features.definition import LeadDefinition
from features.distributed.dask import on_cluster
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import EVENT, FACT, LeadTables
from features.store.runs import running
from serving.decisions.decide import Decisions, decide, decision_table
from serving.decisions.hand_over import Decided, follow
from serving.decisions.in_force.apply import (
    InForce,
    catalogue_of,
    in_force_at,
    in_force_now,
    keep_in_force,
    load_champion,
)
from serving.decisions.life_cycle import LifeCycleSteps
from serving.decisions.scoring_runs import ScoringDetail, keep_detail
from serving.decisions.suspension import Suspension, find_suspension, keep_suspension
from serving.ledger.decisions import read_decisions_of, write_decisions
from serving.ledger.leads.lead_state import lock_standings, newest_as_of, refresh_within
from serving.workspace.workspace import Workspace
from training.dataset.snapshot_grid import UNDATED_AS_OF, known_end

PREDICTION_COLUMNS = (
    "lead_id",
    "as_of",
    "probability",
    "qualification",
    "rulebook_points",
    "rulebook_qualification",
    "release_id",
)
"""Columns of the file that ``awase score`` writes, in order."""

SCORE = "decide about open leads"
"""The step that progress is told of, in hundredths of the time it takes on the demo."""


class NoOpenLeads(LeadDataError):
    """There is nobody to score."""


@dataclass(frozen=True, kw_only=True)
class ScoringRun:
    """One scoring run: when from, by what, and the decisions as the ledger holds them.

    Attributes
    ----------
    run_id : str or None
        None for a look back, which is no run and is written nowhere.
    steps : LifeCycleSteps or None
        Hand-overs that followed, and who waits; None where none were to follow.
    clock : DataClock
        How far the tables reached.
    suspended : Suspension or None
        Why a champion did not decide.
    """

    run_id: str | None
    as_of: int
    release_id: str | None
    decisions: pa.Table
    steps: LifeCycleSteps | None
    clock: DataClock
    suspended: Suspension | None = None

    @property
    def looks_back(self) -> bool:
        """Whether the moment lies before what was decided already."""
        return self.run_id is None

    @property
    def predictions(self) -> pa.Table:
        """The decisions as they are handed out: without feature vectors, times with their zone."""
        as_of = self.decisions.column("as_of").cast(pa.timestamp("s", tz="UTC"))
        position = self.decisions.column_names.index("as_of")
        return self.decisions.set_column(position, "as_of", as_of).select(PREDICTION_COLUMNS)

    @property
    def most_likely(self) -> str:
        """The lead with the highest probability; the most rulebook points without a release."""
        by = "rulebook_points" if self.release_id is None else "probability"
        first = int(np.argmax(self.decisions.column(by).to_numpy()))
        return str(self.decisions.column("lead_id")[first])


def score_leads(
    workspace: Workspace,
    as_of: int | None = None,
    *,
    hand_over: bool = True,
    cluster: str | None = None,
    progress: Progress = ignore_progress,
) -> ScoringRun:
    """Decide about every open lead and write the decisions to the ledger, unless it looks back.

    Parameters
    ----------
    workspace : Workspace
    as_of : int, optional
        Instant to look from, in seconds since 1970 UTC, under the agreement of that instant. Unless
        given, the second up to which the tables reach, under the agreement of today, however old
        the tables are.
    hand_over : bool
        Whether hand-overs follow. Without them, Awase runs beside whatever hands leads over today.
    cluster : str, optional
        Address of a Dask scheduler whose workers take the snapshots and see the workspace.
    progress : callable
        Told how far it is.

    Raises
    ------
    Refusal
        If the moment has not come.
    LeadDataError
        If there is no lead to score, or the champion's folder is damaged.
    LockHeld
        If another run is at work on the store.
    """
    refuse_ahead(as_of)
    store = workspace.store()
    if looks_back(workspace, store, as_of):
        return _look_back(workspace, store, as_of, cluster=cluster, progress=progress)
    with running(store, "score") as run_id:
        in_force = in_force_now(workspace, store)
        if as_of is not None:
            in_force = in_force_at(workspace, store, from_second(as_of), champion=in_force.release)
            keep_in_force(workspace, store, in_force)
        scored = _score(workspace, store, in_force, as_of, cluster=cluster, progress=progress)
        if scored.suspension is not None:
            keep_suspension(store, scored.suspension)
        version = in_force.definition_version
        write_decisions(store, scored.table(version, run_id))
        progress(SCORE, 85, PARTS)
        decided = Decided(
            definition=in_force.definition,
            definition_version=version,
            release_id=scored.decisions.release_id,
            as_of=from_second(scored.moment),
            handed_over_at=from_second(scored.moment),
            seed=workspace.seed,
        )
        steps = _follow(store, decided, hand_over=hand_over)
        written = read_decisions_of(store, run_id)
        progress(SCORE, PARTS, PARTS)
    n_handed_over = 0 if steps is None else len(steps.opened)
    detail = ScoringDetail(as_of=scored.moment, n_leads=len(written), n_handed_over=n_handed_over)
    keep_detail(store, run_id, detail)
    return scored.run(written, run_id=run_id, steps=steps)


def looks_back(workspace: Workspace, store: Store, as_of: int | None) -> bool:
    """Whether a scoring would look from more than a day before what was decided already.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    as_of : int or None
        Second to look from; None for the one up to which the tables reach.
    """
    with store.engine.connect() as connection:
        newest = newest_as_of(connection)
    definition = workspace.in_force(store=store).definition
    if newest is None or not definition.dated:
        return False
    moment = read_clock(store, definition).reach if as_of is None else as_of
    return moment + DAY < to_second(newest)


def _look_back(
    workspace: Workspace,
    store: Store,
    as_of: int | None,
    *,
    cluster: str | None,
    progress: Progress,
) -> ScoringRun:
    """Decide as of a moment that has passed, and write nothing."""
    at = datetime.now(UTC) if as_of is None else from_second(as_of)
    in_force = in_force_at(workspace, store, at, champion=load_champion(store, workspace))
    scored = _score(workspace, store, in_force, as_of, cluster=cluster, progress=progress)
    progress(SCORE, PARTS, PARTS)
    table = scored.table(in_force.definition_version, run_id=None)
    return scored.run(table, run_id=None, steps=None)


@dataclass(frozen=True, kw_only=True)
class _Scored:
    """Decisions about every open lead, written nowhere yet."""

    decisions: Decisions
    lead_ids: npt.NDArray[np.object_]
    moment: int
    clock: DataClock
    suspension: Suspension | None

    def table(self, version: str, run_id: str | None) -> pa.Table:
        """Lay them out as the ledger keeps them."""
        return decision_table(
            self.decisions,
            self.lead_ids,
            definition_version=version,
            decided_at=to_second(datetime.now(UTC)),
            run_id=run_id,
        )

    def run(
        self, decisions: pa.Table, *, run_id: str | None, steps: LifeCycleSteps | None
    ) -> ScoringRun:
        """Give the run that they make."""
        found = self.suspension
        return ScoringRun(
            run_id=run_id,
            as_of=self.moment,
            release_id=self.decisions.release_id,
            decisions=decisions,
            steps=steps,
            suspended=None if found is None or found.is_lifted else found,
            clock=self.clock,
        )


def _score(
    workspace: Workspace,
    store: Store,
    in_force: InForce,
    as_of: int | None,
    *,
    cluster: str | None,
    progress: Progress,
) -> _Scored:
    definition, release = in_force.definition, in_force.release
    progress(SCORE, 0, PARTS)
    tables = store.read_narrow_tables()
    progress(SCORE, 10, PARTS)
    clock = clock_of(tables, definition, known_until=known_until(store))
    moment = _moment(clock, definition, as_of)
    history = History.from_tables(tables, definition)
    looked_back: AbstractContextManager[tuple[History, object]] = nullcontext((history, None))
    if cluster is not None:
        looked_back = on_cluster(
            cluster, history, tables, definition=definition, shared=workspace.folder
        )
    with looked_back as (where, _):
        # The index, and what was laid out for the workers, hold what is needed of events and facts,
        # and they are most of the memory.
        tables = replace(tables, event=EVENT.empty_table(), fact=FACT.empty_table())
        pa.default_memory_pool().release_unused()
        progress(SCORE, 15, PARTS)
        suspension = None
        if release is not None:
            suspension = find_suspension(
                release,
                known_end(tables, history, definition),
                history=history,
                definition=definition,
                as_of=moment,
            )
            release = release if suspension.is_lifted else None
        moments = open_leads(tables, history, definition, as_of=moment)
        snapshot = take_snapshot(where, catalogue_of(release, definition), moments)
    progress(SCORE, 20, PARTS)
    decisions = decide(snapshot, definition=definition, release=release)
    progress(SCORE, 80, PARTS)
    return _Scored(
        decisions=decisions,
        lead_ids=history.lead_ids,
        moment=moment,
        clock=clock,
        suspension=suspension,
    )


def refuse_ahead(as_of: int | None) -> None:
    """Refuse to look from a moment that has not come.

    From there every lead has been silent for long, and all later scores would look back.

    Parameters
    ----------
    as_of : int or None
        Second; clocks may differ by ``CLOCKS_APART``.

    Raises
    ------
    Refusal
        If it lies further ahead.
    """
    now = to_second(datetime.now(UTC))
    if as_of is not None and as_of > now + CLOCKS_APART:
        msg = (
            "leads are looked at from a moment that has come; got "
            f"{from_second(as_of):%Y-%m-%d %H:%M} UTC, where it is "
            f"{from_second(now):%Y-%m-%d %H:%M} UTC now. Give --as-of now, or an earlier instant."
        )
        raise Refusal(msg)


def open_leads(
    tables: LeadTables, history: History, definition: LeadDefinition, *, as_of: int
) -> Moments:
    """Take one moment for every lead created before an instant and not known to have ended by it.

    Where leads are looked at from an event on, those without it are not there to be scored yet.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    definition : LeadDefinition
    as_of : int
        The instant, in seconds since 1970 UTC.

    Raises
    ------
    NoOpenLeads
        If there is none.
    """
    is_open = history.begun(as_of) & (known_end(tables, history, definition) >= as_of)
    if not definition.dated:
        # Without dates nobody knows who was open when: every lead is scored.
        is_open[:] = True
    leads = np.flatnonzero(is_open)
    if not len(leads):
        msg = (
            f"scoring needs open leads; got {history.n_leads} leads, none of them open at the "
            "instant asked for. Import leads, or choose another --as-of."
        )
        raise NoOpenLeads(msg)
    return Moments.of(leads, np.full(len(leads), as_of))


def _moment(clock: DataClock, definition: LeadDefinition, as_of: int | None) -> int:
    if not definition.dated:
        return UNDATED_AS_OF
    return clock.reach if as_of is None else as_of


def _follow(store: Store, decided: Decided, *, hand_over: bool) -> LifeCycleSteps | None:
    """Refresh the lead states and open the hand-overs that follow, in one transaction."""
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        before = newest_as_of(connection)
        refresh_within(connection, decided.definition)
        # Another run may have decided as of a later moment meanwhile.
        is_past = before is not None and decided.as_of + timedelta(seconds=DAY) < before
        steps = follow(connection, decided) if hand_over and not is_past else None
        connection.commit()
    return steps
