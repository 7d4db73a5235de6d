"""Which snapshots fulfil a condition. The unknown fulfils nothing but "not known" and "not"."""

from functools import reduce

import numpy as np
import numpy.typing as npt

from features.definition.conditions import (
    AllOf,
    AnyOf,
    AttributeCondition,
    BehaviourCondition,
    Condition,
    FeatureCondition,
    Not,
)
from features.information import Known
from features.reading import Seniority
from features.rulebook.columns import Columns, count_column

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

Bounds = tuple[float | None, float | None]


def fulfils(condition: Condition, columns: Columns) -> BoolArray:
    """Where a condition holds.

    Returns
    -------
    ndarray of shape (n_snapshots,)

    Raises
    ------
    DefinitionError
        If the condition asks about something the catalogue has not.
    """
    match condition:
        case AllOf():
            return reduce(np.logical_and, (fulfils(part, columns) for part in condition.all_of))
        case AnyOf():
            return reduce(np.logical_or, (fulfils(part, columns) for part in condition.any_of))
        case Not():
            return ~fulfils(condition.condition, columns)
        case BehaviourCondition():
            count = columns.take(count_column(condition.behaviour, condition.within_days))
            return _within(count, condition.bounds)
        case AttributeCondition():
            return _attribute(condition, columns)
        case FeatureCondition():
            return _feature(condition, columns)


def _attribute(condition: AttributeCondition, columns: Columns) -> BoolArray:
    """All tests of an attribute condition; each adds one array."""
    name = condition.attribute
    holds = []
    if condition.known is not None:
        holds.append(_is_known(columns, name) == condition.known)
    if condition.bounds != (None, None):
        holds.append(_within(columns.take(name), condition.bounds))
    if condition.is_one_of is not None:
        holds.append(_is_one_of(columns, name, condition.is_one_of))
    if condition.is_true is not None:
        holds.append(columns.take(name) == condition.is_true)
    if condition.seniority_at_least or condition.seniority_at_most:
        bounds = (_rank(condition.seniority_at_least), _rank(condition.seniority_at_most))
        holds.append(_within(columns.take(f"{name}_seniority"), bounds))
    if condition.department_is_one_of is not None:
        holds.append(_is_one_of(columns, f"{name}_department", condition.department_is_one_of))
    if condition.is_free_mail is not None:
        holds.append(columns.take(f"{name}_is_free_mail") == condition.is_free_mail)
    if condition.within_days is not None:
        holds.append(_is_within_days(columns, name, condition.within_days))
    return reduce(np.logical_and, holds)


def _feature(condition: FeatureCondition, columns: Columns) -> BoolArray:
    value = columns.take(condition.feature)
    holds = []
    if condition.known is not None:
        holds.append(~np.isnan(value) == condition.known)
    if condition.bounds != (None, None):
        holds.append(_within(value, condition.bounds))
    if condition.is_one_of is not None:
        holds.append(_is_one_of(columns, condition.feature, condition.is_one_of))
    return reduce(np.logical_and, holds)


def _within(value: FloatArray, bounds: Bounds) -> BoolArray:
    """Where a value lies within bounds, both included; NaN lies within none."""
    low, high = bounds
    if high is None:
        return value >= (-np.inf if low is None else low)
    return value <= high if low is None else (value >= low) & (value <= high)


def _is_known(columns: Columns, attribute: str) -> BoolArray:
    name, how = columns.known(attribute)
    value = columns.take(name)
    return value == 1 if how is Known.EQUALS_ONE else ~np.isnan(value)


def _is_one_of(columns: Columns, name: str, values: tuple[str, ...]) -> BoolArray:
    """Where a category has one of some values; a value that is no level occurs nowhere."""
    codes = [code for code, level in enumerate(columns.levels(name)) if level in values]
    return np.isin(columns.take(name), codes)


def _rank(seniority: str | None) -> float | None:
    return None if seniority is None else float(Seniority[seniority.upper()])


def _is_within_days(columns: Columns, attribute: str, days: int) -> BoolArray:
    dated = f"days_until_{attribute}"
    until = columns.take(dated if dated in columns.catalogue.names else f"{attribute}_days")
    # Days end at midnight: what is expected today is up to one day past.
    return (until > -1) & (until <= days)
