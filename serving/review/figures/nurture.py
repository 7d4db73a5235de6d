"""What to nurture next month: open leads just below the cut-off, and what they lack.

"Just below": at least half the odds of the cut-off, which is ten points. For each thing a group
lacks, its leads are scored again with what comparable leads say or did, everything else as it is.
That compares leads; it does not promise that asking, or one more seminar, brings it about.
"""

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.feature import Axis
from features.moments import Moments
from features.snapshot import take_snapshot
from serving.reasons.concepts import Concept
from serving.reasons.explainer import Explainer
from serving.reasons.what_to_ask import with_answers
from serving.review.figures.counted import SMALLEST_RANKED
from serving.review.month_data import MonthData
from serving.review.records import MissingInformation, Nurture
from training.dataset.snapshot_grid import known_end
from training.results.backtest_records import Range

ODDS_BELOW = 2.0
"""Ten points: one good answer often makes as much."""

MOST_LEADS_TRIED = 400
ANSWERS_EACH = 16
MOST_GROUPS = 8
RANGE_Z = 1.645
"""Ninety of a hundred times, as the other ranges of what is to come."""


def nurture(month_data: MonthData) -> Nurture | None:
    """Groups just below the cut-off at the month's end; None without a release or a cut-off."""
    release, explainer = month_data.release, month_data.explainer
    if release is None or explainer is None or release.cut_offs.mql.probability is None:
        return None
    cut_off = release.cut_offs.mql.probability
    leads, matrix = _open_leads(month_data)
    probability = explainer.probability(matrix) if len(matrix) else np.empty(0)
    odds = cut_off / (1 - cut_off) / ODDS_BELOW
    lowest = odds / (1 + odds)
    near = (probability >= lowest) & (probability < cut_off)
    # Comparable: near the cut-off or above it. What the coldest leads answer says little of these.
    donors = np.flatnonzero(probability >= lowest)
    groups = []
    for concept in _lacking(explainer):
        present = concept.is_present(matrix)
        lacking = np.flatnonzero(near & ~present)
        month_data.count(f"lacks:{concept.name}", leads[lacking])
        giving = donors[present[donors]]
        groups.append(_missing(explainer, concept, matrix, lacking, giving, cut_off=cut_off))
    kept = [
        group for group in groups if group.n_leads >= SMALLEST_RANKED and group.crossing is not None
    ]
    kept.sort(key=lambda group: -group.n_leads)
    return Nurture(
        n_open=len(matrix),
        n_near=month_data.count("near", leads[near]),
        from_probability=lowest,
        cut_off=cut_off,
        groups=tuple(kept[:MOST_GROUPS]),
    )


def _open_leads(month_data: MonthData) -> tuple[IntArray, FloatArray]:
    """Positions of the leads open at the month's end, and their rows."""
    history, end = month_data.history, month_data.end
    is_open = (history.created_at < end) & (
        known_end(month_data.tables, history, month_data.definition) >= end
    )
    leads = np.flatnonzero(is_open)
    moments = Moments.of(leads, np.full(len(leads), end))
    return leads, take_snapshot(history, month_data.catalogue, moments).matrix


def _lacking(explainer: Explainer) -> list[Concept]:
    """What a lead may lack: attributes with a question, and behaviours of leads."""
    definition = explainer.definition
    names = {a.name for a in definition.feature_attributes if a.question is not None}
    names |= {behaviour.name for behaviour in definition.lead_behaviours}
    return [concept for concept in explainer.concepts if concept.name in names]


def _missing(
    explainer: Explainer,
    concept: Concept,
    matrix: FloatArray,
    lacking: IntArray,
    giving: IntArray,
    *,
    cut_off: float,
) -> MissingInformation:
    """Leads that lack something, with the answers of others; both are rows of the matrix."""
    crossing = converting = None
    if len(lacking) and len(giving) >= SMALLEST_RANKED:
        now, then = _tried(explainer, concept.name, matrix, lacking, giving)
        if then.mean() > now.mean():
            crosses = then >= cut_off
            crossing = _total(crosses.mean(axis=1), n=len(lacking))
            converting = _total((crosses * then).mean(axis=1), n=len(lacking))
    return MissingInformation(
        concept=concept.name,
        axis=Axis(concept.axis),
        n_leads=len(lacking),
        crossing=crossing,
        converting=converting,
        n_donors=len(giving),
    )


def _tried(
    explainer: Explainer, concept: str, matrix: FloatArray, lacking: IntArray, giving: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Probabilities of some leads as they are, and with answers; shapes (n,), (n, answers)."""
    generator = np.random.default_rng(0)
    tried = lacking
    if len(lacking) > MOST_LEADS_TRIED:
        tried = lacking[generator.choice(len(lacking), MOST_LEADS_TRIED, replace=False)]
    rows = np.repeat(tried, ANSWERS_EACH)
    drawn = giving[generator.integers(0, len(giving), len(rows))]
    # Only what is drawn is copied: of a million leads, nearly all could give.
    answered = explainer.probability(
        with_answers(explainer, concept, rows=matrix[rows], donors=matrix[drawn])
    )
    return explainer.probability(matrix[tried]), answered.reshape(len(tried), ANSWERS_EACH)


def _total(chance: FloatArray, *, n: int) -> Range:
    """The sum over ``n`` leads of chances seen on some of them, with its range."""
    scale = n / len(chance)
    expected = float(chance.sum()) * scale
    # Each lead's own luck, and which leads were tried.
    variance = float((chance * (1 - chance)).sum()) * scale
    variance += float(chance.var()) * n * (scale - 1)
    half = RANGE_Z * variance**0.5
    return Range(expected=expected, low=max(expected - half, 0.0), high=min(expected + half, n))
