"""Structured conditions about a lead: what rules and checklists are made of.

Conditions are data, never expressions: nothing in a definition is evaluated as code, an editor can
complete it, and each condition can be put into words. A condition names exactly one of the keys
``behaviour``, ``attribute``, ``feature``, ``all_of``, ``any_of`` and ``not``.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Union

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from features.core.parsing import Department, Seniority
from features.definition.section import Count, Days, DefinitionSection, Name

Levels = Annotated[tuple[str, ...], Field(min_length=1)]

SENIORITIES = tuple(seniority.name.lower() for seniority in Seniority)
DEPARTMENTS = tuple(department.value for department in Department)


def _one_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in allowed:
            # Told apart by its type and `allowed`, so that the fault can list and suggest.
            raise PydanticCustomError(
                "not_allowed", "must be one of those allowed", {"allowed": allowed}
            )
        return name

    return AfterValidator(check)


# Not Literals: the names are those of the enums that read job titles, and stand there once.
SeniorityName = Annotated[
    str, _one_of(SENIORITIES), Field(json_schema_extra={"enum": [*SENIORITIES]})
]
DepartmentName = Annotated[
    str, _one_of(DEPARTMENTS), Field(json_schema_extra={"enum": [*DEPARTMENTS]})
]


class BehaviourCondition(DefinitionSection):
    """How often a lead did something; with nothing but the behaviour, at least once."""

    behaviour: Name
    """A behaviour of this definition whose actor is the lead."""
    at_least: Count | None = None
    """At least so many times."""
    at_most: Count | None = None
    """At most so many times; 0 for "never"."""
    between: tuple[Count, Count] | None = None
    """From so many to so many times, both included."""
    within_days: Days | None = None
    """Counted over the last so many days, one of `windows.days`; without it, ever."""

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Smallest and largest count that fulfil the condition; None where there is no bound."""
        low, high = _bounds(self.at_least, self.at_most, self.between)
        return (1, None) if low is None and high is None else (low, high)

    @model_validator(mode="after")
    def _check(self) -> "BehaviourCondition":
        _check_bounds(self.at_least, self.at_most, self.between)
        return self


class AttributeCondition(DefinitionSection):
    """What is known about a lead; all tests given must hold. The unknown fulfils none of them,
    except `known: false`."""

    attribute: Name
    """An attribute of this definition, of any kind but identifier."""
    known: bool | None = None
    """Whether it is known at all."""
    at_least: float | None = None
    """At least this much (number, money, company_size)."""
    at_most: float | None = None
    """At most this much (number, money, company_size)."""
    between: tuple[float, float] | None = None
    """From this to this, both included (number, money, company_size)."""
    is_one_of: Levels | None = None
    """One of these values (category)."""
    is_true: bool | None = None
    """Whether it is known to be true, or known to be false (boolean)."""
    seniority_at_least: SeniorityName | None = None
    """At least this high (job_title)."""
    seniority_at_most: SeniorityName | None = None
    """At most this high (job_title)."""
    department_is_one_of: Annotated[tuple[DepartmentName, ...], Field(min_length=1)] | None = None
    """One of these departments (job_title)."""
    is_free_mail: bool | None = None
    """Whether the address is a free one (email_domain)."""
    within_days: Days | None = None
    """From now to so many days ahead (purchase_timing, date)."""

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Smallest and largest value that fulfil the condition; None where there is no bound."""
        return _bounds(self.at_least, self.at_most, self.between)

    @property
    def tests(self) -> dict[str, Any]:
        """The tests given, by key."""
        given = self.model_dump(exclude_none=True)
        return {key: value for key, value in given.items() if key != "attribute"}

    @model_validator(mode="after")
    def _check(self) -> "AttributeCondition":
        if not self.tests:
            msg = "must say what is asked of the attribute, for instance `known: true`"
            raise ValueError(msg)
        _check_bounds(self.at_least, self.at_most, self.between)
        return self


class FeatureCondition(DefinitionSection):
    """What a model input is, by its name in the catalogue; for what the others cannot say."""

    feature: Name
    """A feature of the catalogue, as in `days_since_webinar`."""
    known: bool | None = None
    """Whether it has a value."""
    at_least: float | None = None
    """At least this much."""
    at_most: float | None = None
    """At most this much."""
    between: tuple[float, float] | None = None
    """From this to this, both included."""
    is_one_of: Levels | None = None
    """One of these values, where the feature is a category."""

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Smallest and largest value that fulfil the condition; None where there is no bound."""
        return _bounds(self.at_least, self.at_most, self.between)

    @model_validator(mode="after")
    def _check(self) -> "FeatureCondition":
        if self == FeatureCondition.model_construct(feature=self.feature):
            msg = "must say what is asked of the feature, for instance `at_least: 1`"
            raise ValueError(msg)
        _check_bounds(self.at_least, self.at_most, self.between)
        return self


class AllOf(DefinitionSection):
    """Every condition holds."""

    all_of: Annotated[tuple["Condition", ...], Field(min_length=1)]
    """Conditions that must all hold."""


class AnyOf(DefinitionSection):
    """At least one condition holds."""

    any_of: Annotated[tuple["Condition", ...], Field(min_length=1)]
    """Conditions of which one is enough."""


class Not(DefinitionSection):
    """The condition does not hold, which includes that it cannot be told."""

    condition: "Condition" = Field(alias="not")
    """The condition that must not hold."""


CONDITION_KEYS = ("behaviour", "attribute", "feature", "all_of", "any_of", "not")
"""The keys of which a condition has exactly one."""


def _condition_tag(value: Any) -> str | None:
    if isinstance(value, dict):
        keys = [key for key in CONDITION_KEYS if key in value]
    else:
        keys = [key for key in CONDITION_KEYS if key in _keys_of(value)]
    return f"<{keys[0]}>" if len(keys) == 1 else None


def _keys_of(value: Any) -> Iterator[str]:
    for name, field in getattr(type(value), "model_fields", {}).items():
        yield field.alias or name


Condition = Annotated[
    # Not written with `|`: the members are annotated and refer to each other.
    Union[  # noqa: UP007
        Annotated[BehaviourCondition, Tag("<behaviour>")],
        Annotated[AttributeCondition, Tag("<attribute>")],
        Annotated[FeatureCondition, Tag("<feature>")],
        Annotated[AllOf, Tag("<all_of>")],
        Annotated[AnyOf, Tag("<any_of>")],
        Annotated[Not, Tag("<not>")],
    ],
    Discriminator(
        _condition_tag,
        custom_error_type="condition",
        custom_error_message="must have exactly one of the keys " + ", ".join(CONDITION_KEYS),
    ),
]

CONDITION_PARTS = (BehaviourCondition, AttributeCondition, FeatureCondition, AllOf, AnyOf, Not)

SimpleCondition = BehaviourCondition | AttributeCondition | FeatureCondition


def simple_conditions(condition: Condition) -> Iterator[SimpleCondition]:
    """The conditions about one behaviour, attribute or feature that a condition is made of."""
    match condition:
        case AllOf(all_of=parts) | AnyOf(any_of=parts):
            for part in parts:
                yield from simple_conditions(part)
        case Not(condition=part):
            yield from simple_conditions(part)
        case _:
            yield condition


def _bounds(
    at_least: float | None, at_most: float | None, between: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    return between if between is not None else (at_least, at_most)


def _check_bounds(
    at_least: float | None, at_most: float | None, between: tuple[float, float] | None
) -> None:
    if between is not None and (at_least is not None or at_most is not None):
        msg = "must use either `between`, or `at_least` and `at_most`, not both"
        raise ValueError(msg)
    low, high = _bounds(at_least, at_most, between)
    if low is not None and high is not None and low > high:
        msg = f"must ask for something possible: {low:g} is above {high:g}"
        raise ValueError(msg)


for _part in (AllOf, AnyOf, Not):
    _part.model_rebuild()
