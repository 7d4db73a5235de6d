"""Which attributes know the outcome: found from the data, named, and said in a sentence.

An attribute that sales fill in after a deal looks like a miracle of foresight in training and is
blank when a lead must be judged. Four things give it away:

- *power*: alone it removes more of the uncertainty than anything known beforehand plausibly could;
- *company of winners*: whoever has a value at all has, nearly always, reached the outcome;
- *honesty*: its power vanishes where somebody recorded when it became known;
- *lateness*: in leads that reached the outcome, it was mostly written down after that.

The first two are severe, the others a reason to look. A severe finding keeps a release from being
promoted unless the definition names the attribute under ``gate.acknowledged``. What clues amount to
is decided in :mod:`training.leakage.audit_findings`.
"""

from dataclasses import replace

import numpy as np

from features.catalogue import build_catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.definition.attributes import Attribute
from features.families.category_levels import fit_levels
from features.snapshot import Snapshot, take_snapshot
from features.timeline.codes import ABSENT
from training.dataset.dataset import Dataset
from training.dataset.outcomes import NEVER, first_reached
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.leakage.audit_findings import Clues, judge_clues
from training.learners.boosting.folds import Folds, deal_folds
from training.metrics.metrics import log_loss
from training.results.records import AuditFinding

N_FOLDS = 5
MOST_BINS = 20
PRIOR_ROWS = 5.0
"""Rows at the base rate that every bin starts with: a rare value must not look certain."""


def column_power(column: FloatArray, converted: BoolArray, folds: Folds) -> float:
    """Share of uncertainty that a column removes from rows held out.

    Parameters
    ----------
    column : ndarray of shape (n,)
        A number or a category's code; NaN is a value like any other.
    converted : ndarray of shape (n,)
        With both outcomes.
    folds : ndarray of shape (n,)
        From :func:`power_folds`.
    """
    return 1 - log_loss(held_out_rates(bins_of(column), converted, folds), converted) / log_loss(
        np.full(len(converted), converted.mean()), converted
    )


def power_folds(converted: BoolArray, groups: IntArray) -> Folds:
    """Folds that leave accounts and leads whole."""
    return deal_folds(converted, groups, n_folds=N_FOLDS, seed=0)


def bins_of(column: FloatArray) -> IntArray:
    """The bin of each row: distinct values where they are few, else equally many rows a bin."""
    known = np.isfinite(column)
    values, place = np.unique(column[known], return_inverse=True)
    if len(values) > MOST_BINS and not np.array_equal(values, np.arange(len(values))):
        edges = np.unique(np.quantile(column[known], np.arange(1, MOST_BINS) / MOST_BINS))
        place = np.searchsorted(edges, column[known], side="right")
    bins = np.zeros(len(column), dtype=np.int64)
    bins[known] = place + 1
    return bins


def held_out_rates(bins: IntArray, converted: BoolArray, folds: Folds) -> FloatArray:
    """Estimate the conversion rate of each row's bin from the rows of the other folds.

    Parameters
    ----------
    bins : ndarray of shape (n,)
        Bin of each row's value, numbered from 0.
    converted : ndarray of shape (n,)
        Whether the lead reached the outcome.
    folds : ndarray of shape (n,)
        Fold of each row, below ``N_FOLDS``.

    Returns
    -------
    ndarray of shape (n,)
        Shares, 0 to 1, shrunk towards the overall rate.
    """
    shape = (int(bins.max()) + 1, N_FOLDS)
    cell = np.ravel_multi_index((bins, folds), shape)
    rows = np.bincount(cell, minlength=shape[0] * N_FOLDS).reshape(shape)
    hits = np.bincount(cell, weights=converted, minlength=shape[0] * N_FOLDS).reshape(shape)
    other_rows = rows.sum(axis=1, keepdims=True) - rows
    other_hits = hits.sum(axis=1, keepdims=True) - hits
    base = float(converted.mean())
    rates = (other_hits + PRIOR_ROWS * base) / (other_rows + PRIOR_ROWS)
    return rates[bins, folds]


FEWEST_CONVERTED = 30
MOST_SNAPSHOTS = 60_000


def audit_leakage(dataset: Dataset) -> tuple[AuditFinding, ...]:
    """Attributes that know the outcome or may, the severe ones first.

    Judged on what has matured, at the moments the model is trained on, so that what it sees is what
    is judged. Too few outcomes give no findings: the refusal for want of outcomes comes first.
    """
    rows = _sampled(dataset)
    converted = dataset.outcomes.converted[rows]
    if min(int(converted.sum()), int((~converted).sum())) < FEWEST_CONVERTED:
        return ()
    known_before = dataset.data_cutoff if dataset.definition.dated else UNDATED_AS_OF
    levels = fit_levels(dataset.history, dataset.definition, known_before)
    catalogue = build_catalogue(dataset.definition, levels)
    asked = {attribute.name for attribute in dataset.definition.feature_attributes}
    names = {feature.name for feature in catalogue if feature.concept in asked}
    # Once for all of them: workers of a cluster read the tables anew each time they are asked.
    snapshot = take_snapshot(dataset.history, catalogue.only(names), dataset.at(rows))
    findings = []
    for attribute in dataset.definition.feature_attributes:
        clues = _clues(dataset, attribute, snapshot=snapshot, rows=rows)
        finding = judge_clues(attribute, clues, base_rate=_lead_rate(dataset))
        if finding is not None:
            findings.append(_acknowledged(finding, dataset))
    return tuple(sorted(findings, key=lambda finding: finding.severity))


def _clues(dataset: Dataset, attribute: Attribute, *, snapshot: Snapshot, rows: IntArray) -> Clues:
    moments = snapshot.moments
    converted = dataset.outcomes.converted[rows]
    folds = power_folds(converted, dataset.groups_at(rows))
    columns = [
        snapshot.matrix[:, column]
        for column, feature in enumerate(snapshot.catalogue)
        if feature.concept == attribute.name
    ]
    power = max((column_power(c, converted, folds) for c in columns), default=0.0)
    facts = dataset.history.facts
    group = facts.group(attribute.name)
    has_value = facts.codes[group] != ABSENT
    owner = facts.index.owner(group)[has_value]
    honest = facts.honest[group][has_value]
    n_leads = dataset.history.n_leads
    is_honest = np.zeros(n_leads, dtype=np.bool_)
    is_honest[owner[honest]] = True
    first_known = np.full(n_leads, NEVER)
    np.minimum.at(first_known, owner, facts.index.second(group)[has_value])
    reached = _first_reached(dataset)
    is_known, has_won = first_known < NEVER, reached < NEVER
    return Clues(
        power=power,
        honest_power=_power_within(columns, converted, folds, is_honest[moments.lead]),
        honest_share=float(honest.mean()) if len(honest) else 1.0,
        n_known=int(is_known.sum()),
        n_winners=int((is_known & has_won).sum()),
        # Where nothing has a date everything happened at once, and nothing is late.
        n_late=int((is_known & has_won & (first_known >= reached)).sum())
        if dataset.definition.dated
        else 0,
    )


def _power_within(
    columns: list[FloatArray], converted: BoolArray, folds: Folds, inside: BoolArray
) -> float:
    n_converted = int(converted[inside].sum())
    if min(n_converted, int(inside.sum()) - n_converted) < FEWEST_CONVERTED:
        return 0.0
    return max(
        (column_power(c[inside], converted[inside], folds[inside]) for c in columns), default=0.0
    )


def _sampled(dataset: Dataset) -> IntArray:
    """Matured rows; of very many, those of whole groups drawn at random."""
    rows = dataset.matured.rows
    if len(rows) <= MOST_SNAPSHOTS:
        return rows
    group = dataset.groups_at(rows)
    names, place = np.unique(group, return_inverse=True)
    drawn = np.random.default_rng(dataset.seed).random(len(names))
    return rows[drawn[place] < MOST_SNAPSHOTS / len(rows)]


def _lead_rate(dataset: Dataset) -> float:
    reached = _first_reached(dataset)
    return float((reached < NEVER).mean())


def _acknowledged(finding: AuditFinding, dataset: Dataset) -> AuditFinding:
    if finding.column not in dataset.definition.gate.acknowledged:
        return finding
    return replace(finding, blocks=False)


def _first_reached(dataset: Dataset) -> IntArray:
    return first_reached(
        dataset.tables,
        dataset.history,
        dataset.definition,
        data_cutoff=dataset.data_cutoff,
    )
