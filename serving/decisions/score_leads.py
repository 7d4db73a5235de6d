"""Score every open lead: tables -> history -> snapshot -> decisions -> ledger -> hand-overs.

The default moment is that up to which the tables reach: yesterday's export is scored as of
yesterday, not as of a today about which nothing is known. A daily run passes ``now``, so that time
passing is counted; nothing is scored from a moment that has not come.

A look back (``as_of`` more than a day before what was decided already) is written to the ledger and
opens nothing: nobody can be handed over in the past.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import CLOCKS_APART, DAY, from_second, to_second
from features.core.errors import LeadDataError, Refusal
from features.data_clock import DataClock, clock_of
from features.definition import LeadDefinition
from features.distributed.dask import on_cluster
from features.families.category_levels import levels_in_rules
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from features.store.releases import read_champion
from features.store.runs import running
from serving.decisions.decide import Decisions, decide, decision_table
from serving.decisions.hand_over import Decided, follow
from serving.decisions.in_force.apply import judging_at, judging_now
from serving.decisions.life_cycle import LifeCycleSteps
from serving.decisions.scoring_runs import ScoringDetail, keep_detail
from serving.decisions.suspension import Suspension, check_suspension
from serving.ledger.decisions import read_decisions_of, write_decisions
from serving.ledger.leads.lead_state import lock_standings, newest_as_of, refresh_within
from serving.workspace.workspace import Workspace
from training.dataset.snapshot_grid import UNDATED_AS_OF, known_end
from training.model.release import Release, load_release

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


@dataclass(frozen=True, kw_only=True)
class ScoringRun:
    """One scoring run: when from, by what, and the decisions as the ledger holds them.

    Attributes
    ----------
    steps : LifeCycleSteps or None
        Hand-overs that followed, and who waits; None where the run only looked back.
    clock : DataClock
        How far the tables reached.
    suspended : Suspension or None
        Why a champion did not decide.
    """

    run_id: str
    as_of: int
    release_id: str | None
    decisions: pa.Table
    steps: LifeCycleSteps | None
    clock: DataClock
    suspended: Suspension | None = None

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
) -> ScoringRun:
    """Decide about every open lead and write the decisions to the ledger.

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
    with running(store, "score") as run_id:
        judging = judging_now(workspace, store)
        if as_of is not None and judging.agreed.definition.dated:
            judging = judging_at(workspace, store, from_second(as_of))
        definition, release = judging.agreed.definition, judging.release
        tables = store.read_tables()
        clock = clock_of(tables, definition, known_until=known_until(store))
        moment = _moment(clock, definition, as_of)
        history = History.from_tables(tables, definition)
        suspended = None
        if release is not None:
            suspended = check_suspension(
                store, release, history=history, definition=definition, as_of=moment
            )
            release = release if suspended is None else None
        moments = open_leads(tables, history, definition, as_of=moment)
        looked_back: AbstractContextManager[tuple[History, object]] = nullcontext((history, None))
        if cluster is not None:
            looked_back = on_cluster(
                cluster, history, tables, definition=definition, shared=workspace.folder
            )
        with looked_back as (where, _):
            snapshot = take_snapshot(where, catalogue_of(release, definition), moments)
        decisions = decide(snapshot, definition=definition, release=release)
        version = judging.agreed.version.version
        written = _write(store, decisions, history=history, version=version, run_id=run_id)
        decided = Decided(
            definition=definition,
            definition_version=version,
            release_id=decisions.release_id,
            as_of=from_second(moment),
            handed_over_at=from_second(moment),
            seed=workspace.seed,
        )
        steps = _follow(store, decided, hand_over=hand_over)
    n_handed_over = 0 if steps is None else len(steps.opened)
    detail = ScoringDetail(as_of=moment, n_leads=len(written), n_handed_over=n_handed_over)
    keep_detail(store, run_id, detail)
    return ScoringRun(
        run_id=run_id,
        as_of=moment,
        release_id=decisions.release_id,
        decisions=written,
        steps=steps,
        suspended=suspended,
        clock=clock,
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


def load_champion(store: Store, workspace: Workspace) -> Release | None:
    """The release in use, or None while there is none."""
    champion = read_champion(store)
    return None if champion is None else load_release(workspace.releases_dir / champion.release_id)


def open_leads(
    tables: LeadTables, history: History, definition: LeadDefinition, *, as_of: int
) -> Moments:
    """Take one moment for every lead created before an instant and not known to have ended by it.

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
    LeadDataError
        If there is none.
    """
    is_open = (history.created_at < as_of) & (known_end(tables, history, definition) >= as_of)
    if not definition.dated:
        # Without dates nobody knows who was open when: every lead is scored.
        is_open[:] = True
    leads = np.flatnonzero(is_open)
    if not len(leads):
        msg = (
            f"scoring needs open leads; got {history.n_leads} leads, none of them open at the "
            "instant asked for. Import leads, or choose another --as-of."
        )
        raise LeadDataError(msg)
    return Moments.of(leads, np.full(len(leads), as_of))


def catalogue_of(release: Release | None, definition: LeadDefinition) -> Catalogue:
    """The release's own columns; without a release those the rulebook needs."""
    if release is not None:
        return Catalogue.from_dict(release.fit.catalogue, definition)
    return build_catalogue(definition, levels_in_rules(definition))


def _moment(clock: DataClock, definition: LeadDefinition, as_of: int | None) -> int:
    if not definition.dated:
        return UNDATED_AS_OF
    return clock.reach if as_of is None else as_of


def _write(
    store: Store, decisions: Decisions, *, history: History, version: str, run_id: str
) -> pa.Table:
    write_decisions(
        store,
        decision_table(
            decisions,
            history.lead_ids,
            definition_version=version,
            decided_at=to_second(datetime.now(UTC)),
            run_id=run_id,
        ),
    )
    return read_decisions_of(store, run_id)


def _follow(store: Store, decided: Decided, *, hand_over: bool) -> LifeCycleSteps | None:
    """Refresh the lead states and open the hand-overs that follow, in one transaction."""
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        before = newest_as_of(connection)
        refresh_within(connection, decided.definition)
        looks_back = before is not None and decided.as_of + timedelta(seconds=DAY) < before
        steps = follow(connection, decided) if hand_over and not looks_back else None
        connection.commit()
    return steps
