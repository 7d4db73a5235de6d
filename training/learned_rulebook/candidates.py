"""Rules worth trying: what a person could write about each behaviour and each information.

Every candidate is an ordinary rule of the rulebook, so that whatever is chosen can be read, edited
and judged by the same code as a rule written by hand. Today's rules are among them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.parsing.job_title import Department
from features.definition import LeadDefinition
from features.definition.attributes import Attribute
from features.definition.conditions import (
    SENIORITIES,
    AllOf,
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
)
from features.definition.kinds import KINDS as ATTRIBUTE_KINDS
from features.definition.rulebook import Rule
from features.families.activity import AGE
from features.families.category_levels import OTHER
from features.feature import Axis
from features.snapshot_rows import SnapshotRows
from training.learned_rulebook.constraints import Sign
from training.learned_rulebook.naming import label_of, name_of

TIMES = (1, 2, 3, 5)
"""Counts people ask for: more than five times is asked of nobody."""

DAYS_AHEAD = (30, 60, 90, 120, 180, 365)
DAYS_OLD = (7, 14, 30, 60, 90)
ACTIVE_DAYS = (1, 2, 3, 5, 8)
KINDS = (2, 3, 4)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
EACH_UP_TO = 5
"""A rule that counts every event stops at so many: a count without limit rules all others."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A rule whose points are still open.

    Attributes
    ----------
    rule : Rule
        With 1 point; with ``per: each`` up to ``at_most_points`` times.
    axis : Axis or None
        None where it asks about both.
    subject : str
        Behaviour, attribute or concept it is about; a pair names both.
    sign : Sign
    is_todays : bool
        Whether its condition is one of today's rules.
    """

    rule: Rule
    axis: Axis | None
    subject: str
    sign: Sign
    is_todays: bool = False

    @property
    def most_times(self) -> int:
        """How many times the points may count."""
        return self.rule.at_most_points or 1


@dataclass(frozen=True, kw_only=True)
class _Idea:
    condition: Condition
    axis: Axis
    subject: str
    each: bool = False


def single_candidates(
    definition: LeadDefinition, snapshot: SnapshotRows, signs: dict[str, Sign]
) -> tuple[Candidate, ...]:
    """List rules about one thing each, today's first; no condition twice.

    Parameters
    ----------
    definition : LeadDefinition
    snapshot : SnapshotRows
        From whose values thresholds of numbers are taken.
    signs : dict from behaviour or attribute to Sign
        Whether it may give points (1), take them (-1) or either (0).
    """
    found = [*_todays(definition, signs)]
    taken = {(c.rule.when.model_dump_json(), c.rule.per == "each") for c in found}
    ideas = (
        *_behaviours(definition),
        *_activity(snapshot.catalogue),
        *_facts(definition, snapshot),
    )
    for idea in ideas:
        key = (idea.condition.model_dump_json(), idea.each)
        if key not in taken:
            taken.add(key)
            found.append(_candidate(idea, definition, snapshot.catalogue, signs))
    return tuple(found)


def _todays(definition: LeadDefinition, signs: dict[str, Sign]) -> Iterator[Candidate]:
    for rule in definition.rulebook.rules:
        # Fading points are no whole numbers; such rules stay with people.
        if rule.subject is not None and rule.half_life_days is None:
            is_behaviour = isinstance(rule.when, BehaviourCondition)
            times = EACH_UP_TO if rule.per == "each" else None
            yield Candidate(
                rule=rule.model_copy(update={"points": 1, "at_most_points": times}),
                axis=Axis.BEHAVIOUR if is_behaviour else Axis.INFORMATION,
                subject=rule.subject,
                sign=signs[rule.subject],
                is_todays=True,
            )


def _candidate(
    idea: _Idea, definition: LeadDefinition, catalogue: Catalogue, signs: dict[str, Sign]
) -> Candidate:
    rule = Rule(
        name=name_of(idea.condition, each=idea.each),
        label=label_of(idea.condition, definition, catalogue, each=idea.each),
        when=idea.condition,
        points=1,
        per="each" if idea.each else "once",
        at_most_points=EACH_UP_TO if idea.each else None,
    )
    sign = signs.get(idea.subject, 1 if idea.axis is Axis.BEHAVIOUR else 0)
    return Candidate(rule=rule, axis=idea.axis, subject=idea.subject, sign=sign)


def _behaviours(definition: LeadDefinition) -> Iterator[_Idea]:
    windows = (*definition.windows.days, None) if definition.dated else (None,)
    for behaviour in definition.lead_behaviours:
        for days in windows:
            for times in TIMES:
                condition = BehaviourCondition(
                    behaviour=behaviour.name, at_least=times, within_days=days
                )
                yield _Idea(condition=condition, axis=Axis.BEHAVIOUR, subject=behaviour.name)
            once = BehaviourCondition(behaviour=behaviour.name, at_least=1, within_days=days)
            yield _Idea(condition=once, axis=Axis.BEHAVIOUR, subject=behaviour.name, each=True)


def _activity(catalogue: Catalogue) -> Iterator[_Idea]:
    """What all behaviours together say, and the lead's age, by their features."""
    for feature in catalogue:
        if feature.name.startswith("active_days_"):
            thresholds: tuple[int, ...] = ACTIVE_DAYS
        elif feature.name.startswith("distinct_behaviours_"):
            thresholds = KINDS
        else:
            continue
        for threshold in thresholds:
            condition = FeatureCondition(feature=feature.name, at_least=threshold)
            yield _Idea(condition=condition, axis=feature.axis, subject=feature.concept)
    if "days_since_creation" in catalogue.names:
        for days in DAYS_OLD:
            condition = FeatureCondition(feature="days_since_creation", at_most=days)
            yield _Idea(condition=condition, axis=Axis.BEHAVIOUR, subject=AGE)


def _facts(definition: LeadDefinition, snapshot: SnapshotRows) -> Iterator[_Idea]:
    for attribute in definition.feature_attributes:
        for condition in _tests(attribute, snapshot):
            yield _Idea(condition=condition, axis=Axis(attribute.axis), subject=attribute.name)


def _tests(attribute: Attribute, snapshot: SnapshotRows) -> Iterator[AttributeCondition]:
    name = attribute.name
    yield AttributeCondition(attribute=name, known=True)
    tests = ATTRIBUTE_KINDS[attribute.kind].tests
    if "at_least" in tests:
        for threshold in _round_quantiles(snapshot.column(name)):
            yield AttributeCondition(attribute=name, at_least=threshold)
    if "is_one_of" in tests:
        for level in _levels(name, snapshot.catalogue):
            yield AttributeCondition(attribute=name, is_one_of=(level,))
    if "is_true" in tests:
        yield AttributeCondition(attribute=name, is_true=True)
        yield AttributeCondition(attribute=name, is_true=False)
    if "seniority_at_least" in tests:
        yield from _job_titles(name)
    if "is_free_mail" in tests:
        yield AttributeCondition(attribute=name, is_free_mail=True)
    if "within_days" in tests:
        for days in DAYS_AHEAD:
            yield AttributeCondition(attribute=name, within_days=days)


def _levels(name: str, catalogue: Catalogue) -> Iterator[str]:
    for level in catalogue.features[catalogue.index(name)].levels:
        if level != OTHER:
            yield level


def _job_titles(name: str) -> Iterator[AttributeCondition]:
    for seniority in SENIORITIES[1:]:
        yield AttributeCondition(attribute=name, seniority_at_least=seniority)
    for department in Department:
        yield AttributeCondition(attribute=name, department_is_one_of=(department.value,))


def pair_of(
    first: Candidate, second: Candidate, *, definition: LeadDefinition, catalogue: Catalogue
) -> Candidate:
    """Make a rule that asks about two things together.

    Parameters
    ----------
    first, second : Candidate
    definition : LeadDefinition
    catalogue : Catalogue
    """
    condition = AllOf(all_of=(first.rule.when, second.rule.when))
    label = label_of(condition, definition, catalogue)
    signs = {first.sign, second.sign}
    return Candidate(
        rule=Rule(name=name_of(condition), label=label, when=condition, points=1),
        axis=first.axis if first.axis == second.axis else None,
        subject=f"{first.subject} and {second.subject}",
        sign=signs.pop() if len(signs) == 1 else 0,
    )


def _round_quantiles(values: npt.NDArray[np.float64]) -> Iterable[float]:
    """Thresholds a person would write: quantiles to one leading digit."""
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    found = np.quantile(known, QUANTILES)
    found = found[found > 0]
    size = 10.0 ** np.floor(np.log10(found))
    # Rounded up to 1, 2 or 5 times a power of ten.
    steps = np.array([1.0, 2.0, 5.0, 10.0])
    rounded = steps[np.searchsorted(steps, found / size)] * size
    return tuple(np.unique(rounded).tolist())
