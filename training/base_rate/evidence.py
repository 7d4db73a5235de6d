"""Outcomes observed so far against those predicted: whether all probabilities are off.

Outcomes of a changed world take a horizon to mature, and a test window of months dilutes them. Most
come well before, though, and how soon is known from those that matured: of a lead predicted ``p``
and followed for ``t`` seconds, ``p * shown(t)`` is expected by now. So what has not matured counts,
too, for as much as it could have shown. (In survival analysis this is follow-up, in advertising
delayed feedback: Chapelle 2014.)

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
from training.dataset.outcomes import OutcomesKnown
from training.dataset.selection_weights import WeightedHandOvers
from training.metrics.logistic import log_odds_of
from training.results.scored import ScoredSnapshots
from training.train.shares_by_time import shares_by_time


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


def can_be_followed(definition: LeadDefinition) -> bool:
    """Whether outcomes can be counted before they mature."""
    return definition.dated and not definition.outcome.only_decided


def _weights(dataset: Dataset, moments: Moments) -> FloatArray:
    if not dataset.definition.learning.weight_by_propensity:
        return np.ones(len(moments))
    found = WeightedHandOvers.of(dataset.tables, dataset.history, dataset.definition)
    return found.weight_at(moments)
