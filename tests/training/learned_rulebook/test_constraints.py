"""What a person may ask of a learned rulebook."""

import pytest

from features.core.errors import DefinitionError
from features.definition import TEMPLATE, read_definition
from training.learned_rulebook.constraints import Constraints, declared_signs


def test_impossible_limits_are_told_together():
    with pytest.raises(DefinitionError, match="most_rules = 0, min_leads = -1"):
        Constraints(most_rules=0, min_leads=-1)


def test_a_sign_is_one_of_three():
    with pytest.raises(DefinitionError, match=r"signs one of -1, 0, 1; got budget = 2"):
        Constraints(signs={"budget": 2})


def test_todays_rules_declare_their_signs():
    signs = declared_signs(read_definition(TEMPLATE), Constraints(signs={"industry": -1}))

    assert signs["webinar"] == 1
    assert signs["unsubscribe"] == -1
    assert signs["email_domain"] == -1
    assert signs["case_study_view"] == 1  # a behaviour no rule is about
    assert signs["channel"] == 0  # information no rule is about
    assert signs["industry"] == -1  # declared by hand
    assert "sales_call" not in signs


def test_a_sign_of_what_is_unknown_is_an_error():
    with pytest.raises(DefinitionError, match=r"got 1 others \(webinnar\)"):
        declared_signs(read_definition(TEMPLATE), Constraints(signs={"webinnar": 1}))
