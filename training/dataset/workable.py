"""What a retrain could do with: a data cut-off and a horizon that leave enough outcomes.

Asked only where the definition's own do not: a hint what to try, not a choice. A shorter horizon
means another question, and both teams decide whether they want it answered.
"""

from dataclasses import dataclass

import numpy as np

from features.core.clock import DAY, month_starts
from features.core.formats import calendar_date, day_of
from features.core.text import Text
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from training.dataset.outcomes import Outcomes
from training.dataset.selection_weights import observe_handed_over
from training.dataset.snapshot_grid import grid_moments
from training.dataset.split import start_of_test

SHORTER = (180, 120, 90, 60, 45, 30, 14)
"""Horizons that are tried, in days; the definition's own comes first."""

DAYS_BACK = 366
"""How far back a cut-off is tried: older data say little of today's leads."""


@dataclass(frozen=True, kw_only=True)
class Workable:
    """A cut-off and horizon with enough outcomes, and how many there are."""

    data_cutoff: int
    horizon_days: int
    n_leads: int
    n_tested: int

    def sentence(self, definition: LeadDefinition) -> Text:
        """What to try, and what it would rest on."""
        day = calendar_date(day_of(self.data_cutoff - 1, definition.zone))
        cutoff = day_of(self.data_cutoff, definition.zone).isoformat()
        days, of = self.horizon_days, definition.outcome.stage
        ja = f"{self.n_leads:,}件が {of} に至り、うち検証の月に{self.n_tested:,}件です。"
        en = f"{self.n_leads:,} leads reach {of}, {self.n_tested:,} of them in the test's months."
        return Text(
            ja=f"{day.ja}まで(--data-cutoff {cutoff})、期間{days}日なら、{ja}",
            en=f"With data up to {day.en} (--data-cutoff {cutoff}) and a horizon of {days} days "
            f"{en}",
        )


def find_workable(
    tables: LeadTables, history: History, definition: LeadDefinition, *, until: int
) -> Workable | None:
    """Find the nearest cut-off and horizon with as many outcomes as the gate asks for.

    The definition's own horizon comes before shorter ones, and a later cut-off before earlier ones.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    definition : LeadDefinition
        With dates.
    until : int
        Second up to which the tables are complete.
    """
    own = definition.outcome.horizon_days
    if own is None:
        return None
    starts = month_starts(until - DAYS_BACK * DAY, until - 1, definition.zone)
    cutoffs = [until, *(int(start) for start in starts[::-1] if start < until)]
    for days in (own, *(days for days in SHORTER if days < own)):
        changed = _with_horizon(definition, days)
        for cutoff in cutoffs:
            found = _counted(tables, history, changed, cutoff)
            if found is not None:
                return found
    return None


def tested_leads(moments: Moments, outcomes: Outcomes, definition: LeadDefinition) -> int | None:
    """Count leads with an outcome in the months a release is tested on; None without such months.

    Parameters
    ----------
    moments : Moments
        Of the snapshot grid.
    outcomes : Outcomes
        Of the same snapshots.
    definition : LeadDefinition
    """
    if not definition.dated or not outcomes.matured.any():
        return None
    since = start_of_test(moments.as_of[outcomes.matured], definition)
    tested = outcomes.matured & outcomes.converted & (moments.as_of >= since)
    return len(np.unique(moments.lead[tested]))


def _with_horizon(definition: LeadDefinition, days: int) -> LeadDefinition:
    outcome = definition.outcome.model_copy(update={"horizon_days": days})
    return definition.model_copy(update={"outcome": outcome})


def _counted(
    tables: LeadTables, history: History, definition: LeadDefinition, cutoff: int
) -> Workable | None:
    """What one cut-off and horizon leave; None where it is too little, or nothing to tell apart."""
    moments = grid_moments(tables, history, definition, until=cutoff)
    outcomes = observe_handed_over(
        tables, history, moments, definition=definition, data_cutoff=cutoff
    )
    n_tested = tested_leads(moments, outcomes, definition)
    learnable = outcomes.matured & outcomes.converted
    n_leads = len(np.unique(moments.lead[learnable]))
    gate, days = definition.gate, definition.outcome.horizon_days
    if n_tested is None or days is None or bool(outcomes.converted[outcomes.matured].all()):
        return None
    if n_leads < gate.min_outcomes or n_tested < gate.min_test_outcomes:
        return None
    return Workable(data_cutoff=cutoff, horizon_days=days, n_leads=n_leads, n_tested=n_tested)
