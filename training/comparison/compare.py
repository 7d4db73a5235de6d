"""Model against rulebook: same leads, same period, same outcomes, hand-overs counted once a lead.

Ways of setting volumes, never mixed:

* *past*: both cut-offs were set before the period began; volumes are what they turned out to be.
* *tuned*: the rulebook's agreed cut-offs replaced by ones chosen on past data by the model's rules.
* *hindsight*: the model's cut-off is moved, knowing the period, until it hands over as many leads
  as the rulebook did. Nobody could have done that in advance; it answers "at equal effort" only.

A difference is believed when its interval, drawn in pairs by account, stays on one side of zero.
Outcomes are never imputed for leads nobody handed over: where chance handed some over, rates are
weighted by its propensity, elsewhere a band says what the unseen could change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from features.core.clock import UNDATED
from features.core.qualification import Qualification
from features.core.text import Text
from training.comparison.policy_sums import (
    DAYS_IN_MONTH,
    MODEL,
    RULEBOOK,
    FirstCrossings,
    Sums,
    agreement_cells,
    caught_difference,
    days_earlier,
    lead_columns,
    policy_result,
    rate_difference,
    week_volumes,
)
from training.comparison.propensity_weighting import RandomisedHandOvers, weighted_pair
from training.comparison.replay import ReplayCohort, margin_for_volume
from training.comparison.sensitivity import sensitivity_band
from training.dataset.segments import Segment
from training.results.comparison_records import (
    Cadence,
    Comparison,
    FourWayAgreement,
    Matching,
    PolicyPair,
    PolicyResult,
    SegmentResult,
    WeightedPair,
)

LEVELS = (Qualification.MQL, Qualification.SQL)
SMALLEST_SEGMENT = 30
"""Leads below which a segment's rates say nothing worth a line."""

MOST_VALUES = 12
"""Values of one attribute shown, the largest first."""


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """What both policies said of each snapshot of a cohort, each of shape (n_snapshots,).

    Attributes
    ----------
    margin : ndarray
        The model's, natural log-odds: ranks without the ties a calibrator may make.
    model, rulebook : ndarray of int8
        Values of :class:`Qualification`.
    tuned : ndarray of int8, optional
        The rulebook's, had its cut-offs been chosen on past data like the model's.
    """

    margin: FloatArray
    model: npt.NDArray[np.int8]
    rulebook: npt.NDArray[np.int8]
    tuned: npt.NDArray[np.int8] | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The setting of a comparison, beside the two policies.

    Attributes
    ----------
    segments : sequence of Segment
        Attributes by which the comparison with past cut-offs is split.
    unseen : ndarray of shape (n_leads,), optional
        Leads nobody handed over; each pair then gets its sensitivity band.
    randomised : RandomisedHandOvers, optional
        Hand-overs that chance made; each pair is then weighted by their propensity.
    hours_per_lead : float, optional
        What a hand-over costs sales.
    verdicts : FourWayAgreement, optional
    works_with : tuple of Text
        What there is for a rulebook to ask about; the first ``n_behaviours`` are behaviours.
    """

    segments: Sequence[Segment] = ()
    unseen: BoolArray | None = None
    randomised: RandomisedHandOvers | None = None
    hours_per_lead: float | None = None
    verdicts: FourWayAgreement | None = None
    works_with: tuple[Text, ...] = ()
    n_behaviours: int = 0
    has_rules: bool = True
    cadence: Cadence = Cadence.SNAPSHOT
    warm_up_days: int = 0
    seed: int = 0


def compare(
    cohort: ReplayCohort, judgements: Judgements, setting: Setting | None = None
) -> Comparison:
    """Compare both policies on one cohort, at both qualifications and every way to match volume.

    Parameters
    ----------
    cohort : ReplayCohort
        Moments later in time than everything the model and its cut-offs were fitted on.
    judgements : Judgements
        What both policies said of each moment of the cohort.
    setting : Setting, optional
        Segments, randomised hand-overs, hours: what is reported beside the rates.
    """
    setting = setting or Setting()
    months = cohort.days / DAYS_IN_MONTH if cohort.dated else None
    pairing = _Pairing(cohort=cohort, months=months, setting=setting)
    pairs: list[PolicyPair] = []
    for level in LEVELS:
        rulebook = cohort.first_crossing(judgements.rulebook >= level)
        model = cohort.first_crossing(judgements.model >= level)
        past = FirstCrossings(model=model, rulebook=rulebook)
        pairs.append(pairing.pair(Matching.PAST, level, past, split=True))
        if not setting.has_rules:
            continue
        if judgements.tuned is not None:
            tuned = cohort.first_crossing(judgements.tuned >= level)
            crossings = FirstCrossings(model=model, rulebook=tuned)
            pairs.append(pairing.pair(Matching.TUNED, level, crossings))
        cut_off = margin_for_volume(
            cohort.highest(judgements.margin),
            int(cohort.handed_over(rulebook).sum()),
            before=cohort.highest_before(judgements.margin),
        )
        matched = cohort.first_crossing(judgements.margin >= cut_off)
        crossings = FirstCrossings(model=matched, rulebook=rulebook)
        pairs.append(pairing.pair(Matching.HINDSIGHT, level, crossings))
    in_period = cohort.as_of[cohort.in_period]
    return Comparison(
        n_leads=cohort.n_leads,
        n_groups=len(np.unique(cohort.lead_group)),
        n_converted=int(cohort.ever_converted.sum()),
        first_as_of=int(in_period.min()) if cohort.dated else UNDATED,
        last_as_of=cohort.last_as_of if cohort.dated else UNDATED,
        months=months,
        pairs=tuple(pairs),
        cadence=setting.cadence,
        warm_up_days=setting.warm_up_days,
        hours_per_lead=setting.hours_per_lead,
        verdicts=setting.verdicts,
        works_with=setting.works_with,
        n_behaviours=setting.n_behaviours,
        has_rules=setting.has_rules,
    )


@dataclass(frozen=True, kw_only=True)
class _Pairing:
    """What every pair of one comparison shares."""

    cohort: ReplayCohort
    months: float | None
    setting: Setting

    def pair(
        self,
        matching: Matching,
        level: Qualification,
        crossings: FirstCrossings,
        *,
        split: bool = False,
    ) -> PolicyPair:
        """One pair; ``split`` by segment and by week."""
        cohort, setting = self.cohort, self.setting
        columns = lead_columns(cohort, crossings)
        sums = Sums.of(cohort.lead_group, columns, setting.seed)
        segments = setting.segments if split else ()
        return PolicyPair(
            matching=matching,
            qualification=level,
            model=self._result(MODEL, sums),
            rulebook=self._result(RULEBOOK, sums),
            rate_difference=rate_difference(sums),
            caught_difference=caught_difference(sums),
            cells=agreement_cells(cohort, crossings),
            days_earlier=days_earlier(cohort, crossings, seed=setting.seed)
            if self.months is not None
            else None,
            segments=tuple(
                result for segment in segments for result in self._segment(segment, columns)
            ),
            sensitivity=None
            if setting.unseen is None
            else sensitivity_band(cohort, crossings, unseen=setting.unseen),
            weighted=self._weighted(crossings),
            weeks=week_volumes(cohort, crossings) if split else (),
        )

    def _result(self, policy: int, sums: Sums) -> PolicyResult:
        return policy_result(
            policy, sums, months=self.months, hours_per_lead=self.setting.hours_per_lead
        )

    def _weighted(self, crossings: FirstCrossings) -> WeightedPair | None:
        randomised = self.setting.randomised
        if randomised is None:
            return None
        return weighted_pair(self.cohort, crossings, randomised, seed=self.setting.seed)

    def _segment(self, segment: Segment, columns: FloatArray) -> list[SegmentResult]:
        values, counts = np.unique(segment.value, return_counts=True)
        largest = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        results = []
        for value in values[largest][counts[largest] >= SMALLEST_SEGMENT]:
            inside = segment.value == value
            group = self.cohort.lead_group[inside]
            sums = Sums.of(group, columns[inside], self.setting.seed)
            results.append(
                SegmentResult(
                    attribute=segment.attribute,
                    value=str(value),
                    n_leads=int(inside.sum()),
                    model=self._result(MODEL, sums),
                    rulebook=self._result(RULEBOOK, sums),
                    label=segment.label,
                    value_label=segment.value_labels.get(str(value)),
                    rate_difference=rate_difference(sums),
                )
            )
        return results
