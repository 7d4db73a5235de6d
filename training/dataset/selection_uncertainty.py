"""Wider intervals where little was learned from: the fit would have come out otherwise, too.

A bootstrap of the test rows takes the fit as given. With many outcomes to learn from that is right;
with few, another month of the same company would have given another fit. Its part in the variance
is to the test's as the numbers of outcomes are the other way round, as in a comparison of two
samples; Student's quantile replaces the normal one.
"""

from dataclasses import replace
from typing import Any

from scipy.special import stdtrit

from features.core.text import Text
from features.definition import LeadDefinition
from training.dataset.dataset import Dataset
from training.dataset.selection_weights import note_of
from training.dataset.undated_outcomes import undated_note
from training.metrics.proportion_intervals import standard_errors
from training.model.trained_model import TrainedModel
from training.results.records import CutOff, Measured, Metrics, ReleaseCutOffs


def interval_inflation(*, n_tested: int, n_learned: int) -> float:
    """Compute the factor that widens an interval, from numbers of outcomes."""
    both = max(n_tested, 1) + max(n_learned, 1)
    student = float(stdtrit(max(n_learned - 1, 1), 0.975))
    return float(both / max(n_learned, 1)) ** 0.5 * student / standard_errors()


def interval_inflation_of(fit: TrainedModel, dataset: Dataset) -> float:
    """Compute the factor that widens the intervals of a fit: 1 unless it is a scorecard."""
    if not fit.is_scorecard:
        return 1.0
    return interval_inflation(
        n_tested=dataset.converted_leads(dataset.split.test),
        n_learned=dataset.converted_leads(dataset.split.train),
    )


def notes_of(fit: TrainedModel, dataset: Dataset) -> tuple[Text, ...]:
    """What people must be told of a fit: whom it learned from, or that it is only a scorecard."""
    notes = [] if dataset.handed_over is None else [note_of(dataset.handed_over)]
    undated = undated_note(dataset.tables, dataset.definition)
    if undated is not None:
        notes.append(undated)
    if fit.is_scorecard:
        n_learned = dataset.converted_leads(dataset.split.train)
        notes.append(small_data_note(n_learned, dataset.definition))
    return tuple(notes)


def inflate_interval(figure: Measured | None, factor: float) -> Measured | None:
    """A figure with both ends that much farther away."""
    if figure is None or figure.low is None or figure.high is None:
        return figure
    return replace(
        figure,
        low=figure.value - factor * (figure.value - figure.low),
        high=figure.value + factor * (figure.high - figure.value),
    )


def inflate_metrics(metrics: Metrics, factor: float) -> Metrics:
    """Every measure with a wider interval; shares stay between 0 and 1."""
    if factor == 1:
        return metrics
    wider: dict[str, Any] = {
        name: inflate_interval(figure, factor)
        for name, figure in vars(metrics).items()
        if isinstance(figure, Measured)
    }
    bands = tuple(
        replace(band, converted_share=_a_share(band.converted_share, factor))
        for band in metrics.reliability
    )
    return replace(metrics, **wider, reliability=bands)


def inflate_cut_offs(cut_offs: ReleaseCutOffs, factor: float) -> ReleaseCutOffs:
    """What is expected of cut-offs, with wider intervals."""
    if factor == 1:
        return cut_offs
    return ReleaseCutOffs(mql=_wider(cut_offs.mql, factor), sql=_wider(cut_offs.sql, factor))


def _wider(cut_off: CutOff, factor: float) -> CutOff:
    precision = cut_off.expected_precision
    return replace(
        cut_off,
        expected_precision=None if precision is None else _a_share(precision, factor),
        expected_worth=inflate_interval(cut_off.expected_worth, factor),
    )


def _a_share(figure: Measured, factor: float) -> Measured:
    wider = inflate_interval(figure, factor) or figure
    if wider.low is None or wider.high is None:
        return figure
    return replace(wider, low=max(wider.low, 0.0), high=min(wider.high, 1.0))


def small_data_note(n_converted_leads: int, definition: LeadDefinition) -> Text:
    """What people are told of a scorecard."""
    limit = definition.learning.scorecard_below
    return Text(
        ja=f"成果に至ったリードが{n_converted_leads:,}件と{limit:,}件に満たないため、ルールブックの"
        "条件と項目だけを使うスコアカードを学習しました。誤差の範囲は広めに示しています。",
        en=f"Only {n_converted_leads:,} leads with an outcome could be learned from, fewer than "
        f"{limit:,}: this is a scorecard of the rulebook's conditions and the attributes alone, "
        "and its intervals are widened.",
    )
