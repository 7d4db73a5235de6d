"""How far marketing, sales, rulebook and model agree on the hand-overs that sales answered.

Each says yes or no to one question, "is this lead ready for sales?", as of the hand-over:
marketing by handing it over on purpose (what chance handed over, they had passed by), sales by
their verdict, rulebook and model by qualifying it. Only hand-overs after the tested fit learned
count. Leads without a verdict are left out: nobody asked sales about them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.qualification import Qualification
from features.moments import Moments
from features.timeline.codes import ABSENT, codes_of, column_codes
from features.timeline.time_index import END_OF_TIME, probes
from training.comparison.daily_replay import JudgeMoments
from training.comparison.policy_sums import Sums
from training.dataset.dataset import Dataset
from training.dataset.selection_weights import EXPLORATION
from training.metrics.bootstrap import measured
from training.metrics.proportion_intervals import clustered_share
from training.results.comparison_records import FourWayAgreement, Judge, JudgePair, VerdictPattern

VERDICTS = ("accepted", "returned")
BOTH, FIRST, SECOND, NEITHER = range(4)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Hand-overs that sales answered, in the order of (lead, time); arrays of shape (n,).

    Attributes
    ----------
    on_purpose, accepted : ndarray of bool
        What marketing and what sales said.
    """

    moments: Moments
    on_purpose: BoolArray
    accepted: BoolArray


def answered_hand_overs(dataset: Dataset) -> Answered:
    """Hand-overs since the test began, with the first verdict before the lead's next hand-over."""
    table, outcome = dataset.tables.hand_over, dataset.tables.outcome
    ids = pa.array(dataset.history.lead_ids)
    lead = column_codes(table.column("lead_id"), ids).astype(np.int64)
    at = table.column("handed_over_at").to_numpy()
    kept = np.flatnonzero(lead >= 0)
    handed = probes(lead[kept], at[kept])
    order = np.argsort(handed, kind="stable")
    kept, handed = kept[order], handed[order]
    stage = codes_of(outcome.column("stage").combine_chunks(), VERDICTS)
    answering = column_codes(outcome.column("lead_id"), ids).astype(np.int64)
    answers = np.flatnonzero((stage != ABSENT) & (answering >= 0))
    said = probes(answering[answers], outcome.column("occurred_at").to_numpy()[answers])
    order = np.argsort(said, kind="stable")
    answers, said = answers[order], said[order]
    row = np.searchsorted(said, handed)
    ends = np.append(handed[1:], np.iinfo(np.int64).max)
    exists = row < len(said)
    answer = said[np.minimum(row, len(said) - 1)] if len(said) else handed
    same_lead = answer // END_OF_TIME == handed // END_OF_TIME
    since = handed % END_OF_TIME > dataset.split.test_from
    counts = exists & same_lead & (answer < ends) & since
    by = np.asarray(table.column("by").to_numpy(zero_copy_only=False))[kept[counts]]
    return Answered(
        moments=Moments(
            lead=(handed[counts] // END_OF_TIME).astype(np.int32),
            as_of=handed[counts] % END_OF_TIME,
        ),
        on_purpose=np.asarray(by != EXPLORATION),
        accepted=stage[answers[row[counts]]] == VERDICTS.index("accepted"),
    )


def agree(
    dataset: Dataset, judge: JudgeMoments, *, model: int, rulebook: int
) -> FourWayAgreement | None:
    """Count the agreement of four judges on answered hand-overs; None where sales answered none.

    Parameters
    ----------
    dataset : Dataset
    judge : callable
        From moments to what the policies say of them, shape (n_moments, n_values).
    model, rulebook : int
        Columns of what ``judge`` gives in which the two qualifications stand.
    """
    if not dataset.definition.dated:
        return None
    answered = answered_hand_overs(dataset)
    if not len(answered.moments):
        return None
    values = judge(answered.moments)
    votes = {
        Judge.MARKETING: answered.on_purpose,
        Judge.SALES: answered.accepted,
        Judge.RULEBOOK: values[:, rulebook] >= Qualification.MQL,
        Judge.MODEL: values[:, model] >= Qualification.MQL,
    }
    group = dataset.group[answered.moments.lead]
    return count_agreement(votes, group, seed=dataset.seed)


def count_agreement(
    votes: dict[Judge, BoolArray], group: IntArray, *, seed: int = 0
) -> FourWayAgreement:
    """Count which judges said yes together, with intervals by account.

    Parameters
    ----------
    votes : mapping from Judge to ndarray of shape (n_hand_overs,)
        True where that judge said yes.
    group : ndarray of shape (n_hand_overs,)
        Account, or lead where it is unknown: what is drawn together.
    seed : int
        Of the bootstrap.
    """
    return FourWayAgreement(
        n_hand_overs=len(group),
        n_accepted=int(votes[Judge.SALES].sum()),
        patterns=tuple(_patterns(votes, group)),
        pairs=tuple(
            _pair(first, second, votes, group=group, seed=seed)
            for first, second in combinations(Judge, 2)
        ),
    )


def _patterns(votes: dict[Judge, BoolArray], group: IntArray) -> Iterator[VerdictPattern]:
    table = np.column_stack([votes[judge] for judge in Judge])
    patterns, counts = np.unique(table, axis=0, return_counts=True)
    for place in np.argsort(-counts, kind="stable"):
        same = (table == patterns[place]).all(axis=1)
        yield VerdictPattern(
            yes=tuple(judge for judge, says in zip(Judge, patterns[place], strict=True) if says),
            n_hand_overs=int(counts[place]),
            share=clustered_share(same, group),
        )


def _pair(
    first: Judge, second: Judge, votes: dict[Judge, BoolArray], *, group: IntArray, seed: int
) -> JudgePair:
    a, b = votes[first], votes[second]
    columns = np.column_stack([a & b, a & ~b, ~a & b, ~a & ~b]).astype(np.float64)
    sums = Sums.of(group, columns, seed)
    counts = sums.observed
    return JudgePair(
        first=first,
        second=second,
        n_both_yes=int(counts[BOTH]),
        n_first_only=int(counts[FIRST]),
        n_second_only=int(counts[SECOND]),
        n_both_no=int(counts[NEITHER]),
        agreed_share=clustered_share(a == b, group),
        kappa=measured(cohens_kappa, counts, sums.drawn) if _both_vary(counts) else None,
    )


def _both_vary(counts: FloatArray) -> bool:
    yes = (counts[BOTH] + counts[FIRST], counts[BOTH] + counts[SECOND])
    return all(0 < said < counts.sum() for said in yes)


def cohens_kappa(counts: FloatArray) -> FloatArray:
    """Agreement beyond chance, of what chance leaves (Cohen 1960).

    Parameters
    ----------
    counts : ndarray of shape (n, 4)
        Both yes, only the first, only the second, both no.

    Returns
    -------
    ndarray of shape (n,)
        NaN where one of the two always says the same.
    """
    total = counts.sum(axis=1)
    first = (counts[:, BOTH] + counts[:, FIRST]) / total
    second = (counts[:, BOTH] + counts[:, SECOND]) / total
    by_chance = first * second + (1 - first) * (1 - second)
    agreed = (counts[:, BOTH] + counts[:, NEITHER]) / total
    kappa: FloatArray = (agreed - by_chance) / (1 - by_chance)
    return kappa
