"""Structured conditions about a lead: what rules and checklists are made of.

Conditions are data, never expressions: nothing in a definition is evaluated as code, an editor can
complete it, and each condition can be put into words. A condition names exactly one of the keys
``behaviour``, ``attribute``, ``feature``, ``all_of``, ``any_of`` and ``not``.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from features.core.formats import same
from features.core.parsing.job_title import (
    DEPARTMENT_LABELS,
    SENIORITY_LABELS,
    Department,
    Seniority,
)
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.behaviours import Axis
from features.definition.section import Count, Days, DefinitionSection, Name
from features.definition.wording.conditions import (
    AND,
    OR,
    about,
    after_ga,
    in_bounds,
    is_known,
    is_one_of,
    is_yes,
    joined,
    unit_after,
)

if TYPE_CHECKING:
    from features.definition.lead_definition import LeadDefinition


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


class BaseCondition(DefinitionSection):
    """What every kind of condition is; one file says all of it but where a snapshot fulfils it."""

    @property
    def parts(self) -> tuple["Condition", ...]:
        """Conditions that this one is made of; none where it asks about one thing."""
        return ()

    @abstractmethod
    def words(self, definition: "LeadDefinition") -> Text:
        """What is asked, in both languages."""

    def axis(self, _definition: "LeadDefinition") -> Axis | None:
        """The axis of what is asked about, where the definition says it."""
        return None

    def _inner(self, definition: "LeadDefinition") -> Text:
        """The words, in brackets where "and" and "or" would run together."""
        return self.words(definition)


class BehaviourCondition(BaseCondition):
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

    def words(self, definition: "LeadDefinition") -> Text:
        """How often what happened: ``Webinar: at least once in 30 days``."""
        label, (low, high) = definition.behaviour(self.behaviour).label, self.bounds
        when = Text(ja="", en="")
        if self.within_days is not None:
            when = Text(ja=f"直近{self.within_days}日に", en=f" in {self.within_days} days")
        if high == 0:
            return Text(ja=f"{label.ja}: {when.ja}なし", en=f"{label.en}: never{when.en}")
        times = in_bounds((low, high), Text(ja="回", en=" times"))
        if (low, high) == (1, None):
            times = Text(ja="1回以上", en="at least once")
        return Text(ja=f"{label.ja}: {when.ja}{times.ja}", en=f"{label.en}: {times.en}{when.en}")

    def axis(self, _definition: "LeadDefinition") -> Axis:
        """What a lead did."""
        return "behaviour"

    @model_validator(mode="after")
    def _check(self) -> "BehaviourCondition":
        _check_bounds(self.at_least, self.at_most, self.between)
        return self


class AttributeCondition(BaseCondition):
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

    def words(self, definition: "LeadDefinition") -> Text:
        """Each test of the attribute: ``Budget known``."""
        attribute = definition.attribute(self.attribute)
        tests = _attribute_tests(self, attribute)
        return joined([about(attribute.label, test) for test in tests], AND)

    def axis(self, definition: "LeadDefinition") -> Axis:
        """Where the attribute counts."""
        return definition.attribute(self.attribute).axis

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


class FeatureCondition(BaseCondition):
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

    def words(self, _definition: "LeadDefinition") -> Text:
        """Each test of the feature, by its name in the catalogue."""
        name = Text(ja=self.feature, en=self.feature)
        return joined([about(name, test) for test in _common_tests(self, None)], AND)

    @model_validator(mode="after")
    def _check(self) -> "FeatureCondition":
        if self == FeatureCondition.model_construct(feature=self.feature):
            msg = "must say what is asked of the feature, for instance `at_least: 1`"
            raise ValueError(msg)
        _check_bounds(self.at_least, self.at_most, self.between)
        return self


class _Joined(BaseCondition):
    """Conditions put together by a word."""

    _joint: ClassVar[Text]

    def words(self, definition: "LeadDefinition") -> Text:
        """The conditions, one after the other."""
        return joined([part._inner(definition) for part in self.parts], self._joint)

    def _inner(self, definition: "LeadDefinition") -> Text:
        words = self.words(definition)
        return Text(ja=f"({words.ja})", en=f"({words.en})")


class AllOf(_Joined):
    """Every condition holds."""

    _joint = AND
    all_of: Annotated[tuple["Condition", ...], Field(min_length=1)]
    """Conditions that must all hold."""

    @property
    def parts(self) -> tuple["Condition", ...]:
        """All of them."""
        return self.all_of


class AnyOf(_Joined):
    """At least one condition holds."""

    _joint = OR
    any_of: Annotated[tuple["Condition", ...], Field(min_length=1)]
    """Conditions of which one is enough."""

    @property
    def parts(self) -> tuple["Condition", ...]:
        """All of them."""
        return self.any_of


class Not(BaseCondition):
    """The condition does not hold, which includes that it cannot be told."""

    condition: "Condition" = Field(alias="not")
    """The condition that must not hold."""

    @property
    def parts(self) -> tuple["Condition", ...]:
        """The one condition."""
        return (self.condition,)

    def words(self, definition: "LeadDefinition") -> Text:
        """The condition, denied."""
        inner = self.condition.words(definition)
        return Text(ja=f"「{inner.ja}」ではない", en=f"not ({inner.en})")


CONDITION_PARTS: tuple[type[BaseCondition], ...] = (
    BehaviourCondition,
    AttributeCondition,
    FeatureCondition,
    AllOf,
    AnyOf,
    Not,
)
"""Every kind of condition; its first field is the key by which it is known."""


def _keys_of(part: type[BaseCondition]) -> Iterator[str]:
    for name, field in part.model_fields.items():
        yield field.alias or name


CONDITION_KEYS = tuple(next(_keys_of(part)) for part in CONDITION_PARTS)
"""The keys of which a condition has exactly one."""


def _condition_tag(value: Any) -> str | None:
    given = value if isinstance(value, dict) else tuple(_keys_of(type(value)))
    keys = [key for key in CONDITION_KEYS if key in given]
    return f"<{keys[0]}>" if len(keys) == 1 else None


if TYPE_CHECKING:
    Condition = BaseCondition
else:
    Condition = Annotated[
        Union[  # noqa: UP007
            tuple(
                Annotated[part, Tag(f"<{key}>")]
                for part, key in zip(CONDITION_PARTS, CONDITION_KEYS, strict=True)
            )
        ],
        Discriminator(
            _condition_tag,
            custom_error_type="condition",
            custom_error_message="must have exactly one of the keys " + ", ".join(CONDITION_KEYS),
        ),
    ]


def simple_conditions(condition: Condition) -> Iterator[Condition]:
    """The conditions about one behaviour, attribute or feature that a condition is made of."""
    if not condition.parts:
        yield condition
    for part in condition.parts:
        yield from simple_conditions(part)


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


def _common_tests(
    condition: AttributeCondition | FeatureCondition, attribute: Attribute | None
) -> list[Text]:
    unit = None if attribute is None else attribute.unit
    tests = [is_known(condition.known)] if condition.known is not None else []
    if condition.bounds != (None, None):
        tests.append(after_ga(in_bounds(condition.bounds, unit_after(unit))))
    if condition.is_one_of is not None:
        called = same if attribute is None else attribute.called
        tests.append(is_one_of([called(value) for value in condition.is_one_of]))
    return tests


def _attribute_tests(condition: AttributeCondition, attribute: Attribute) -> list[Text]:
    tests = _common_tests(condition, attribute)
    if condition.is_true is not None:
        tests.append(is_yes(condition.is_true))
    if condition.seniority_at_least is not None:
        title = SENIORITY_LABELS[Seniority[condition.seniority_at_least.upper()]]
        tests.append(Text(ja=f"が{title.ja}以上", en=f"at least {title.en}"))
    if condition.seniority_at_most is not None:
        title = SENIORITY_LABELS[Seniority[condition.seniority_at_most.upper()]]
        tests.append(Text(ja=f"が{title.ja}以下", en=f"at most {title.en}"))
    if condition.department_is_one_of is not None:
        departments = [Department(name) for name in condition.department_is_one_of]
        tests.append(is_one_of([DEPARTMENT_LABELS[department] for department in departments]))
    if condition.is_free_mail is not None:
        tests.append(
            Text(ja="がフリーメール", en="is a free one")
            if condition.is_free_mail
            else Text(ja="が会社のもの", en="is a company's")
        )
    if condition.within_days is not None:
        days = condition.within_days
        tests.append(Text(ja=f"が{days}日以内", en=f"within {days} days"))
    return tests


for _part in CONDITION_PARTS:
    _part.model_rebuild()
