"""What to ask next: the unknown attribute whose answer is worth most to the decision.

Answers are not made up: each is one that comparable past leads gave, as often as they gave it. The
lead's row is scored again with that answer in place of the unknown, everything else as it is.

Only attributes with a question in the lead definition are proposed, and only while unknown: what a
conversation cannot bring about is never suggested, nor is anybody asked to be somebody else. Nor
is what the lead's job title answers already: who is president is not asked who decides. The
probabilities compare leads who gave an answer; they do not promise that an answer causes anything.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray
from features.core.qualification import Qualification
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS
from features.families import completeness
from serving.reasons.answers import group_answers, told_by
from serving.reasons.explainer import Explainer
from serving.reasons.similar.past_points import PastPoints
from training.results.records import ReleaseCutOffs

COMPARABLE = 200
"""Past leads whose answers are tried: the rarest answer shown then has a handful behind it."""

ANSWERED_BY_TITLE = 0.95
"""Share of past leads with the same seniority who gave one answer, from which nobody asks."""

ENOUGH_OF_A_TITLE = 20
"""Past leads with the same seniority below which a title answers nothing: with fewer, one answer
of all is often luck."""


@dataclass(frozen=True, kw_only=True)
class LikelyAnswer:
    """One likely answer: how often comparable leads gave it, and what it would make of this one."""

    words: Text
    share: float
    probability: float
    qualification: Qualification


@dataclass(frozen=True, kw_only=True)
class QuestionToAsk:
    """An unknown attribute worth asking about.

    Attributes
    ----------
    attribute : str
    label, question : Text
    expected_gain : float
        What knowing the answer is worth before it is known: by how much, in probability, deciding
        with it beats deciding without it, averaged over the comparable answers.
    changes_decision : float
        Share of the comparable answers with which the lead would be qualified differently.
    spread : float
        Standard deviation of the probability over those answers.
    answers : tuple of LikelyAnswer
        Ranges from low to high, else the most frequent first; empty where no past lead gave one.
    n_comparable : int
        Past leads behind the answers.
    """

    attribute: str
    label: Text
    question: Text
    expected_gain: float
    changes_decision: float
    spread: float
    answers: tuple[LikelyAnswer, ...]
    n_comparable: int


def askable(explainer: Explainer, row: FloatArray) -> tuple[Attribute, ...]:
    """Attributes with a question that are unknown in one row of a snapshot."""
    return tuple(
        attribute
        for attribute in explainer.definition.feature_attributes
        if attribute.question is not None
        and not explainer.concept(attribute.name).is_present(row[None])[0]
    )


def what_to_ask(
    explainer: Explainer,
    row: FloatArray,
    *,
    reasons: FloatArray,
    past: PastPoints,
    cut_offs: ReleaseCutOffs,
) -> tuple[QuestionToAsk, ...]:
    """The unknown attributes of a lead, the one most worth asking first.

    Parameters
    ----------
    explainer : Explainer
    row : ndarray of shape (n_features,)
        The lead's row of the snapshot.
    reasons : ndarray of shape (n_concepts,)
        Its points; leads with similar ones, the unknown left aside, are comparable.
    past : PastPoints
    cut_offs : ReleaseCutOffs
        What the probability qualifies for.
    """
    squares = past.squares(reasons)
    asks = []
    for attribute in askable(explainer, row):
        if is_answered_by_title(explainer, attribute, row, past=past):
            continue
        known = np.flatnonzero(explainer.concept(attribute.name).is_present(past.past.matrix))
        distance = past.leave_out(squares, (attribute.name, completeness.CONCEPT))
        donors = past.past.matrix[past.nearest(distance, known, how_many=COMPARABLE)]
        asks.append(_ask(explainer, attribute, row, donors=donors, cut_offs=cut_offs))
    return tuple(sorted(asks, key=lambda ask: (-ask.expected_gain, -ask.spread)))


def is_answered_by_title(
    explainer: Explainer, attribute: Attribute, row: FloatArray, *, past: PastPoints
) -> bool:
    """Whether nearly all past leads with the lead's seniority gave the same answer.

    Parameters
    ----------
    explainer : Explainer
    attribute : Attribute
        Unknown in the row.
    row : ndarray of shape (n_features,)
    past : PastPoints
    """
    if KINDS[attribute.kind].is_continuous:
        return False
    matrix = past.past.matrix
    answer = explainer.catalogue.index(told_by(attribute, explainer.catalogue).name)
    known = explainer.concept(attribute.name).is_present(matrix)
    for title in explainer.definition.feature_attributes:
        if title.kind != "job_title" or title.name == attribute.name:
            continue
        seniority = explainer.catalogue.index(told_by(title, explainer.catalogue).name)
        same = matrix[known & (matrix[:, seniority] == row[seniority]), answer]
        counts = np.unique(same, return_counts=True)[1]
        if len(same) >= ENOUGH_OF_A_TITLE and counts.max() >= ANSWERED_BY_TITLE * len(same):
            return True
    return False


def expected_gain(now: float, answered: FloatArray, cut_offs: ReleaseCutOffs) -> float:
    """Mean distance by which answers carry a probability over the cut-offs they cross.

    Why not the share of answers that cross: next to a cut-off every answer crosses it by a hair,
    and nothing is won. At a cut-off ``c`` a lead worth ``p`` is worth ``p - c`` more handed over
    than not, so an answer that crosses it gains ``|p - c|`` over the decision made without it.

    Parameters
    ----------
    now : float
        Probability without the answer.
    answered : ndarray of shape (n_answers,)
        Probability with each of the comparable answers.
    cut_offs : ReleaseCutOffs
        Cut-offs of the release, on probability.

    References
    ----------
    Raiffa & Schlaifer (1961), Applied statistical decision theory: the expected value of sample
    information, here with one threshold per qualification.
    """
    gain = 0.0
    for cut_off in (cut_offs.mql.probability, cut_offs.sql.probability):
        if cut_off is not None and len(answered):
            crosses = (answered >= cut_off) != (now >= cut_off)
            gain += float(np.mean(crosses * np.abs(answered - cut_off)))
    return gain


def _ask(
    explainer: Explainer,
    attribute: Attribute,
    row: FloatArray,
    *,
    donors: FloatArray,
    cut_offs: ReleaseCutOffs,
) -> QuestionToAsk:
    now = float(explainer.probability(row[None])[0])
    probability = _answered(explainer, attribute, row, donors=donors)
    qualified = cut_offs.qualify(np.append(probability, now))
    answers = []
    for group in group_answers(attribute, explainer.catalogue, donors):
        likely = probability[group.rows].mean()
        answers.append(
            LikelyAnswer(
                words=group.words,
                share=len(group.rows) / len(donors),
                probability=float(likely),
                qualification=Qualification(int(cut_offs.qualify(np.array([likely]))[0])),
            )
        )
    any_answer = len(donors) > 0
    return QuestionToAsk(
        attribute=attribute.name,
        label=attribute.label,
        question=attribute.question or attribute.label,
        expected_gain=expected_gain(now, probability, cut_offs),
        changes_decision=float(np.mean(qualified[:-1] != qualified[-1])) if any_answer else 0.0,
        spread=float(probability.std()) if any_answer else 0.0,
        answers=tuple(answers),
        n_comparable=len(donors),
    )


def _answered(
    explainer: Explainer, attribute: Attribute, row: FloatArray, *, donors: FloatArray
) -> FloatArray:
    """The lead's probability with each donor's answer in place of the unknown."""
    own = list(explainer.concept(attribute.name).columns)
    # Two hundred leads give a few dozen different answers; each is scored once.
    _, first, position = np.unique(donors[:, own], axis=0, return_index=True, return_inverse=True)
    rows = np.tile(row, (len(first), 1))
    trials = with_answers(explainer, attribute.name, rows=rows, donors=donors[first])
    return explainer.probability(trials)[position.ravel()]


def with_answers(
    explainer: Explainer, concept: str, *, rows: FloatArray, donors: FloatArray
) -> FloatArray:
    """Give rows the answers of other leads to one concept, and keep everything else.

    Parameters
    ----------
    explainer : Explainer
    concept : str
        An attribute unknown in the rows, or a behaviour not shown there.
    rows, donors : ndarray of shape (n, n_features)
        Each row takes over the concept of the donor beside it.
    """
    own = list(explainer.concept(concept).columns)
    answered = rows.copy()
    answered[:, own] = donors[:, own]
    attributes = explainer.definition.feature_attributes
    information = [a.name for a in attributes if a.axis == "information"]
    if concept in information:
        n = len(information)
        column = explainer.catalogue.index("information_known")
        answered[:, column] = (np.round(rows[:, column] * n) + 1) / n
    return answered
