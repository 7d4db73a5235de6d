"""The candidates over the snapshots they are chosen on.

Rules are chosen on a sample: all snapshots that converted, up to a limit, and some of the many that
did not, each standing for several. Points and thresholds are fitted on all of them afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.definition import LeadDefinition
from features.definition.rulebook import Rulebook
from features.feature import Axis
from features.rulebook.columns import Columns, HasMatrix, for_blocks
from features.rulebook.lines import RulebookLines
from features.rulebook.tally import tally
from features.snapshot_rows import SnapshotRows
from training.comparison.replay import ReplayCohort
from training.learned_rulebook.candidates import Candidate, pair_of, single_candidates
from training.learned_rulebook.constraints import Constraints, declared_signs
from training.learned_rulebook.patterns import Sample, TimesArray
from training.learned_rulebook.selection import Pool, first_order_gains, nothing_chosen

MOST_CONVERTED, MOST_OTHERS = 10_000, 40_000
"""Snapshots rules are chosen on. Each of the many that did not convert tells little: four for every
one that did lose nothing that could be measured."""

TODAYS_FAVOUR = 2.0
"""Log-likelihood by which today's rules are preferred: a change has to be worth talking about."""

PAIRED = 12
"""Rules per axis that are tried together; the rest say too little alone to say much in pairs."""

PER_SUBJECT = 2
"""Of them, rules about one thing: more would be nearly the same rule."""


@dataclass(frozen=True, kw_only=True)
class SampledRows:
    """Rows that rules are chosen on, ascending.

    Attributes
    ----------
    matrix : ndarray of shape (n_rows, n_features)
    catalogue : Catalogue
    lead : ndarray of shape (n_rows,)
    sample : Sample
        Outcomes, and how many snapshots each row stands for.
    """

    matrix: FloatArray
    catalogue: Catalogue
    lead: IntArray
    sample: Sample


def sample_rows(snapshot: SnapshotRows, cohort: ReplayCohort, seed: int) -> SampledRows:
    """Draw the rows that rules are chosen on.

    Parameters
    ----------
    snapshot : SnapshotRows
        Matured snapshots, sorted by lead, then time.
    cohort : ReplayCohort
        The same snapshots with their outcomes.
    seed : int
        Of the draw.
    """
    random = np.random.default_rng(seed)
    weight = np.zeros(len(cohort.converted))
    for converted, most in ((True, MOST_CONVERTED), (False, MOST_OTHERS)):
        here = np.flatnonzero(cohort.converted == converted)
        kept = random.permutation(here)[:most]
        weight[kept] = len(here) / max(len(kept), 1)
    if cohort.weight is not None:
        weight *= cohort.weight
    rows = np.flatnonzero(weight)
    return SampledRows(
        matrix=snapshot.take(rows).matrix,
        catalogue=snapshot.catalogue,
        lead=cohort.lead[rows],
        sample=Sample(converted=cohort.converted[rows].astype(np.float64), weight=weight[rows]),
    )


def make_pool(
    snapshot: SnapshotRows,
    cohort: ReplayCohort,
    *,
    definition: LeadDefinition,
    constraints: Constraints,
    seed: int,
) -> tuple[list[Candidate], Pool]:
    """Find candidates that apply to enough leads, and how often each counts on the sampled rows.

    Parameters
    ----------
    snapshot : SnapshotRows
        Matured snapshots, sorted by lead, then time.
    cohort : ReplayCohort
        The same snapshots with their outcomes.
    definition : LeadDefinition
    constraints : Constraints
        Limits within which points are learned.
    seed : int
        Of the draw of rows.

    Raises
    ------
    DefinitionError
        If the constraints name something the definition has not.
    """
    rows = sample_rows(snapshot, cohort, seed)
    signs = declared_signs(definition, constraints)
    singles = [*single_candidates(definition, snapshot, signs)]
    singles, times = _frequent(singles, times_of(singles, rows), rows, constraints.min_leads)
    pool = _pool_of(singles, times, rows.sample, _repeats(cohort))
    if not constraints.pairs or not singles:
        return singles, pool
    pairs, both = _pairs(singles, pool, definition=definition, catalogue=snapshot.catalogue)
    pairs, both = _frequent(pairs, both, rows, constraints.min_leads)
    candidates = [*singles, *pairs]
    times = np.concatenate([times, both])
    return candidates, _pool_of(candidates, times, rows.sample, _repeats(cohort))


def times_of(candidates: Sequence[Candidate], snapshot: HasMatrix) -> TimesArray:
    """How many times each candidate counts, shape (n_candidates, n_snapshots)."""
    times = np.zeros((len(candidates), len(snapshot.matrix)), dtype=np.uint8)
    rulebook = Rulebook(rules=tuple(candidate.rule for candidate in candidates))
    lines = RulebookLines.of(rulebook, snapshot.catalogue)

    def work(rows: slice, columns: Columns) -> None:
        times[:, rows] = tally(lines, columns).rules.T

    for_blocks(snapshot, work)
    return times


def _repeats(cohort: ReplayCohort) -> float:
    """How many snapshots tell of one lead's outcome; it is news only once."""
    return max(float(cohort.converted.sum()) / max(int(cohort.ever_converted.sum()), 1), 1.0)


def _pool_of(
    candidates: list[Candidate], times: TimesArray, sample: Sample, repeats: float
) -> Pool:
    todays = np.array([candidate.is_todays for candidate in candidates], dtype=np.bool_)
    return Pool(
        times=times,
        signs=np.array([candidate.sign for candidate in candidates], dtype=np.int64),
        favour=np.where(todays, TODAYS_FAVOUR * repeats, 0.0),
        sample=sample,
        # Gains by chance are exponential; the largest of m is about log(m).
        chance=repeats * float(np.log(max(len(candidates), 2))),
    )


def _frequent(
    candidates: list[Candidate], times: TimesArray, rows: SampledRows, min_leads: int
) -> tuple[list[Candidate], TimesArray]:
    """Those that apply to enough leads, and leave enough out."""
    if not candidates or not len(rows.lead):
        return candidates, times
    starts = np.flatnonzero(np.diff(rows.lead, prepend=-1))
    is_hit = times > 0
    n_hit = np.logical_or.reduceat(is_hit, starts, axis=1).sum(axis=1)
    n_spared = np.logical_or.reduceat(~is_hit, starts, axis=1).sum(axis=1)
    kept = np.flatnonzero(np.minimum(n_hit, n_spared) >= min_leads)
    return [candidates[position] for position in kept], times[kept]


def _pairs(
    singles: list[Candidate], pool: Pool, *, definition: LeadDefinition, catalogue: Catalogue
) -> tuple[list[Candidate], TimesArray]:
    """Every promising behaviour with every promising information."""
    gains = first_order_gains(pool, nothing_chosen(pool))
    pairs, both = [], []
    for behaviour in _promising(singles, gains, Axis.BEHAVIOUR):
        for information in _promising(singles, gains, Axis.INFORMATION):
            first, second = singles[behaviour], singles[information]
            pairs.append(pair_of(first, second, definition=definition, catalogue=catalogue))
            both.append(pool.times[behaviour] & pool.times[information])
    return pairs, np.array(both, dtype=np.uint8).reshape(len(both), len(pool.sample))


def _promising(candidates: list[Candidate], gains: FloatArray, axis: Axis) -> list[int]:
    """Positions of the rules of one axis that tell most by themselves."""
    found: list[int] = []
    of_subject: dict[str, int] = {}
    for position in np.argsort(-gains).tolist():
        candidate = candidates[position]
        is_full = of_subject.get(candidate.subject, 0) >= PER_SUBJECT
        if candidate.axis is not axis or candidate.most_times > 1 or is_full:
            continue
        of_subject[candidate.subject] = of_subject.get(candidate.subject, 0) + 1
        found.append(position)
    return found[:PAIRED]
