"""What became of leads since they entered: of a trial's, and of past leads that stand in for them.

A lead is followed from its entry for the horizon of the definition, whoever handed it over and
whether anybody did.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray
from features.core.clock import DAY, from_second, to_second
from features.core.errors import LeadDataError
from features.definition.trial import Counted, Trial
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from features.timeline.time_index import probes
from training.dataset.dataset import Dataset
from training.dataset.groups import account_groups
from training.dataset.outcomes import observe_outcomes
from training.dataset.selection_weights import HandOvers
from training.dataset.snapshot_grid import known_end
from training.trial.count import FIGURES, EnteredLeads, hours_of, wait_seconds
from training.trial.plan import PastEntries
from training.trial.stored_lot import StoredLot

WON = "won"

MOST_PAST_MONTHS = 12
"""Months of past leads that stand in for a trial's; older ones come at another pace."""

MONTH = 365.25 * DAY / 12


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What became of leads; arrays of shape (n,)."""

    handed_over: BoolArray
    converted: BoolArray
    won: BoolArray


def entered_leads(dataset: Dataset, lot: StoredLot, trial: Trial) -> EnteredLeads:
    """Follow the leads that entered a trial while leads entered.

    Parameters
    ----------
    dataset : Dataset
    lot : StoredLot
    trial : Trial
    """
    history, definition = dataset.history, dataset.definition
    position = codes_of(pa.array(lot.lead_id, pa.string()), pa.array(history.lead_ids))
    closes = to_second(trial.closes(definition.zone))
    counts = (lot.entered < closes) & (lot.is_gone | (position != ABSENT))
    # Moments ask for leads in the order of the history; those that are gone come last.
    order = np.argsort(np.where(lot.is_gone, history.n_leads, position), kind="stable")
    rows = order[counts[order]]
    is_there = ~lot.is_gone[rows]
    there = rows[is_there]
    lead = position[there].astype(np.int64)
    followed = follow_leads(dataset, lead, lot.entered[there])
    unit = np.unique(lot.unit[rows].astype(str), return_inverse=True)[1].astype(np.int64)
    # Accounts of the history are counted from zero: a lead that is gone is its own, below.
    account = -1 - np.arange(len(rows), dtype=np.int64)
    account[is_there] = account_groups(history, definition)[lead]
    age = np.full(len(rows), np.nan)
    age[is_there] = (lot.entered[there] - history.created_at[lead]) / DAY

    def become(kept: BoolArray, found: BoolArray) -> BoolArray:
        column = kept[rows].copy()
        column[is_there] = found
        return column

    return EnteredLeads(
        unit=unit,
        account=account,
        arm=codes_of(pa.array(lot.arm[rows], pa.string()), [arm.name for arm in trial.arms]).astype(
            np.int64
        ),
        entered=lot.entered[rows],
        handed_over=become(lot.handed_over, followed.handed_over),
        converted=become(lot.converted, followed.converted),
        won=become(lot.won, followed.won),
        probability=lot.probability[rows],
        rulebook_points=lot.rulebook_points[rows],
        age_days=age,
        is_merged=lot.is_merged[rows],
        n_redrawn=sum(
            trial.arm_of(drawn) != arm
            for drawn, arm in zip(lot.unit[there], lot.arm[there], strict=True)
        ),
    )


def follow_leads(dataset: Dataset, lead: IntArray, entered: IntArray) -> Followed:
    """Follow leads from their entry for the horizon.

    Parameters
    ----------
    dataset : Dataset
        Of which tables, history and data cut-off are read.
    lead : ndarray of shape (n,)
        Positions in the history, ascending, each at most once.
    entered : ndarray of shape (n,)
        Seconds since 1970 UTC.
    """
    tables, history, definition = dataset.tables, dataset.history, dataset.definition
    outcomes = observe_outcomes(
        tables,
        history,
        Moments.of(lead, entered),
        definition=definition,
        data_cutoff=dataset.data_cutoff,
    )
    horizon = (definition.outcome.horizon_days or 0) * DAY
    found = HandOvers.of(tables, pa.array(history.lead_ids))
    handed = np.sort(probes(found.lead, found.at))
    first, last = (np.searchsorted(handed, probes(lead, at)) for at in (entered, entered + horizon))
    return Followed(
        handed_over=first < last,
        converted=outcomes.converted,
        won=np.isin(lead, _won(tables, history.lead_ids, by=dataset.data_cutoff)),
    )


def past_entries(dataset: Dataset, counted: Counted) -> PastEntries:
    """Take past leads as if a trial had begun up to a year ago, all of them ripe by now.

    Parameters
    ----------
    dataset : Dataset
    counted : str
        The figure that is to decide.

    Raises
    ------
    LeadDataError
        If less than a month of leads has ripened.
    """
    history, definition = dataset.history, dataset.definition
    ripe = dataset.data_cutoff - wait_seconds(definition)
    oldest = int(np.quantile(history.created_at, 0.05)) if history.n_leads else ripe
    begins = max(ripe - round(MOST_PAST_MONTHS * MONTH), oldest)
    n_months = (ripe - begins) / MONTH
    if n_months < 1:
        msg = (
            "a plan needs a month of leads whose horizon is over; got leads since "
            f"{from_second(begins):%Y-%m-%d}, ripe up to {from_second(ripe):%Y-%m-%d}. Wait, or "
            "import older leads."
        )
        raise LeadDataError(msg)
    lead = np.flatnonzero(_may_enter(dataset, begins, ripe))
    created = history.created_at[lead].astype(np.int64)
    followed = follow_leads(dataset, lead, np.maximum(created + 1, begins))
    group = account_groups(history, definition)[lead]
    numerator, denominator = FIGURES[counted](
        _as_entered(followed, group, created), hours_of(definition)
    )
    return PastEntries(
        account=group,
        was_there=created < begins,
        numerator=numerator,
        denominator=denominator,
        n_months=n_months,
    )


def _may_enter(dataset: Dataset, begins: int, ripe: int) -> BoolArray:
    """Open and not handed over as the trial would have begun, or created since."""
    history, definition = dataset.history, dataset.definition
    found = HandOvers.of(dataset.tables, pa.array(history.lead_ids))
    was_open = known_end(dataset.tables, history, definition) >= begins
    was_open[found.lead[found.at < begins]] = False
    may: BoolArray = history.begun(ripe) & was_open
    return may


def _as_entered(followed: Followed, group: IntArray, entered: IntArray) -> EnteredLeads:
    nothing = np.full(len(group), np.nan)
    return EnteredLeads(
        unit=group,
        account=group,
        arm=np.zeros(len(group), dtype=np.int64),
        entered=entered,
        handed_over=followed.handed_over,
        converted=followed.converted,
        won=followed.won,
        probability=nothing,
        rulebook_points=nothing,
        age_days=nothing,
    )


def _won(tables: LeadTables, lead_ids: object, *, by: int) -> IntArray:
    """Positions of leads that were won by an instant."""
    outcome = tables.outcome
    lead = codes_of(outcome.column("lead_id").combine_chunks(), pa.array(lead_ids))
    is_won = codes_of(outcome.column("stage").combine_chunks(), (WON,)) != ABSENT
    counts = is_won & (lead != ABSENT) & (outcome.column("occurred_at").to_numpy() <= by)
    return np.unique(lead[counts]).astype(np.int64)
