"""What moved between the data a fit learned from and the newest data, without false alarms.

What is watched, and why so:

* *inputs of new leads*: leads created in the newest 30 days against those of the months before,
  all looked at a week after their creation. Equal age, one lead an account: otherwise a growing
  company alone would look like drift.
* *inputs of open leads*: leads up to half a year old, now against three months ago. Finds values a
  supplier delivers anew for everybody at once.
* *volumes, behaviours, values*: see :mod:`training.drift.drift_volumes`.
* *outcomes*: see :mod:`training.drift.drift_outcomes`.

A finding needs all three: significance after correction over everything asked (family-wise 1 % a
run), a distance that matters, and more than the months before differed among themselves. Measured
(tests/benchmarks/bench_drift_false_alarms.py, three companies): nothing found in 24 looks where
nothing moved; where the world changed, found in the first month of three companies out of three.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.core.clock import DAY
from features.core.text import Text
from features.feature import Axis, Feature
from features.moments import Moments
from features.snapshot import take_snapshot
from training.dataset.dataset import Dataset
from training.dataset.snapshot_grid import known_end
from training.drift.drift_outcomes import tested_outcomes
from training.drift.drift_volumes import tested_volumes
from training.drift.suspicion import FALSE_ALARM_RATE, TestedFinding
from training.metrics.two_sample_tests import binned, corrected, p_value_of, stability_index
from training.model.out_of_range import MOST, out_of_range_at
from training.model.trained_model import TrainedModel
from training.results.records import DriftFinding

NEWEST_DAYS = 30
REFERENCE_DAYS = 180
SETTLE_DAYS = 7
"""Age at which new leads are looked at: forms are filled and the first week's behaviour is in."""

STABLE = 0.1
"""Stability index below which nothing is said; see
:func:`training.metrics.two_sample_tests.stability_index`."""

BEYOND_USUAL = 1.5
"""How many times further than the most unusual of the months before the newest must lie."""

FEWEST_LEADS = 100
"""Leads in a sample below which its shares wobble too much to be compared."""

MOST_FINDINGS = 6
"""A handful, the most consequential first: a page of alarms is read by nobody."""


def find_drift(
    dataset: Dataset, fit: TrainedModel, *, unseen_from: int
) -> tuple[DriftFinding, ...]:
    """Find what drifted, in order of consequence; nothing where nothing has a date.

    Parameters
    ----------
    dataset : Dataset
    fit : TrainedModel
        Whose inputs are watched and whose predicted probabilities are compared with observed
        outcomes.
    unseen_from : int
        Seconds since 1970 UTC; snapshots from then on were not learned from.
    """
    if not dataset.definition.dated:
        return ()
    catalogue = Catalogue.from_dict(fit.catalogue, dataset.definition)
    tested_findings = [
        *_inputs_of_new_leads(dataset, catalogue),
        *_inputs_of_open_leads(dataset, catalogue),
        *tested_volumes(dataset),
        *tested_outcomes(dataset, fit, catalogue, unseen_from=unseen_from),
    ]
    beyond = _beyond_range(dataset, fit)
    if not tested_findings:
        return beyond[:MOST_FINDINGS]
    chances = corrected([tested.chance for tested in tested_findings])
    found = [
        tested.finding
        for tested, chance in zip(tested_findings, chances, strict=True)
        if chance < FALSE_ALARM_RATE and tested.finding.statistic > tested.finding.threshold
    ]
    # Beyond the range learned from, the ranking itself is lost: told first, whatever else moved.
    return (*beyond, *_most_consequential(found))[:MOST_FINDINGS]


def _beyond_range(dataset: Dataset, fit: TrainedModel) -> tuple[DriftFinding, ...]:
    """Inputs that lie, for most young leads, outside what the fit saw."""
    return tuple(
        DriftFinding(
            name=out.concept,
            kind="range",
            statistic=out.share,
            threshold=MOST,
            consequence=1.0,
            sentence=out.sentence,
        )
        for out in out_of_range_at(
            known_end(dataset.tables, dataset.history, dataset.definition),
            dataset.history,
            as_of=dataset.data_cutoff,
            definition=dataset.definition,
            fit=fit,
        )
    )


def _most_consequential(found: Sequence[DriftFinding]) -> tuple[DriftFinding, ...]:
    # One thing that moved is told once, in its strongest form.
    strongest: dict[str, DriftFinding] = {}
    for finding in sorted(found, key=lambda f: -f.consequence):
        strongest.setdefault(finding.name, finding)
    return tuple(strongest.values())[:MOST_FINDINGS]


@dataclass(frozen=True, kw_only=True)
class _Samples:
    """Rows of one column in the newest sample and in each of the months before."""

    newest: FloatArray
    months: tuple[FloatArray, ...]


def _inputs_of_new_leads(dataset: Dataset, catalogue: Catalogue) -> list[TestedFinding]:
    """Inputs a week after creation: information as known by then, behaviour of the first week."""
    settle = SETTLE_DAYS * DAY
    ages = (dataset.data_cutoff - settle - dataset.history.created_at) // (NEWEST_DAYS * DAY)
    n_months = REFERENCE_DAYS // NEWEST_DAYS
    months = [np.flatnonzero(ages == month) for month in range(n_months + 1)]
    months = [_one_of_each_group(rows, dataset.group) for rows in months]
    moments = [(rows, dataset.history.created_at[rows] + settle) for rows in months]
    watched = [f for f in catalogue if f.axis is Axis.INFORMATION or f.name == f"{f.concept}_ever"]
    words = Text(ja="新しいリードの", en="of new leads")
    return _compare_inputs(dataset, watched, moments, words)


def _inputs_of_open_leads(dataset: Dataset, catalogue: Catalogue) -> list[TestedFinding]:
    """Information about all young leads, now and three months ago."""
    moments = []
    for ago in (0, 90, 120, 150):
        at = dataset.data_cutoff - ago * DAY
        age = at - dataset.history.created_at
        rows = np.flatnonzero((age > 0) & (age <= REFERENCE_DAYS * DAY))
        rows = _one_of_each_group(rows, dataset.group)
        moments.append((rows, np.full(len(rows), at)))
    # Before the company was half a year old its leads were all young: not comparable.
    oldest = int(dataset.history.created_at.min(initial=dataset.data_cutoff))
    moments = [m for m in moments if len(m[1]) and m[1][0] - oldest >= REFERENCE_DAYS * DAY]
    watched = [f for f in catalogue if f.axis is Axis.INFORMATION]
    words = Text(ja="開いているリードの", en="of open leads")
    return _compare_inputs(dataset, watched, moments, words)


def _compare_inputs(
    dataset: Dataset,
    watched: Sequence[Feature],
    moments: Sequence[tuple[IntArray, IntArray]],
    words: Text,
) -> list[TestedFinding]:
    """Each watched column in the first of some samples against all the later ones."""
    usable = [m for m in moments if len(m[0]) >= FEWEST_LEADS]
    if len(usable) < 2 or usable[0] is not moments[0]:
        return []
    narrow = Catalogue(
        features=tuple(watched), levels={f.name: f.levels for f in watched if f.is_category}
    )
    matrices = [
        take_snapshot(dataset.history, narrow, Moments.of(lead, as_of)).matrix
        for lead, as_of in usable
    ]
    return [
        _suspicion(
            feature,
            _Samples(
                newest=matrices[0][:, column], months=tuple(m[:, column] for m in matrices[1:])
            ),
            words,
        )
        for column, feature in enumerate(watched)
    ]


def _suspicion(feature: Feature, samples: _Samples, words: Text) -> TestedFinding:
    reference = np.concatenate(samples.months)
    counts = binned(reference, samples.newest, is_category=feature.is_category)
    index = stability_index(counts)
    usual = _usual_distance(samples.months, is_category=feature.is_category)
    label = feature.label
    finding = DriftFinding(
        name=feature.concept,
        kind="inputs",
        statistic=index,
        threshold=max(STABLE, BEYOND_USUAL * usual),
        consequence=index,
        sentence=Text(
            ja=f"{words.ja}「{label.ja}」が以前の月と異なります(PSI {index:.2f})。",
            en=f"{label.en} {words.en} differs from the months before (PSI {index:.2f}).",
        ),
    )
    return TestedFinding(finding=finding, chance=p_value_of(counts))


def _usual_distance(months: Sequence[FloatArray], *, is_category: bool) -> float:
    """How far the most unusual earlier month lay from the others; 0 where there is one only."""
    if len(months) < 3:
        return 0.0
    distances = []
    for position, month in enumerate(months):
        others = np.concatenate([*months[:position], *months[position + 1 :]])
        distances.append(stability_index(binned(others, month, is_category=is_category)))
    return max(distances)


def _one_of_each_group(rows: IntArray, group: IntArray) -> IntArray:
    # Leads of one account share industry and size: counted each, they would be no evidence each.
    _, first = np.unique(group[rows], return_index=True)
    return rows[np.sort(first)]
