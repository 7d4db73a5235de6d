"""What is learned from few outcomes: the definition's own rules and attributes, and nothing else.

Below a number of outcomes that the definition declares, a release is a shrunk logistic scorecard:
one weight for every condition that the rulebook asks about, and the attributes as they are. Both
teams can read each weight, and there are too few of them to learn chance by heart.

A condition about several things is taken apart: each weight belongs to one model input, so that
reasons stay exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.core.parsing.job_title import Seniority
from features.definition import LeadDefinition
from features.definition.conditions import (
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
    simple_conditions,
)
from features.rulebook.columns import count_column
from training.learners.linear.fit_logistic import Term, level_terms, number_terms

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class RuleStep:
    """Values of one model input at which a condition of the rulebook holds, ends included."""

    feature: int
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Which columns a scorecard is made of.

    Attributes
    ----------
    steps : tuple of RuleStep
        Of the rulebook's conditions.
    attributes : tuple of int
        Columns of the definition's attributes.
    """

    steps: tuple[RuleStep, ...]
    attributes: tuple[int, ...]


def scorecard_of(catalogue: Catalogue, definition: LeadDefinition) -> Scorecard:
    """The scorecard that a definition's rules and attributes make."""
    names = {attribute.name for attribute in definition.feature_attributes}
    columns = [i for i, feature in enumerate(catalogue) if feature.concept in names]
    steps = dict.fromkeys(
        RuleStep(feature=catalogue.index(name), low=bounds[0], high=bounds[1])
        for condition in _conditions(definition)
        for part in simple_conditions(condition)
        for name, bounds in _asked(part)
        if name in catalogue.names
    )
    return Scorecard(steps=tuple(steps), attributes=tuple(columns))


def scorecard_terms(
    scorecard: Scorecard,
    matrix: FloatArray,
    *,
    categorical: Sequence[int] = (),
    monotone: Sequence[int] = (),
) -> tuple[Term, ...]:
    """Make the scorecard's terms, their centres and scales learned from a training matrix.

    Parameters
    ----------
    scorecard : Scorecard
        Which columns it is made of.
    matrix : ndarray of shape (n, n_features)
        NaN where unknown.
    categorical : sequence of int
        Columns of category codes.
    monotone : sequence of int
        Per column +1, 0 or -1; empty where nothing is constrained.
    """
    signs = list(monotone) or [0] * matrix.shape[1]
    codes = set(categorical)
    terms: list[Term] = []
    for f in scorecard.attributes:
        if f in codes:
            terms += level_terms(f, matrix[:, f])
        else:
            terms += number_terms(f, matrix[:, f], sign=signs[f])
    for step in scorecard.steps:
        # A step without an upper bound rises with its feature, one without a lower bound falls.
        rises = int(step.high is None) - int(step.low is None)
        sign = rises * signs[step.feature]
        terms.append(
            Term(feature=step.feature, kind="step", sign=sign, low=step.low, high=step.high)
        )
    return tuple(terms)


def _conditions(definition: LeadDefinition) -> Iterator[Condition]:
    rulebook = definition.rulebook
    for rule in rulebook.rules:
        yield rule.when
    for threshold in (rulebook.mql, rulebook.sql):
        if threshold is not None and threshold.checklist is not None:
            yield threshold.checklist.when


def _asked(condition: Condition) -> Iterator[tuple[str, Bounds]]:
    """Model inputs that a condition asks about, with the values that fulfil it.

    Whether something is known, and which level a category has, the attributes' own terms say.
    """
    if isinstance(condition, BehaviourCondition):
        yield count_column(condition.behaviour, condition.within_days), condition.bounds
        return
    if not isinstance(condition, AttributeCondition | FeatureCondition):
        return
    name = condition.feature if isinstance(condition, FeatureCondition) else condition.attribute
    if condition.bounds != (None, None):
        yield name, condition.bounds
    if isinstance(condition, FeatureCondition):
        return
    if condition.seniority_at_least or condition.seniority_at_most:
        low, high = condition.seniority_at_least, condition.seniority_at_most
        yield f"{name}_seniority", (_rank(low), _rank(high))
    if condition.within_days is not None:
        # Days end at midnight: what is expected today is up to one day past.
        bounds = (float(np.nextafter(-1.0, 0.0)), float(condition.within_days))
        yield f"days_until_{name}", bounds
        yield f"{name}_days", bounds


def _rank(seniority: str | None) -> float | None:
    return None if seniority is None else float(Seniority[seniority.upper()])
