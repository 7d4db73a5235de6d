"""What to ask next: the unknown attribute whose answer is most likely to change the decision.

Answers are not made up: each is one that comparable past leads gave, as often as they gave it. The
lead's row is judged again with that answer in place of the unknown, everything else as it is.

Only attributes with a question in the lead definition are proposed, and only while unknown: what a
conversation cannot bring about is never suggested, nor is anybody asked to be somebody else. The
probabilities compare leads who gave an answer; they do not promise that an answer causes anything.
"""

from dataclasses import dataclass

import numpy as np

from features import completeness
from features.definition.attributes import Attribute
from features.qualification import Qualification
from features.text import Text
from serving.reasons.answers import group_answers
from serving.reasons.explainer import Explainer
from serving.reasons.past_points import PastPoints
from training.records import CutOffs
from training.trees import FloatArray

COMPARABLE = 200
"""Past leads whose answers are tried: the rarest answer shown then has a handful behind it."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One likely answer: how often comparable leads gave it, and what it would make of this one."""

    words: Text
    share: float
    probability: float
    qualification: Qualification


@dataclass(frozen=True, kw_only=True)
class Ask:
    """An unknown attribute worth asking about.

    Attributes
    ----------
    attribute : str
    label, question : Text
    changes_decision : float
        Share of the comparable answers with which the lead would be qualified differently.
    spread : float
        Standard deviation of the probability over those answers.
    answers : tuple of Answer
        The most frequent first; empty where no past lead gave one.
    n_comparable : int
        Past leads behind the answers.
    """

    attribute: str
    label: Text
    question: Text
    changes_decision: float
    spread: float
    answers: tuple[Answer, ...]
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
    cut_offs: CutOffs,
) -> tuple[Ask, ...]:
    """The unknown attributes of a lead, the one most likely to change the decision first.

    Parameters
    ----------
    explainer : Explainer
    row : ndarray of shape (n_features,)
        The lead's row of the snapshot.
    reasons : ndarray of shape (n_concepts,)
        Its points; leads with similar ones, the unknown left aside, are comparable.
    past : PastPoints
    cut_offs : CutOffs
        What the probability qualifies for.
    """
    squares = past.squares(reasons)
    asks = []
    for attribute in askable(explainer, row):
        known = np.flatnonzero(explainer.concept(attribute.name).is_present(past.past.matrix))
        distance = past.leave_out(squares, (attribute.name, completeness.CONCEPT))
        donors = past.past.matrix[past.nearest(distance, known, how_many=COMPARABLE)]
        asks.append(_ask(explainer, attribute, row, donors=donors, cut_offs=cut_offs))
    return tuple(sorted(asks, key=lambda ask: (-ask.changes_decision, -ask.spread)))


def _ask(
    explainer: Explainer,
    attribute: Attribute,
    row: FloatArray,
    *,
    donors: FloatArray,
    cut_offs: CutOffs,
) -> Ask:
    trials = _with_answers(explainer, attribute, row, donors=donors)
    probability = explainer.explain(np.vstack([row, trials])).probability
    now, probability = cut_offs.qualify(probability[:1])[0], probability[1:]
    answers = []
    for group in group_answers(attribute, explainer.catalogue, donors):
        likely = probability[group.rows].mean()
        answers.append(
            Answer(
                words=group.words,
                share=len(group.rows) / len(donors),
                probability=float(likely),
                qualification=Qualification(int(cut_offs.qualify(np.array([likely]))[0])),
            )
        )
    any_answer = len(donors) > 0
    return Ask(
        attribute=attribute.name,
        label=attribute.label,
        question=attribute.question or attribute.label,
        changes_decision=float(np.mean(cut_offs.qualify(probability) != now)) if any_answer else 0,
        spread=float(probability.std()) if any_answer else 0.0,
        answers=tuple(answers),
        n_comparable=len(donors),
    )


def _with_answers(
    explainer: Explainer, attribute: Attribute, row: FloatArray, *, donors: FloatArray
) -> FloatArray:
    """The lead's row with each donor's answer in place of the unknown."""
    catalogue = explainer.catalogue
    trials = np.tile(row, (len(donors), 1))
    own = explainer.concept(attribute.name).columns
    trials[:, list(own)] = donors[:, list(own)]
    if attribute.axis == "information":
        n = sum(other.axis == "information" for other in explainer.definition.feature_attributes)
        column = catalogue.index("information_known")
        trials[:, column] = (round(row[column] * n) + 1) / n
    return trials
