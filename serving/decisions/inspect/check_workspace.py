"""What the data of a workspace can and cannot support, before anything is trained."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.importing.duplicates import MergeProposal, propose_merges
from features.moments import Moments
from features.rulebook import Idle, idle_parts, judge
from features.snapshot import take_snapshot
from features.store import Store
from features.store.lead_tables import LeadTables
from training.dataset.data_quality import DataCheck, check_tables
from training.dataset.outcomes import Outcomes
from training.dataset.selection_weights import FEWEST_DRAWN, count_handed_over, observe_handed_over
from training.dataset.snapshot_grid import grid_moments
from training.results.records import HandedOverCounts

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
    converted_leads, needed : int
        Leads whose outcome can be learned from, and how many the definition's gate asks for.
    missing : tuple of str
        What stands in the way of a retrain; empty when nothing does.
    idle : tuple of Idle
        Rules that never or always apply, and thresholds nobody or everybody reaches.
    duplicates : tuple of MergeProposal
        Leads that are probably one person; nothing is ever merged unasked.
    handed_over : HandedOverCounts or None
        Where only hand-overs are learned from: how many there are, and what is left out.
    """

    data_cutoff: int
    data: DataCheck
    months: tuple[MonthCheck, ...]
    converted_leads: int
    needed: int
    missing: tuple[str, ...]
    idle: tuple[Idle, ...]
    duplicates: tuple[MergeProposal, ...]
    handed_over: HandedOverCounts | None = None


def check_workspace(
    store: Store, definition: LeadDefinition, data_cutoff: int | None = None
) -> WorkspaceCheck:
    """Count what the tables hold and what of it has matured.

    Parameters
    ----------
    data_cutoff : int, optional
        One second after the newest thing in the tables unless given.

    Raises
    ------
    LeadDataError
        If there is no lead.
    """
    tables = store.read_tables()
    cutoff = tables.newest_at + 1 if data_cutoff is None else data_cutoff
    history = History.from_tables(tables, definition)
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
    return WorkspaceCheck(
        data_cutoff=cutoff,
        data=check_tables(tables, definition, data_cutoff=cutoff),
        months=tuple(_months(moments, outcomes, definition)),
        converted_leads=converted_leads,
        needed=needed,
        missing=tuple(_missing(tables, definition, outcomes, converted_leads, handed_over)),
        handed_over=handed_over,
        duplicates=tuple(propose_merges(store)),
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


def _missing(
    tables: LeadTables,
    definition: LeadDefinition,
    outcomes: Outcomes,
    converted_leads: int,
    handed_over: HandedOverCounts | None,
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
    elif bool(outcomes.converted[outcomes.matured].all()):
        yield "Every matured snapshot converted: import leads that came to nothing as well."
