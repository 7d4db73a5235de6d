"""Outcomes observed so far against those predicted: whether all probabilities are off.

Outcomes of a changed world take a horizon to mature, and a test window of months dilutes them. Most
come well before, though, and how soon is known from those that matured: of a lead predicted ``p``
and followed for ``t`` seconds, ``p * shown(t)`` is expected by now. So what has not matured counts,
too, for as much as it could have shown. (In survival analysis this is follow-up, in advertising
delayed feedback: Chapelle 2014.)

Why "how soon" is told apart by probability: leads that are nearly sure come twice as soon as
unlikely ones (medians of 13 and 26 days on the simulated company), and pooling them would expect
too little of the first.

Outcomes that only come sooner than they used to are not more of them. So each that came is also
placed among those that matured: whether all came sooner shows in those places, whatever the level
is (see :mod:`training.base_rate.intercept_test`). Outcomes that stopped arriving look like ones
that no longer come: see :mod:`training.drift.missing_outcomes`.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.definition import LeadDefinition
from features.moments import Moments
from training.dataset.dataset import Dataset
from training.dataset.outcomes import FollowUp, OutcomesKnown
from training.dataset.selection_weights import WeightedHandOvers
from training.metrics.logistic import log_odds_of
from training.results.scored import ScoredSnapshots

STRATA = 4
FEWEST_IN_STRATUM = 50
"""Converted moments by which one says how soon outcomes come."""


@dataclass(frozen=True, kw_only=True)
class BaseRateEvidence:
    """Moments with the outcomes observed so far, to test the intercept on; arrays of shape (n,).

    Attributes
    ----------
    log_odds : ndarray
        As predicted, without having seen the outcome.
    converted : ndarray
        By now.
    shown : ndarray
        Share of the outcomes that would have come by now at the pace of those that matured; 1 where
        matured.
    came_at : ndarray
        Share that would have come by the time its own did; read only where it has converted.
    weight : ndarray
        For how many moments each stands.
    group : ndarray
        Account or lead: its moments share their outcome.
    """

    log_odds: FloatArray
    converted: BoolArray
    shown: FloatArray
    came_at: FloatArray
    weight: FloatArray
    group: IntArray

    def __len__(self) -> int:
        return len(self.log_odds)

    def take(self, rows: BoolArray | IntArray) -> "BaseRateEvidence":
        """The moments of a mask or of positions."""
        return BaseRateEvidence(**{name: column[rows] for name, column in vars(self).items()})

    @classmethod
    def of_matured(cls, scored: ScoredSnapshots) -> "BaseRateEvidence":
        """Only what has matured."""
        settled = scored.settled
        n = len(settled)
        return cls(
            log_odds=log_odds_of(settled.probability),
            converted=settled.converted,
            shown=np.ones(n),
            # How soon is of no account where all has been shown.
            came_at=np.full(n, 0.5),
            weight=np.ones(n) if settled.weight is None else settled.weight,
            group=settled.group,
        )


def evidence_of(
    scored: ScoredSnapshots, dataset: Dataset, *, known_at: int, learned_until: int
) -> BaseRateEvidence:
    """Collect what was observed by an instant of moments that a fit did not learn from.

    Parameters
    ----------
    scored : ScoredSnapshots
        Probabilities of all moments up to then, those learned from held out.
    dataset : Dataset
    known_at : int
        Seconds since 1970 UTC; outcomes recorded later do not count.
    learned_until : int
        Seconds since 1970 UTC of the last moment that was learned from; moments up to it only say
        how soon outcomes come.
    """
    moments = Moments.of(scored.lead.astype(np.int64), scored.as_of)
    known = OutcomesKnown.of(
        dataset.tables, dataset.history, definition=dataset.definition, data_cutoff=known_at
    )
    follow_up = known.follow(moments)
    log_odds = log_odds_of(scored.probability)
    weight = _weights(dataset, moments)
    shown, came_at = shares_by_time(log_odds, follow_up, weight)
    counts = (scored.as_of > learned_until) & (shown > 0) & (weight > 0)
    return BaseRateEvidence(
        log_odds=log_odds,
        converted=follow_up.converted,
        shown=shown,
        came_at=came_at,
        weight=weight,
        group=scored.group,
    ).take(counts)


def shares_by_time(
    log_odds: FloatArray, follow_up: FollowUp, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Estimate which share of outcomes comes while a moment is followed, and by its own outcome.

    Estimated from moments that were followed to the horizon and converted, within strata of equally
    many of them by probability.

    Parameters
    ----------
    log_odds : ndarray of shape (n,)
        Natural log-odds of each moment.
    follow_up : FollowUp
        How long each moment was followed, and when its outcome came.
    weight : ndarray of shape (n,)
        For how many moments each stands; 0 leaves it out.

    Returns
    -------
    shown : ndarray of shape (n,)
        1 where followed to the horizon; 0 where too few matured to tell.
    came_at : ndarray of shape (n,)
        Outcomes that take as long count half; of no meaning where none came.
    """
    learned = np.flatnonzero(follow_up.whole & follow_up.converted & (weight > 0))
    n_strata = min(len(learned) // FEWEST_IN_STRATUM, STRATA)
    shown, came_at = np.zeros(len(log_odds)), np.zeros(len(log_odds))
    if n_strata:
        inner = np.arange(1, n_strata) / n_strata
        bounds = np.quantile(log_odds[learned], inner)
        stratum = np.searchsorted(bounds, log_odds, side="right")
        for number in range(n_strata):
            told_by = learned[stratum[learned] == number]
            inside = stratum == number
            by_time = _ShareByTime.of(follow_up.came_after[told_by], weight[told_by])
            own = follow_up.came_after[inside]
            shown[inside] = by_time.before(follow_up.followed[inside])
            came_at[inside] = (by_time.before(own) + by_time.before(own + 1)) / 2
    shown[follow_up.whole] = 1.0
    return shown, came_at


def can_be_followed(definition: LeadDefinition) -> bool:
    """Whether outcomes can be counted before they mature."""
    return definition.dated and not definition.outcome.only_decided


@dataclass(frozen=True, kw_only=True)
class _ShareByTime:
    """Weighted share of some outcomes that had come before a time; seconds, ascending."""

    came_after: IntArray
    so_far: FloatArray

    @classmethod
    def of(cls, came_after: IntArray, weight: FloatArray) -> "_ShareByTime":
        order = np.argsort(came_after)
        so_far = np.concatenate(([0.0], np.cumsum(weight[order])))
        return cls(came_after=came_after[order], so_far=so_far / (so_far[-1] or 1.0))

    def before(self, seconds: IntArray) -> FloatArray:
        return self.so_far[np.searchsorted(self.came_after, seconds, side="left")]


def _weights(dataset: Dataset, moments: Moments) -> FloatArray:
    if not dataset.definition.learning.weight_by_propensity:
        return np.ones(len(moments))
    found = WeightedHandOvers.of(dataset.tables, dataset.history, dataset.definition)
    return found.weight_at(moments)
