"""Rates weighted by the propensity of exploration: what leads nobody chose would have become.

Leads that nobody hands over rarely become opportunities, so outcomes as recorded favour the policy
that made the data. Where hand-overs are randomised among the leads below the cut-off, those drawn
stand for all that could have been drawn: each weighs one over its propensity (Horvitz & Thompson
1952, as shares within strata: Hajek 1971). Outcomes are never imputed for a lead nobody handed
over.

A policy's hand-over is weighed at the first day with randomised hand-overs, at or after its
crossing:

* sales had the lead by then (or within days, since a hand-over takes some), or its outcome was
  known: what was recorded counts as it is;
* the lead was drawn that day: it weighs one over the propensity;
* the lead was not drawn: those drawn stand for it;
* it was drawn and handed over before, or nobody was drawn in time: it is left out.

A trial draws by lot who judges a lead. Those whom their judge handed over are drawn as well, within
the days that a hand-over takes; their propensity is the chance that any judge had done so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, ends_of_days, local_days
from features.timeline.time_index import probes
from training.comparison.policy_sums import FirstCrossings, Sums, paired_difference
from training.comparison.replay import ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.outcomes import first_reached
from training.dataset.selection_weights import FEWEST_DRAWN, HandOvers
from training.dataset.snapshot_grid import known_end
from training.metrics.bootstrap import measured
from training.metrics.proportion_intervals import share_of_sums, wilson_share
from training.results.comparison_records import WeightedPair, WeightedRate

FEW_LEFT = 0.05
"""Share of a policy's leads up to which, with too few of them drawn, they count as recorded: the
policy that made the data leaves next to none to chance, and its rate moves by less than this."""

ON_THE_WAY_DAYS = 14
"""Days a hand-over may take from the decision: who arrives so soon could not be drawn."""

Statistic = Callable[[FloatArray], FloatArray]
"""From sums of shape (n, n_columns) to figures of shape (n,)."""

# Columns of the sums; those of a policy follow each other.
LEADS, RECORDED, SETTLED, SETTLED_CONVERTED, FREE, DRAWN, WEIGHT, WEIGHT_CONVERTED = range(8)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How (lead, moment) pairs stand to the randomised hand-overs, each of shape (n,).

    Attributes
    ----------
    counts : ndarray of bool
        Whether leads were drawn in time, and this one was not handed over by a draw before.
    settled : ndarray of bool
        Sales had the lead, or its outcome had come.
    weight : ndarray
        One over the propensity where the lot was drawn, else 0.
    converted : ndarray of bool
        Whether an outcome followed within the horizon of the draw.
    """

    counts: BoolArray
    settled: BoolArray
    weight: FloatArray
    converted: BoolArray


@dataclass(frozen=True, kw_only=True)
class RandomisedHandOvers:
    """Days with randomised hand-overs, and every hand-over, randomised or on purpose.

    Attributes
    ----------
    days : ndarray
        Local days on which chance handed anybody over, ascending.
    starts, ends : ndarray
        Beginnings and ends of these days, seconds since 1970 UTC.
    by_chance, on_purpose : ndarray
        Packed (lead, handed_over_at), ascending.
    propensity, drawn_for : ndarray
        Of ``by_chance``: the chance, and seconds since the draw within which it counts.
    ended, reached : ndarray of shape (n_leads,)
        When each lead was known to have ended; when it reached the outcome.
    horizon : int
        Seconds.
    """

    dataset: Dataset
    days: IntArray
    starts: IntArray
    ends: IntArray
    by_chance: IntArray
    on_purpose: IntArray
    propensity: FloatArray
    drawn_for: IntArray
    ended: IntArray
    reached: IntArray
    horizon: int

    @classmethod
    def of(cls, dataset: Dataset) -> "RandomisedHandOvers | None":
        """Read the randomised hand-overs of a dataset; None where none of them has a propensity."""
        definition, history = dataset.definition, dataset.history
        if not definition.dated:
            return None
        found = HandOvers.of(dataset.tables, pa.array(history.lead_ids))
        drawn, on_purpose = found.drawn, ~found.by_chance
        if not drawn.any():
            return None
        by_chance = probes(found.lead[drawn], found.at[drawn])
        order = np.argsort(by_chance, kind="stable")
        days = np.unique(local_days(found.at[drawn], definition.zone))
        cutoff = dataset.data_cutoff
        return cls(
            dataset=dataset,
            days=days,
            starts=ends_of_days(days - 1, definition.zone),
            ends=ends_of_days(days, definition.zone),
            by_chance=by_chance[order],
            on_purpose=np.sort(probes(found.lead[on_purpose], found.at[on_purpose])),
            propensity=found.propensity[drawn][order],
            # A draw below the cut-off is of its day; a judge's hand-over may wait for room.
            drawn_for=np.where(found.explored[drawn][order], 0, ON_THE_WAY_DAYS * DAY),
            ended=known_end(dataset.tables, history, definition),
            reached=first_reached(dataset.tables, history, definition, data_cutoff=cutoff),
            horizon=(definition.outcome.horizon_days or 0) * DAY,
        )

    def draw(self, lead: IntArray, as_of: IntArray) -> Drawn:
        """What became of leads that a policy would hand over at some moments.

        Parameters
        ----------
        lead, as_of : ndarray of shape (n,)
        """
        definition = self.dataset.definition
        place = np.searchsorted(self.days, local_days(as_of, definition.zone))
        # Behind the last draw nothing is known: such a moment is looked up there and left out.
        looked_up = np.minimum(place, len(self.ends) - 1)
        start, end = self.starts[looked_up], self.ends[looked_up]
        delay = definition.outcome.outcome_delay_days * DAY
        in_time = (place < len(self.ends)) & (
            end + self.horizon + delay <= self.dataset.data_cutoff
        )
        past, on_the_way = as_of - self.horizon, end + ON_THE_WAY_DAYS * DAY
        settled = _any_within(self.on_purpose, lead, past, on_the_way)
        settled |= self.ended[lead] <= end
        before = _any_within(self.by_chance, lead, past, start)
        row = np.searchsorted(self.by_chance, probes(lead, start))
        last = np.append(self.drawn_for, 0)[row] + end
        is_drawn = _any_within(self.by_chance, lead, start, last) & ~settled & ~before
        weight = np.zeros(len(lead))
        weight[is_drawn] = 1 / self.propensity[row[is_drawn]]
        reached = self.reached[lead]
        return Drawn(
            counts=in_time & (settled | ~before),
            settled=settled,
            weight=weight,
            converted=(reached >= as_of) & (reached < end + self.horizon),
        )


def _any_within(packed: IntArray, lead: IntArray, first: IntArray, end: IntArray) -> BoolArray:
    """Whether each lead has an entry in ``[first, end)``."""
    return np.searchsorted(packed, probes(lead, first)) < np.searchsorted(packed, probes(lead, end))


def weighted_pair(
    cohort: ReplayCohort,
    crossings: FirstCrossings,
    randomised: RandomisedHandOvers,
    *,
    seed: int = 0,
) -> WeightedPair:
    """Compute opportunity rates of both policies' hand-overs, as recorded and weighted.

    Parameters
    ----------
    cohort : ReplayCohort
    crossings : FirstCrossings
        Of which the hand-overs of the period count.
    randomised : RandomisedHandOvers
        Randomised hand-overs, with their propensity.
    seed : int
        Of the bootstrap.
    """
    model = _policy_columns(cohort, crossings.model, randomised)
    rulebook = _policy_columns(cohort, crossings.rulebook, randomised)
    sums = Sums.of(cohort.lead_group, np.column_stack([model, rulebook]), seed)
    n_columns = model.shape[1]
    ours, theirs = (_rate_of(sums.observed[first:]) for first in (0, n_columns))
    rates = _weighted_rate(sums, 0, ours), _weighted_rate(sums, n_columns, theirs)
    difference = None
    if ours is not None and theirs is not None:
        difference = paired_difference(
            lambda s: ours(s) - theirs(s[:, n_columns:]), sums, (rates[0].rate, rates[1].rate)
        )
    return WeightedPair(
        model=rates[0],
        rulebook=rates[1],
        recorded_difference=paired_difference(
            lambda s: _recorded(s) - _recorded(s[:, n_columns:]),
            sums,
            (rates[0].recorded, rates[1].recorded),
        ),
        difference=difference,
    )


def _policy_columns(
    cohort: ReplayCohort, crossing: IntArray, randomised: RandomisedHandOvers
) -> FloatArray:
    columns = np.zeros((cohort.n_leads, WEIGHT_CONVERTED + 1))
    handed = cohort.handed_over(crossing)
    rows = crossing[handed]
    drawn = randomised.draw(cohort.lead[rows], cohort.as_of[rows])
    counts, converted = drawn.counts, drawn.converted
    free = counts & ~drawn.settled
    columns[handed] = np.column_stack(
        [
            counts,
            counts & converted,
            counts & drawn.settled,
            counts & drawn.settled & converted,
            free,
            free & (drawn.weight > 0),
            free * drawn.weight,
            (free & converted) * drawn.weight,
        ]
    )
    return columns


def _rate_of(observed: FloatArray) -> Statistic | None:
    """How a policy's rate is computed; None where too few drawn leads would stand for too many."""
    if observed[DRAWN] >= FEWEST_DRAWN:
        return _weighted
    return _recorded if observed[FREE] <= FEW_LEFT * observed[LEADS] else None


def _weighted_rate(sums: Sums, first: int, rate_of: Statistic | None) -> WeightedRate:
    observed, drawn = sums.observed[first:], sums.drawn[:, first:]
    rate = None if rate_of is None else measured(rate_of, observed, drawn)
    if rate is not None and rate.value in (0.0, 1.0):
        # No draw strays from none or all: as many independent leads as were seen.
        rate = wilson_share(rate.value, max(float(observed[SETTLED] + observed[DRAWN]), 1.0))
    of_group = sums.of_group[:, first:]
    return WeightedRate(
        n_leads=int(observed[LEADS]),
        n_worked=int(observed[SETTLED]),
        n_explored=int(observed[DRAWN]),
        recorded=share_of_sums(of_group[:, RECORDED], of_group[:, LEADS]),
        rate=rate,
    )


def _recorded(sums: FloatArray) -> FloatArray:
    recorded: FloatArray = sums[:, RECORDED] / sums[:, LEADS]
    return recorded


def _weighted(sums: FloatArray) -> FloatArray:
    """Those drawn stand for all that were left to chance; all others count as recorded."""
    left = sums[:, FREE]
    share = np.where(left > 0, sums[:, WEIGHT_CONVERTED] / sums[:, WEIGHT], 0.0)
    weighted: FloatArray = (sums[:, SETTLED_CONVERTED] + left * share) / sums[:, LEADS]
    return weighted
