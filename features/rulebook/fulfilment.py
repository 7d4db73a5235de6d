"""What a condition asks of which columns. The unknown fulfils nothing but "not known" and "not"."""

import math
from collections.abc import Callable

from features.core.arrays import BoolArray
from features.core.parsing.job_title import Seniority
from features.core.parsing.plain import fold_spelling
from features.definition.conditions import (
    AllOf,
    AnyOf,
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
    Not,
)
from features.definition.kinds import Known
from features.families.category_levels import OTHER
from features.rulebook.columns import Columns, HasColumns, check_column, count_column, known_column
from features.rulebook.predicates import All, Any, IsKnown, IsOneOf, Opposite, Predicate, Within

_ABOVE_MINUS_ONE = math.nextafter(-1.0, 0.0)


def fulfils(condition: Condition, columns: Columns) -> BoolArray:
    """Where a condition holds, shape (n_snapshots,); raises as :func:`predicate_of`."""
    return predicate_of(condition, columns.catalogue).where(columns)


def predicate_of(condition: Condition, catalogue: HasColumns) -> Predicate:
    """The tests that a condition comes down to with the columns of a catalogue.

    Raises
    ------
    DefinitionError
        If the condition asks about something the catalogue has not.
    """
    return PREDICATES[type(condition)](condition, catalogue)


def _attribute(condition: AttributeCondition, catalogue: HasColumns) -> Predicate:
    """All tests of an attribute condition."""
    name = condition.attribute
    tests: list[Predicate] = []
    if condition.known is not None:
        tests.append(_is_known(name, condition.known, catalogue))
    if condition.bounds != (None, None):
        tests.append(_within(name, condition.bounds, catalogue))
    if condition.is_one_of is not None:
        tests.append(_is_one_of(name, condition.is_one_of, catalogue))
    if condition.is_true is not None:
        tests.append(_is_true(name, condition.is_true, catalogue))
    if condition.seniority_at_least or condition.seniority_at_most:
        bounds = (_rank(condition.seniority_at_least), _rank(condition.seniority_at_most))
        tests.append(_within(f"{name}_seniority", bounds, catalogue))
    if condition.department_is_one_of is not None:
        tests.append(_is_one_of(f"{name}_department", condition.department_is_one_of, catalogue))
    if condition.is_free_mail is not None:
        tests.append(_is_true(f"{name}_is_free_mail", condition.is_free_mail, catalogue))
    if condition.within_days is not None:
        tests.append(_is_within_days(name, condition.within_days, catalogue))
    return _all(tests)


def _feature(condition: FeatureCondition, catalogue: HasColumns) -> Predicate:
    name = check_column(condition.feature, catalogue)
    tests: list[Predicate] = []
    if condition.known is not None:
        tests.append(_if_so(IsKnown(name), condition.known))
    if condition.bounds != (None, None):
        tests.append(_within(name, condition.bounds, catalogue))
    if condition.is_one_of is not None:
        tests.append(_is_one_of(name, condition.is_one_of, catalogue))
    return _all(tests)


def _all(tests: list[Predicate]) -> Predicate:
    return tests[0] if len(tests) == 1 else All(tuple(tests))


def _if_so(test: Predicate, wanted: bool) -> Predicate:
    return test if wanted else Opposite(test)


def _within(
    name: str, bounds: tuple[float | None, float | None], catalogue: HasColumns
) -> Predicate:
    low, high = bounds
    return Within(
        check_column(name, catalogue),
        -math.inf if low is None else low,
        math.inf if high is None else high,
    )


def _is_true(name: str, wanted: bool, catalogue: HasColumns) -> Predicate:
    return Within(check_column(name, catalogue), float(wanted), float(wanted))


def _is_known(attribute: str, wanted: bool, catalogue: HasColumns) -> Predicate:
    name, how = known_column(attribute, catalogue)
    test = Within(name, 1.0, 1.0) if how is Known.EQUALS_ONE else IsKnown(name)
    return _if_so(test, wanted)


def _is_one_of(name: str, values: tuple[str, ...], catalogue: HasColumns) -> Predicate:
    """A category has one of some values; a value that is no level occurs nowhere."""
    levels = catalogue.features[catalogue.index(check_column(name, catalogue))].levels
    meant = set(values) & set(levels)
    # A value that is spelled as no level is: the level of another spelling, where there is one.
    others = {fold_spelling(value) for value in set(values) - meant}
    codes = (
        code
        for code, level in enumerate(levels)
        if level in meant or (level != OTHER and fold_spelling(level) in others)
    )
    return IsOneOf(name, tuple(codes))


def _rank(seniority: str | None) -> float | None:
    return None if seniority is None else float(Seniority[seniority.upper()])


def _is_within_days(attribute: str, days: int, catalogue: HasColumns) -> Predicate:
    dated = f"days_until_{attribute}"
    name = dated if dated in catalogue.names else f"{attribute}_days"
    # Days end at midnight: what is expected today is up to one day past.
    return Within(check_column(name, catalogue), _ABOVE_MINUS_ONE, days)


def _behaviour(condition: BehaviourCondition, catalogue: HasColumns) -> Predicate:
    column = count_column(condition.behaviour, condition.within_days)
    return _within(column, condition.bounds, catalogue)


def _parts(condition: Condition, catalogue: HasColumns) -> tuple[Predicate, ...]:
    return tuple(predicate_of(part, catalogue) for part in condition.parts)


PREDICATES: dict[type[Condition], Callable[..., Predicate]] = {
    AllOf: lambda condition, catalogue: All(_parts(condition, catalogue)),
    AnyOf: lambda condition, catalogue: Any(_parts(condition, catalogue)),
    Not: lambda condition, catalogue: Opposite(*_parts(condition, catalogue)),
    BehaviourCondition: _behaviour,
    AttributeCondition: _attribute,
    FeatureCondition: _feature,
}
"""What each kind of condition comes down to."""
