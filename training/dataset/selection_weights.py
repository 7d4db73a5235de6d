"""Hand-overs as training rows: each is weighted by one over its propensity.

A lead that nobody hands over rarely becomes an opportunity, so "it did not convert" says little of
what it would have become. With ``learning: {weight_by_propensity: true}`` such a lead is unknown,
never a failure, and the probability means: *if it is handed over now*. Those that exploration drew
stand for all that could have been drawn (Horvitz & Thompson 1952).

Which snapshots have an outcome. A hand-over is looked at in its own second, from the history
strictly before it, and no other snapshot of the lead has an outcome:

* the grid's snapshots *before* it were moments at which nobody handed the lead over. To count those
  of leads handed over later would choose rows by their future: whoever is about to inquire;
* the snapshots *after* it belong to a lead that sales are working already, and those that converted
  quickly have none.

At its own second the choice is the policy's, which looks at the same history, or a random draw's.
Hence the weights: 1 for a hand-over on purpose, one over the propensity for a randomised one. In a
trial the lot chooses the judge, so every hand-over is randomised: its propensity is the chance that
any judge, or exploration, had handed the lead over just then.

A month in which exploration drew nobody is left out whole: its hand-overs would stand for
themselves alone, and leads above the cut-off would weigh too much. So is a draw that kept no
propensity.

Why weights have no cap: a cap brings back the selection that the draw removed. What the weights
cost is reported instead, as the number of unweighted rows that would say as much (Kish 1965).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import month_starts
from features.core.text import Text
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from features.timeline.time_index import END_OF_TIME, probes
from training.dataset.outcomes import Outcomes, observe_outcomes
from training.metrics.sample_weights import effective_rows
from training.results.records import HandedOverCounts

EXPLORATION = "exploration"

FEWEST_DRAWN = 20
"""Leads handed over by chance below which they stand for nobody: 0 of 19 still allows 15 %."""


@dataclass(frozen=True, kw_only=True)
class HandOvers:
    """The hand-overs of known leads; arrays of shape (n,).

    Attributes
    ----------
    lead, at : ndarray
        ``at`` in seconds since 1970 UTC.
    explored : ndarray of bool
        Whether it was drawn from the leads below the cut-off.
    propensity : ndarray
        NaN where none was kept.
    """

    lead: IntArray
    at: IntArray
    explored: BoolArray
    propensity: FloatArray

    @classmethod
    def of(cls, tables: LeadTables, lead_ids: pa.Array) -> "HandOvers":
        """What the tables say; ``lead`` is a position among the ids."""
        table = tables.hand_over
        lead = codes_of(table.column("lead_id").combine_chunks(), lead_ids)
        known = lead != ABSENT
        by = table.column("by").to_numpy(zero_copy_only=False)
        return cls(
            lead=lead[known].astype(np.int64),
            at=table.column("handed_over_at").to_numpy()[known],
            explored=np.asarray(by == EXPLORATION, dtype=np.bool_)[known],
            propensity=table.column("propensity").to_numpy().astype(np.float64)[known],
        )

    @cached_property
    def by_chance(self) -> BoolArray:
        """By exploration, or by a judge whom a lot chose and who might have been another."""
        by_chance: BoolArray = self.explored | (self.propensity < 1)
        return by_chance

    @cached_property
    def drawn(self) -> BoolArray:
        """Hand-overs by chance that kept their propensity."""
        return self.by_chance & (self.propensity > 0) & (self.propensity <= 1)


@dataclass(frozen=True, kw_only=True)
class WeightedHandOvers:
    """The hand-overs that count, each a moment with its weight.

    Attributes
    ----------
    packed : ndarray of shape (n,)
        (lead, handed_over_at), ascending, each once.
    weight : ndarray of shape (n,)
        One over the propensity; 1 where somebody decided it.
    """

    packed: IntArray
    weight: FloatArray

    @classmethod
    def of(
        cls, tables: LeadTables, history: History, definition: LeadDefinition
    ) -> "WeightedHandOvers":
        """Read the hand-overs that may be learned from, each with its weight.

        Parameters
        ----------
        tables : LeadTables
            Of which only hand-overs are read.
        history : History
            Of the same tables.
        definition : LeadDefinition
        """
        found = HandOvers.of(tables, pa.array(history.lead_ids))
        counts = np.flatnonzero(_counts(found, definition))
        packed, first = np.unique(probes(found.lead[counts], found.at[counts]), return_index=True)
        kept = counts[first]
        drawn = found.drawn[kept]
        weight = np.ones(len(kept))
        weight[drawn] = 1 / found.propensity[kept[drawn]]
        return cls(packed=packed, weight=weight)

    @property
    def moments(self) -> Moments:
        """When each lead was handed over."""
        return Moments.of(self.packed // END_OF_TIME, self.packed % END_OF_TIME)

    def weight_at(self, moments: Moments) -> FloatArray:
        """Weight of each moment; 0 where nobody handed the lead over just then."""
        asked = probes(moments.lead, moments.as_of)
        place = np.minimum(np.searchsorted(self.packed, asked), max(len(self.packed) - 1, 0))
        weight = np.zeros(len(asked))
        if len(self.packed):
            met = self.packed[place] == asked
            weight[met] = self.weight[place[met]]
        return weight


def observe_handed_over(
    tables: LeadTables,
    history: History,
    moments: Moments,
    *,
    definition: LeadDefinition,
    data_cutoff: int,
) -> Outcomes:
    """Read outcomes that may be learned from: all, or those of hand-overs with their weights.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Shape (n,); leads as positions in the history.
    definition : LeadDefinition
        Says whether only hand-overs are learned from.
    data_cutoff : int
        Seconds since 1970 UTC.
    """
    known = observe_outcomes(
        tables, history, moments, definition=definition, data_cutoff=data_cutoff
    )
    if not definition.learning.weight_by_propensity:
        return known
    weight = WeightedHandOvers.of(tables, history, definition).weight_at(moments)
    return replace(known, matured=known.matured & (weight > 0), weight=weight)


def count_handed_over(
    tables: LeadTables,
    history: History,
    moments: Moments,
    *,
    definition: LeadDefinition,
    outcomes: Outcomes,
) -> HandedOverCounts | None:
    """Count what is learned from and what is left out; None where everything is learned from.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Of the snapshot grid.
    definition : LeadDefinition
    outcomes : Outcomes
        Of the moments, from :func:`observe_handed_over`.
    """
    if outcomes.weight is None:
        return None
    found = HandOvers.of(tables, pa.array(history.lead_ids))
    counts = _counts(found, definition)
    weight = outcomes.weight[outcomes.matured]
    return HandedOverCounts(
        n_matured=len(weight),
        n_drawn=int((weight > 1).sum()),
        largest_weight=float(weight.max(initial=0.0)),
        effective=effective_rows(weight),
        n_without_propensity=int((found.by_chance & ~found.drawn).sum()),
        n_without_lots=int((~counts & ~found.by_chance).sum()),
        n_leads_never=len(np.setdiff1d(moments.lead, found.lead[counts])),
    )


def note_of(counts: HandedOverCounts) -> Text:
    """What people must be told of a fit that learned from hand-overs alone."""
    n_left_out = counts.n_without_propensity + counts.n_without_lots
    left_ja = left_en = ""
    if n_left_out:
        left_ja = (
            f"抽選のなかった月の{counts.n_without_lots:,}件と、抽出確率の記録がない"
            f"{counts.n_without_propensity:,}件は除きました。"
        )
        left_en = (
            f" Left out: {counts.n_without_lots:,} of months without lots, "
            f"{counts.n_without_propensity:,} drawn without a propensity."
        )
    return Text(
        ja=f"引き渡したリードだけから学びました。成熟した{counts.n_matured:,}件のうち"
        f"{counts.n_drawn:,}件はくじによる引き渡し(試験的な引き渡しや比較試験)で、抽出確率の逆数(最大{counts.largest_weight:,.1f})"
        f"で重みをつけています(重みなしの{counts.effective:,.0f}件に相当)。引き渡されなかった"
        f"{counts.n_leads_never:,}件のリードは、失敗ではなく不明としています。確率は、いま"
        f"引き渡した場合のものです。{left_ja}",
        en=f"Learned from hand-overs alone: {counts.n_matured:,} matured, {counts.n_drawn:,} of "
        "them by chance (exploration or a trial), each weighing one over its propensity (at most "
        f"{counts.largest_weight:,.1f}); together worth {counts.effective:,.0f} unweighted ones. "
        f"{counts.n_leads_never:,} leads that were not handed over count as unknown, not as "
        f"failures. The probability is that of a lead handed over now.{left_en}",
    )


def _counts(found: HandOvers, definition: LeadDefinition) -> BoolArray:
    """Whether each hand-over is learned from."""
    explored = found.explored & found.drawn
    if not explored.any():
        return explored
    starts = month_starts(int(found.at.min()) - 1, int(found.at.max()), definition.zone)
    month = np.searchsorted(starts, found.at, side="right")
    with_lots = np.isin(month, month[explored])
    return with_lots & (found.drawn | ~found.by_chance)
