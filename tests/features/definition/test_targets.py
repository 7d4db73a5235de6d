"""A KPI has a range or a ceiling, and no target may contradict the capacity unnoticed."""

from collections.abc import Callable

import pytest

from features.core.errors import DefinitionError
from features.core.text import Text
from features.definition import TEMPLATE, LeadDefinition, parse_definition
from features.definition.targets import ceiling_of, targets_beyond_capacity
from features.definition.terms import Kpi


@pytest.fixture(scope="module")
def template() -> LeadDefinition:
    return parse_definition(TEMPLATE.read_text(encoding="utf-8"), "template.yaml")


def _kpi(name: str, target: float, **terms: object) -> Kpi:
    return Kpi(name=name, team="marketing", label=Text(ja=name, en=name), target=target, **terms)


def _with(template: LeadDefinition, *kpis: Kpi, capacity: int) -> LeadDefinition:
    assert template.sales is not None
    sales = template.sales.model_copy(update={"capacity_per_month": capacity})
    return template.model_copy(update={"kpis": kpis, "sales": sales})


def test_the_shipped_definition_does_not_contradict_itself(template: LeadDefinition) -> None:
    assert targets_beyond_capacity(template) == ()


@pytest.mark.parametrize(
    ("kpi", "within"),
    [
        (_kpi("mql_count", 401.0), 400),
        (_kpi("mql_count", 300.0, at_most=500.0), 400),
        (_kpi("won_count", 1_300.0, per="quarter"), 1_200),
        (_kpi("mql_count", 400.0), None),
        (_kpi("sql_count", 1_200.0, per="quarter"), None),
        # Leads created are not worked by sales, and shares have no capacity.
        (_kpi("lead_count", 9_000.0), None),
        (_kpi("accepted_share", 0.6, per=None), None),
    ],
)
def test_a_target_beyond_the_capacity_is_named_with_what_it_allows(
    template: LeadDefinition, kpi: Kpi, within: int | None
) -> None:
    found = targets_beyond_capacity(_with(template, kpi, capacity=400))

    assert [(one.kpi.name, one.within) for one in found] == (
        [] if within is None else [(kpi.name, within)]
    )


def test_hand_overs_are_too_many_above_the_capacity(template: LeadDefinition) -> None:
    definition = _with(template, capacity=400)

    assert ceiling_of(_kpi("mql_count", 300.0), definition) == 400
    assert ceiling_of(_kpi("mql_count", 300.0, at_most=350.0), definition) == 350
    assert ceiling_of(_kpi("sql_count", 120.0), definition) is None
    assert ceiling_of(_kpi("accepted_share", 0.5, at_most=0.9, per=None), definition) == 0.9


@pytest.mark.parametrize(
    ("terms", "must"),
    [
        ("target: 400, at_most: 300", "at least the target"),
        ("target: 400, at_most: 500, bigger_is_better: false", "must be left out"),
    ],
)
def test_a_range_has_two_ends(edited: Callable[..., str], terms: str, must: str) -> None:
    text = edited(("target: 320, at_most: 400", terms))

    with pytest.raises(DefinitionError, match=must):
        parse_definition(text, "lead_definition.yaml")
