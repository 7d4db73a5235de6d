"""The model card of a release: what it predicts, on whom, from what, how well, and what not for.

Why it lies in the release's folder: whoever gets the folder gets the card, and it is covered by the
release's checksums. Why it holds no cut-offs: an agreement may change them while the boosters stay,
and every sentence here must stay true.

References
----------
Mitchell et al. (2019), Model cards for model reporting.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from features.core.arrays import BoolArray, FloatArray
from features.core.clock import month_starts
from features.core.formats import gap
from features.core.text import Text
from features.definition import LeadDefinition
from training.base_rate.adjust import AdjustedFit
from training.dataset.dataset import Dataset
from training.dataset.segments import segments_of
from training.dataset.selection_uncertainty import notes_of
from training.evaluation.holdout import HoldoutResult
from training.evaluation.segment_calibration import FEWEST_CONVERTED, segment_levels
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.metrics import row_losses
from training.metrics.proportion_intervals import clustered_share
from training.metrics.sample_weights import mean
from training.reports.base_rate_text import level_notes
from training.results.records import BaselineResult, Measured, Metrics
from training.results.scored import ScoredSnapshots


@dataclass(frozen=True, kw_only=True)
class WeakSegment:
    """A value of an attribute for which the probabilities say less than elsewhere, and why."""

    attribute: str
    value: str
    n_snapshots: int
    n_converted: int
    why: Text


@dataclass(frozen=True, kw_only=True)
class MonthLevel:
    """Calibration-in-the-large of one month of the test: predicted and observed share.

    ``start`` is the month's first second since 1970 UTC, or the first moment looked at in it.
    """

    start: int
    n_snapshots: int
    n_converted: int
    mean_probability: float
    converted_share: Measured


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What a model card says, before it is put into words.

    Attributes
    ----------
    definition : LeadDefinition
    n_leads, n_snapshots, n_converted : int
        What the shipped fit learned from; ``n_converted`` are leads.
    learned_from, learned_until : int
        First and last moment looked back from; seconds since 1970 UTC.
    metrics, opponents, tested_from
        Of the tested fit.
    suspects : tuple of str
        Attributes of which nobody recorded when they were learned.
    weak : tuple of WeakSegment
    months : tuple of MonthLevel
        Of the tested fit; none where the data have no dates.
    """

    definition: LeadDefinition
    n_leads: int
    n_snapshots: int
    n_converted: int
    learned_from: int
    learned_until: int
    n_features: int
    n_boosters: int
    n_trees: int
    line_share: float
    calibrator: str
    tested_from: int
    metrics: Metrics
    opponents: tuple[BaselineResult, ...]
    suspects: tuple[str, ...]
    weak: tuple[WeakSegment, ...]
    notes: tuple[Text, ...]
    months: tuple[MonthLevel, ...] = ()


def make_model_card(
    dataset: Dataset,
    trial: HoldoutResult,
    shipped: AdjustedFit,
    *,
    opponents: tuple[BaselineResult, ...],
) -> ModelCard:
    """Make the card of a retrain's release.

    Parameters
    ----------
    dataset : Dataset
    trial : HoldoutResult
        Of the tested fit, whose figures the card shows.
    shipped : AdjustedFit
    opponents : tuple of BaselineResult
        On the trial's test rows.
    """
    matured, fit = dataset.matured, shipped.learned.model
    moments = dataset.at(matured.rows)
    return ModelCard(
        definition=dataset.definition,
        n_leads=len(np.unique(moments.lead)),
        n_snapshots=len(matured),
        n_converted=dataset.n_converted_leads,
        learned_from=int(moments.as_of.min()),
        learned_until=int(moments.as_of.max()),
        n_features=fit.n_features,
        n_boosters=len(fit.booster_texts),
        n_trees=sum(booster.num_trees() for booster in fit.boosters),
        line_share=0.0 if fit.line is None else fit.line.share,
        calibrator=fit.calibrator.kind,
        tested_from=dataset.split.test_from,
        metrics=trial.metrics,
        opponents=opponents,
        suspects=tuple(fit.catalogue.get("suspects", ())),
        weak=weak_segments(trial, dataset.definition, seed=dataset.seed),
        notes=(*notes_of(fit, dataset), *level_notes(shipped.level)),
        months=month_levels(trial.scored, dataset.definition.zone)
        if dataset.definition.dated
        else (),
    )


def month_levels(scored: ScoredSnapshots, zone: ZoneInfo) -> tuple[MonthLevel, ...]:
    """Compare predicted and observed share in every month with snapshots.

    Parameters
    ----------
    scored : ScoredSnapshots
        Matured snapshots; at least one.
    zone : ZoneInfo
        In which months are cut.
    """
    first, last = int(scored.as_of.min()), int(scored.as_of.max())
    starts = np.concatenate(([first], month_starts(first, last, zone)))
    number = np.searchsorted(starts, scored.as_of, side="right") - 1
    levels = []
    for month in np.unique(number).tolist():
        rows = scored.take(number == month)
        levels.append(
            MonthLevel(
                start=int(starts[month]),
                n_snapshots=len(rows),
                n_converted=int(rows.converted.sum()),
                mean_probability=mean(rows.probability, rows.weight),
                converted_share=clustered_share(rows.converted, rows.group, weight=rows.weight),
            )
        )
    return tuple(levels)


def weak_segments(
    trial: HoldoutResult, definition: LeadDefinition, *, seed: int = 0
) -> tuple[WeakSegment, ...]:
    """List segments where the tested fit is off, cannot tell leads apart or is not shown to work.

    Parameters
    ----------
    trial : HoldoutResult
        Of the tested fit.
    definition : LeadDefinition
        Names the segments.
    seed : int
        Of the bootstrap.
    """
    scored = trial.scored
    found = segments_of(trial.snapshot, np.arange(len(scored)), definition)
    values = {segment.attribute: segment.value for segment in found}
    off = {
        (check.attribute, check.value): check
        for check in segment_levels(scored, values, seed=seed)
        if check.is_off
    }
    weak = []
    for attribute, texts in values.items():
        for value in np.unique(texts).tolist():
            inside = texts == value
            check = off.get((attribute, value))
            why = _off(check.difference.value) if check else _blind(scored, inside, seed)
            if why is not None:
                weak.append(
                    WeakSegment(
                        attribute=attribute,
                        value=value,
                        n_snapshots=int(inside.sum()),
                        n_converted=int(scored.converted[inside].sum()),
                        why=why,
                    )
                )
    return tuple(weak)


def _off(difference: float) -> Text:
    off = gap(difference)
    if difference > 0:
        return Text(ja=f"確率が平均{off.ja}高すぎます", en=f"{off.en} too high")
    return Text(ja=f"確率が平均{off.ja}低すぎます", en=f"{off.en} too low")


def _blind(scored: ScoredSnapshots, inside: BoolArray, seed: int) -> Text | None:
    """Whether a segment is too small to tell, or no better told than by its own rate."""
    rows = scored.take(inside)
    n_converted = int(rows.converted.sum())
    if n_converted < FEWEST_CONVERTED:
        return Text(
            ja=f"成果が{n_converted:,}件しかなく、確かめられていません",
            en=f"only {n_converted:,} outcomes in the test, so nothing is proved",
        )
    rate = n_converted / len(rows)
    gain = _gain(rows, np.full(len(rows), rate), seed)
    if gain is not None and gain.low is not None and gain.low <= 0:
        return Text(
            ja="区分の中では、区分の転換率だけを使うより良いと言えません",
            en="inside it not shown to be better than its own conversion rate",
        )
    return None


def _gain(rows: ScoredSnapshots, rate: FloatArray, seed: int) -> Measured | None:
    ahead = row_losses(rate, rows.converted) - row_losses(rows.probability, rows.converted)
    sums = sums_by_group(rows.group, np.column_stack((ahead, np.ones(len(ahead)))))
    return measured(_mean, sums.sum(axis=0), resampled_sums(sums, seed, repeats=500))


def _mean(sums: FloatArray) -> FloatArray:
    return sums[..., 0] / sums[..., 1]
