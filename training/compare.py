"""Model against rulebook: same leads, same period, same outcomes, hand-overs counted once a lead.

Ways of setting volumes, never mixed:

* *past*: both cut-offs were set before the period began; volumes are what they turned out to be.
* *tuned*: the rulebook's agreed cut-offs replaced by ones chosen on past data by the model's rules.
* *hindsight*: the model's cut-off is moved, knowing the period, until it hands over as many leads
  as the rulebook did. Nobody could have done that in advance; it answers "at equal effort" only.

A difference is believed when its interval, drawn in pairs by account, stays on one side of zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.clock import DAY, UNDATED
from features.qualification import Qualification
from training.bootstrap import measured, resampled_sums, sums_by_group
from training.comparison_records import (
    AgreementCell,
    Comparison,
    DaysEarlier,
    Matching,
    PolicyPair,
    PolicyResult,
    SegmentResult,
)
from training.records import Measured
from training.replay import NEVER, Cohort, margin_for_volume
from training.sensitivity import sensitivity_band

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DAYS_IN_MONTH = 365.2425 / 12
LEVELS = (Qualification.MQL, Qualification.SQL)
SMALLEST_SEGMENT = 30
"""Leads below which a segment's rates say nothing worth a line."""

MOST_VALUES = 12
"""Values of one attribute shown, the largest first."""

# Columns of the sums every figure is made from.
LEADS, CONVERTED, MODEL, MODEL_CAUGHT, RULEBOOK, RULEBOOK_CAUGHT = range(6)


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
class Segment:
    """Values of one attribute for each lead of a cohort, as known when the period began."""

    attribute: str
    value: npt.NDArray[np.str_]


def compare(
    cohort: Cohort,
    judgements: Judgements,
    *,
    segments: Sequence[Segment] = (),
    unseen: BoolArray | None = None,
    seed: int = 0,
) -> Comparison:
    """Both policies replayed on one cohort, at both qualifications and both ways of volume.

    Parameters
    ----------
    cohort : Cohort
        Snapshots later in time than everything the model and its cut-offs were fitted on.
    segments : sequence of Segment
        Attributes by which the comparison with past cut-offs is split.
    unseen : ndarray of shape (n_leads,), optional
        Leads nobody handed over; each pair then gets its sensitivity band.
    """
    months = _months(cohort.as_of) if cohort.dated else None
    replay = _Replay(cohort=cohort, months=months, unseen=unseen, seed=seed)
    pairs: list[PolicyPair] = []
    for level in LEVELS:
        rulebook = cohort.first_crossing(judgements.rulebook >= level)
        model = cohort.first_crossing(judgements.model >= level)
        pairs.append(
            replay.pair(Matching.PAST, level, model=model, rulebook=rulebook, segments=segments)
        )
        if judgements.tuned is not None:
            tuned = cohort.first_crossing(judgements.tuned >= level)
            pairs.append(replay.pair(Matching.TUNED, level, model=model, rulebook=tuned))
        cut_off = margin_for_volume(cohort.highest(judgements.margin), int(np.sum(rulebook >= 0)))
        matched = cohort.first_crossing(judgements.margin >= cut_off)
        pairs.append(replay.pair(Matching.HINDSIGHT, level, model=matched, rulebook=rulebook))
    return Comparison(
        n_leads=cohort.n_leads,
        n_groups=len(np.unique(cohort.lead_group)),
        n_converted=int(cohort.ever_converted.sum()),
        first_as_of=int(cohort.as_of.min()) if cohort.dated else UNDATED,
        last_as_of=int(cohort.as_of.max()) if cohort.dated else UNDATED,
        months=months,
        pairs=tuple(pairs),
    )


@dataclass(frozen=True, kw_only=True)
class _Replay:
    """What every pair of one comparison shares."""

    cohort: Cohort
    months: float | None
    unseen: BoolArray | None
    seed: int

    def pair(
        self,
        matching: Matching,
        level: Qualification,
        *,
        model: IntArray,
        rulebook: IntArray,
        segments: Sequence[Segment] = (),
    ) -> PolicyPair:
        columns = _columns(self.cohort, model, rulebook)
        sums = sums_by_group(self.cohort.lead_group, columns)
        observed, drawn = sums.sum(axis=0), resampled_sums(sums, self.seed)
        return PolicyPair(
            matching=matching,
            qualification=level,
            model=_result(MODEL, observed, drawn, self.months),
            rulebook=_result(RULEBOOK, observed, drawn, self.months),
            rate_difference=measured(_rate_difference, observed, drawn),
            caught_difference=measured(_caught_difference, observed, drawn) or Measured(value=0.0),
            cells=_cells(self.cohort, model, rulebook, self.seed),
            days_earlier=_days_earlier(self.cohort, model, rulebook, self.seed)
            if self.months is not None
            else None,
            segments=tuple(
                result for segment in segments for result in self.segment(segment, columns)
            ),
            sensitivity=None
            if self.unseen is None
            else sensitivity_band(self.cohort, model, rulebook, unseen=self.unseen),
        )

    def segment(self, segment: Segment, columns: FloatArray) -> list[SegmentResult]:
        values, counts = np.unique(segment.value, return_counts=True)
        largest = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        results = []
        for value in values[largest][counts[largest] >= SMALLEST_SEGMENT]:
            inside = segment.value == value
            sums = sums_by_group(self.cohort.lead_group[inside], columns[inside])
            observed, drawn = sums.sum(axis=0), resampled_sums(sums, self.seed)
            results.append(
                SegmentResult(
                    attribute=segment.attribute,
                    value=str(value),
                    n_leads=int(inside.sum()),
                    model=_result(MODEL, observed, drawn, self.months),
                    rulebook=_result(RULEBOOK, observed, drawn, self.months),
                )
            )
        return results


def _months(as_of: IntArray) -> float:
    # A period shorter than a day still is one day of hand-overs.
    return max(float(as_of.max() - as_of.min()) / DAY, 1.0) / DAYS_IN_MONTH


def _columns(cohort: Cohort, model: IntArray, rulebook: IntArray) -> FloatArray:
    return np.column_stack(
        [
            np.ones(cohort.n_leads),
            cohort.ever_converted,
            model != NEVER,
            cohort.caught(model),
            rulebook != NEVER,
            cohort.caught(rulebook),
        ]
    ).astype(np.float64)


def _rate_difference(sums: FloatArray) -> FloatArray:
    model = sums[:, MODEL_CAUGHT] / sums[:, MODEL]
    return model - sums[:, RULEBOOK_CAUGHT] / sums[:, RULEBOOK]


def _caught_difference(sums: FloatArray) -> FloatArray:
    return (sums[:, MODEL_CAUGHT] - sums[:, RULEBOOK_CAUGHT]) / sums[:, CONVERTED]


def _result(
    policy: int, observed: FloatArray, drawn: FloatArray, months: float | None
) -> PolicyResult:
    handed, caught = policy, policy + 1
    rate = measured(lambda s: s[:, caught] / s[:, handed], observed, drawn)
    return PolicyResult(
        n_handed_over=int(observed[handed]),
        n_caught=int(observed[caught]),
        per_month=None if months is None else float(observed[handed]) / months,
        opportunity_rate=rate,
        caught_share=measured(lambda s: s[:, caught] / s[:, CONVERTED], observed, drawn),
        lift=measured(
            lambda s: s[:, caught] / s[:, handed] / (s[:, CONVERTED] / s[:, LEADS]),
            observed,
            drawn,
        ),
    )


def _cells(
    cohort: Cohort, model: IntArray, rulebook: IntArray, seed: int
) -> tuple[AgreementCell, ...]:
    """The four cells; an outcome counts after the first hand-over, or any snapshot where none."""
    by_model, by_rulebook = model != NEVER, rulebook != NEVER
    # The earlier of two crossings is the smaller row; NEVER must not win.
    first = np.where(
        by_model & by_rulebook, np.minimum(model, rulebook), np.maximum(model, rulebook)
    )
    followed = np.where(first == NEVER, cohort.ever_converted, cohort.converted[first])
    cells = {
        "both": by_model & by_rulebook,
        "model_only": by_model & ~by_rulebook,
        "rulebook_only": ~by_model & by_rulebook,
        "neither": ~by_model & ~by_rulebook,
    }
    found = []
    for name, inside in cells.items():
        columns = np.column_stack([inside, inside & followed]).astype(np.float64)
        sums = sums_by_group(cohort.lead_group, columns)
        found.append(
            AgreementCell(
                name=name,
                n_leads=int(inside.sum()),
                n_converted=int((inside & followed).sum()),
                converted_share=measured(
                    lambda s: s[:, 1] / s[:, 0], sums.sum(axis=0), resampled_sums(sums, seed)
                ),
            )
        )
    return tuple(found)


def _days_earlier(
    cohort: Cohort, model: IntArray, rulebook: IntArray, seed: int
) -> DaysEarlier | None:
    found = (model != NEVER) & (rulebook != NEVER)
    if not found.any():
        return None
    days = (cohort.as_of[rulebook[found]] - cohort.as_of[model[found]]) / DAY
    sums = sums_by_group(cohort.lead_group[found], np.column_stack([np.ones(len(days)), days]))
    mean = measured(lambda s: s[:, 1] / s[:, 0], sums.sum(axis=0), resampled_sums(sums, seed))
    return DaysEarlier(
        n_leads=len(days),
        median_days=float(np.median(days)),
        mean_days=mean or Measured(value=float(days.mean())),
        earlier_share=float(np.mean(days >= 1)),
        same_day_share=float(np.mean(np.abs(days) < 1)),
        later_share=float(np.mean(days <= -1)),
    )
