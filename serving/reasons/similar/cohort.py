"""The leads of a month, each seen once before its outcome: what the review compares.

A lead is seen at the start of the month, or at its creation where that came later, so that those
who converted and those who did not are looked at alike. Looking at each just before its outcome
would show the converted at their liveliest and the others at their most silent.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from features.timeline.codes import codes_of
from serving.reasons.explainer import Explainer
from training.dataset.groups import account_groups
from training.dataset.snapshot_grid import known_end
from training.dataset.undated_outcomes import creation_moment, outcome_instants

MOST_OTHERS = 5_000
"""Of a hundred thousand others, drawn by chance: the few hundred that converted make an interval
as wide as it is, and drawing all the others again two thousand times took ten seconds."""


@dataclass(frozen=True, kw_only=True)
class PastCohort:
    """Leads that were open in a stretch of time, one row each.

    Attributes
    ----------
    lead : ndarray of shape (n_leads,)
        Positions in ``History.lead_ids``.
    matrix : ndarray of shape (n_leads, n_features)
        From the start of the stretch, or from creation.
    converted : ndarray of shape (n_leads,)
        Whether the outcome came from then until the end of the stretch.
    group : ndarray of shape (n_leads,)
        Account, or lead where there is none.
    n_others : int
        Leads that did not convert; of very many only some, drawn by chance, have a row.
    """

    lead: IntArray
    matrix: FloatArray
    converted: BoolArray
    group: IntArray
    n_others: int

    def __len__(self) -> int:
        return len(self.converted)


def leads_between(
    explainer: Explainer, tables: LeadTables, history: History, *, first: int, until: int
) -> PastCohort:
    """The leads that were open between two instants.

    Parameters
    ----------
    explainer : Explainer
        Whose catalogue orders the columns.
    tables : LeadTables
    history : History
        Of the same tables.
    first, until : int
        Seconds since 1970 UTC; outcomes count from the first and before the second.
    """
    definition = explainer.definition
    seen_at = np.maximum(creation_moment(history, definition), first)
    is_open = (seen_at < until) & (known_end(tables, history, definition) >= seen_at)
    leads = np.flatnonzero(is_open)
    reached = _reached(tables, history, definition)
    converted = (reached[leads] >= seen_at[leads]) & (reached[leads] < until)
    rows = _enough(converted)
    moments = Moments.of(leads[rows], seen_at[leads[rows]])
    return PastCohort(
        lead=leads[rows],
        matrix=take_snapshot(history, explainer.catalogue, moments).matrix,
        converted=converted[rows],
        group=account_groups(history, definition)[leads[rows]],
        n_others=int((~converted).sum()),
    )


def _enough(converted: BoolArray) -> IntArray:
    """All converted leads, and as many of the others as make their share of an interval small."""
    others = np.flatnonzero(~converted)
    if len(others) > MOST_OTHERS:
        others = np.random.default_rng(0).choice(others, MOST_OTHERS, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(converted), others]))


def _reached(tables: LeadTables, history: History, definition: LeadDefinition) -> IntArray:
    """When each lead first reached the stage that counts; the end of time where it did not."""
    outcome = tables.outcome
    lead = codes_of(outcome.column("lead_id").combine_chunks(), pa.array(history.lead_ids))
    reached = np.full(history.n_leads, np.iinfo(np.int64).max)
    counts = pc.equal(outcome.column("stage"), definition.outcome.stage)
    known = (lead >= 0) & np.asarray(counts)
    instants = outcome_instants(tables, history, definition=definition, lead=lead)
    np.minimum.at(reached, lead[known], instants[known])
    return reached
