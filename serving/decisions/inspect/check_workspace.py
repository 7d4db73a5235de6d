"""What the data of a workspace can and cannot support, before anything is trained."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import build_catalogue
from features.core.progress import PARTS, Progress, ignore_progress
from features.core.text import Text
from features.data_clock import DataClock, FutureRows, clock_of, outcomes_missing, settle_cutoff
from features.definition import LeadDefinition
from features.definition.targets import targets_beyond_capacity
from features.definition.terms import CapacityCutOff
from features.families.category_levels import fit_levels
from features.history import History
from features.importing.duplicates import MergeProposal
from features.moments import Moments
from features.rulebook import Idle, idle_parts, judge
from features.snapshot import take_snapshot
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from serving.ledger.leads.join import propose_joins
from training.cutoffs.choose import leaves_hardly_anybody_out, new_a_month
from training.dataset.data_quality import DataCheck, check_tables
from training.dataset.outcomes import LOST, Outcomes
from training.dataset.readiness import ReachedEarly, count_reached_early
from training.dataset.selection_weights import FEWEST_DRAWN, count_handed_over, observe_handed_over
from training.dataset.snapshot_grid import grid_moments
from training.dataset.undated_outcomes import undated_note
from training.dataset.workable import Workable, find_workable, tested_leads
from training.results.records import HandedOverCounts

CHECK = "check the tables"
"""The step that progress is told of, in hundredths of the time it takes on the demo."""

MOST_JUDGED = 50_000
"""Snapshots the rulebook is checked on: a rule that applies to none of so many is idle."""


@dataclass(frozen=True, kw_only=True)
class MonthCheck:
    """Snapshots of one calendar month; ``month`` is None in a data set without dates.

    ``converted`` counts matured snapshots only: a censored one is unknown, never lost.
    """

    month: str | None
    matured: int
    censored: int
    converted: int


@dataclass(frozen=True, kw_only=True)
class WorkspaceCheck:
    """Tables, snapshots by month, and whether a retrain has enough to learn from.

    Attributes
    ----------
    data_cutoff : int
        Second up to which the tables are taken to be complete.
    reach : int
        A second after the newest row that is not future.
    future : tuple of FutureRows
        Rows beyond, by table: kept, and moving nothing.
    converted_leads, needed : int
        Leads whose outcome can be learned from, and how many the definition's gate asks for.
    missing : tuple of str
        What stands in the way of a retrain; empty when nothing does.
    workable : Workable or None
        A cut-off and horizon that would do, where the definition's own do not.
    idle : tuple of Idle
        Rules that never or always apply, and thresholds nobody or everybody reaches.
    duplicates : tuple of MergeProposal
        Leads that are probably one person; nothing is ever merged unasked.
    contradictions : tuple of Text
        Parts of the agreement that cannot both be kept: KPI targets beyond the capacity.
    handed_over : HandedOverCounts or None
        Where only hand-overs are learned from: how many there are, and what is left out.
    notes : tuple of Text
        What must be known of the outcomes before figures are read.
    """

    data_cutoff: int
    reach: int
    future: tuple[FutureRows, ...]
    data: DataCheck
    months: tuple[MonthCheck, ...]
    converted_leads: int
    needed: int
    missing: tuple[str, ...]
    idle: tuple[Idle, ...]
    duplicates: tuple[MergeProposal, ...]
    contradictions: tuple[Text, ...]
    handed_over: HandedOverCounts | None = None
    notes: tuple[Text, ...] = ()
    workable: Workable | None = None


def check_workspace(
    store: Store,
    definition: LeadDefinition,
    data_cutoff: int | None = None,
    *,
    progress: Progress = ignore_progress,
) -> WorkspaceCheck:
    """Count what the tables hold and what of it has matured.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    data_cutoff : int, optional
        Seconds since 1970 UTC up to which the tables are complete; unless given, from the data
        clock.
    progress : callable
        Told how far it is.

    Raises
    ------
    LeadDataError
        If there is no lead.
    Refusal
        If the data cut-off lies beyond the data.
    """
    progress(CHECK, 0, PARTS)
    tables = store.read_tables()
    until = known_until(store)
    clock = clock_of(tables, definition, known_until=until)
    cutoff = settle_cutoff(tables, definition, asked=data_cutoff, known_until=until)
    history = History.from_tables(tables, definition)
    progress(CHECK, 30, PARTS)
    moments = grid_moments(tables, history, definition, until=cutoff)
    outcomes = observe_handed_over(
        tables, history, moments, definition=definition, data_cutoff=cutoff
    )
    handed_over = count_handed_over(
        tables, history, moments, definition=definition, outcomes=outcomes
    )
    learnable = outcomes.matured & outcomes.converted
    converted_leads = len(np.unique(moments.lead[learnable]))
    needed = definition.gate.min_outcomes
    missing = (
        *_stopped(clock, definition, data_cutoff),
        *_missing(
            tables,
            definition,
            outcomes=outcomes,
            converted_leads=converted_leads,
            n_tested=tested_leads(moments, outcomes, definition),
            handed_over=handed_over,
            early=count_reached_early(tables, history, moments=moments, definition=definition),
        ),
    )
    workable = None
    if missing:
        workable = find_workable(tables, history, definition, until=cutoff)
    progress(CHECK, 40, PARTS)
    return WorkspaceCheck(
        data_cutoff=cutoff,
        reach=clock.reach,
        future=clock.future,
        data=check_tables(tables, definition, data_cutoff=cutoff),
        months=tuple(_months(moments, outcomes, definition)),
        converted_leads=converted_leads,
        needed=needed,
        missing=missing,
        workable=workable,
        notes=(*_notes(tables, definition), *_unbinding(moments, definition)),
        handed_over=handed_over,
        duplicates=tuple(propose_joins(store)),
        contradictions=tuple(one.sentence for one in targets_beyond_capacity(definition)),
        idle=_idle(history, moments, definition, cutoff),
    )


def _idle(
    history: History, moments: Moments, definition: LeadDefinition, cutoff: int
) -> tuple[Idle, ...]:
    """What of the rulebook tells no lead from another, over an even sample of the snapshots."""
    sampled = np.zeros(len(moments), dtype=np.bool_)
    sampled[:: max(1, len(moments) // MOST_JUDGED)] = True
    catalogue = build_catalogue(definition, fit_levels(history, definition, cutoff))
    snapshot = take_snapshot(history, catalogue, moments.take(sampled))
    return idle_parts(definition, judge(snapshot, definition.rulebook))


def _months(
    moments: Moments, outcomes: Outcomes, definition: LeadDefinition
) -> Iterator[MonthCheck]:
    months = np.full(len(moments), "", dtype=object)
    if definition.dated:
        local = pd.to_datetime(moments.as_of, unit="s", utc=True).tz_convert(definition.zone)
        months = local.strftime("%Y-%m").to_numpy(dtype=object)
    for month in sorted(set(months)):
        here = months == month
        matured = here & outcomes.matured
        yield MonthCheck(
            month=month or None,
            matured=int(matured.sum()),
            censored=int((here & outcomes.young).sum()),
            converted=int((matured & outcomes.converted).sum()),
        )


def _unbinding(moments: Moments, definition: LeadDefinition) -> Iterator[Text]:
    """Capacities that leave hardly anybody out: no more leads come to be looked at."""
    rules = (definition.cut_offs.mql, definition.cut_offs.sql)
    agreed = {rule.per_month for rule in rules if isinstance(rule, CapacityCutOff)}
    if not definition.dated or not len(moments):
        return
    first = moments.as_of[np.diff(moments.lead, prepend=-1) != 0]
    available = new_a_month(first, moments.as_of)
    for per_month in sorted(agreed):
        said = leaves_hardly_anybody_out(per_month, available)
        if said is not None:
            yield said


def _stopped(
    clock: DataClock, definition: LeadDefinition, data_cutoff: int | None
) -> Iterator[str]:
    why = outcomes_missing(clock, definition.zone, until=clock.reach)
    if data_cutoff is None and why is not None:
        yield f"Outcomes stopped arriving: {why}. Import the missing ones."


def _missing(
    tables: LeadTables,
    definition: LeadDefinition,
    *,
    outcomes: Outcomes,
    converted_leads: int,
    n_tested: int | None,
    handed_over: HandedOverCounts | None,
    early: ReachedEarly,
) -> Iterator[str]:
    stage = definition.outcome.stage
    n_reached = int(np.sum(np.asarray(tables.outcome.column("stage")) == stage))
    if not n_reached:
        yield f"No outcome {stage} is in the tables: import outcomes, or change outcome.stage."
    elif handed_over is not None and handed_over.n_drawn < FEWEST_DRAWN:
        yield (
            f"{handed_over.n_drawn} matured hand-overs by exploration kept their propensity; "
            f"weighting by it needs {FEWEST_DRAWN}. Set exploration.share and wait, map the "
            "propensity, or set learning.weight_by_propensity to false."
        )
    elif early.n_early > early.n_later and converted_leads < definition.gate.min_outcomes:
        yield early.sentence
    elif not outcomes.matured.any():
        yield (
            f"No snapshot has matured: the horizon of {definition.outcome.horizon_days} days has "
            "passed for none. Wait, or choose a shorter horizon."
        )
    elif converted_leads < definition.gate.min_outcomes:
        yield (
            f"{converted_leads} leads reached {stage} within the horizon; the gate asks for "
            f"{definition.gate.min_outcomes}. Import more history."
        )
    elif n_tested is not None and n_tested < definition.gate.min_test_outcomes:
        yield (
            f"{n_tested} leads of the last {definition.test.months} matured months, on which a "
            f"release is tested, reached {stage}; the gate asks for "
            f"{definition.gate.min_test_outcomes}. Import the missing outcomes, or wait."
        )
    elif bool(outcomes.converted[outcomes.matured].all()):
        yield "Every matured snapshot converted: import leads that came to nothing as well."


def _notes(tables: LeadTables, definition: LeadDefinition) -> Iterator[Text]:
    """What must be known of the outcomes before figures are read."""
    undated = undated_note(tables, definition)
    if undated is not None:
        yield undated
    stages = Counter(tables.outcome.column("stage").to_pylist())
    if not definition.dated and stages[LOST] and not definition.outcome.only_decided:
        decided = pc.is_in(
            tables.outcome.column("stage"), pa.array([LOST, definition.outcome.stage])
        )
        ended = pc.count_distinct(tables.outcome.filter(decided).column("lead_id")).as_py()
        n_open = tables.lead.num_rows - ended
        yield Text(
            ja=f"{n_open:,}件は成果にも失注にも至っていません。日付のない表では未確定として扱います。"
            "定義に outcome.only_decided: true を書いてください。",
            en=f"{n_open:,} leads have neither the outcome nor are lost. In a table without dates "
            "they count as unknown, not as lost: say outcome.only_decided: true in the definition.",
        )
