from collections.abc import Callable
from dataclasses import replace

import pytest

from features.catalogue import Catalogue, build_catalogue
from features.core.errors import DefinitionError, LeadDataError
from features.definition import TEMPLATE, LeadDefinition, parse_definition, read_definition
from features.definition.kinds import Known
from features.families.category_levels import OTHER
from features.families.information import known_column
from features.feature import Axis
from features.history import History
from features.store.lead_tables import LeadTables

LEVELS = {"industry": ("retail", OTHER)}


@pytest.fixture(scope="module")
def catalogue(every_kind: LeadDefinition) -> Catalogue:
    return build_catalogue(every_kind, LEVELS)


def _template() -> Catalogue:
    """With every family of features, whatever the template asks for."""
    template = read_definition(TEMPLATE)
    everything = {"trend": True, "information_history": True, "account": True}
    windows = template.windows.model_copy(update=everything | {"half_lives_days": (14,)})
    definition = template.model_copy(update={"windows": windows})
    categories = [a.name for a in definition.attributes if a.kind == "category"]
    return build_catalogue(definition, dict.fromkeys(categories, (OTHER,)))


TEMPLATE_FEATURES = _template().features


@pytest.mark.parametrize("feature", TEMPLATE_FEATURES, ids=lambda feature: feature.name)
def test_every_feature_has_its_words_and_a_unit(feature) -> None:
    assert feature.label.ja.strip()
    assert feature.label.en.strip()
    assert feature.label.ja != feature.label.en
    assert feature.unit
    assert feature.concept
    assert feature.is_category == bool(feature.levels)
    assert len(feature.level_labels) == len(feature.levels)


def test_activity_and_age_are_two_concepts() -> None:
    concepts = {feature.name: feature.concept for feature in TEMPLATE_FEATURES}

    assert concepts["active_days_7d"] == concepts["distinct_behaviours_30d"] == "activity"
    assert concepts["days_since_creation"] == "days_since_creation"


def test_labels_tell_features_apart_in_both_languages() -> None:
    for language in ("ja", "en"):
        labels = [feature.label.read(language) for feature in TEMPLATE_FEATURES]
        assert len(set(labels)) == len(labels)


def test_names_come_from_the_definition(catalogue: Catalogue) -> None:
    expected = {
        *("visit_7d", "visit_30d", "visit_ever", "days_since_visit", "days_since_first_visit"),
        *("webinar_minutes_7d", "webinar_minutes_30d", "webinar_minutes_ever"),
        *("active_days_30d", "distinct_behaviours_7d", "days_since_creation"),
        *("pages", "industry", "decision_maker", "job_title_seniority", "job_title_department"),
        *("purchase_timing_days", "purchase_timing_known", "budget", "company_size"),
        *("email_domain_is_free_mail", "days_until_renewal", "pain_point_known"),
        "information_known",
    }

    assert expected <= set(catalogue.names)
    assert not [name for name in catalogue.names if "sales_call" in name or "account_id" in name]


def test_a_counter_kept_by_the_crm_is_behaviour(catalogue: Catalogue) -> None:
    assert catalogue.features[catalogue.index("pages")].axis == Axis.BEHAVIOUR
    assert catalogue.features[catalogue.index("industry")].axis == Axis.INFORMATION


def test_categories_are_the_columns_with_levels(catalogue: Catalogue) -> None:
    names = [catalogue.names[column] for column in catalogue.categorical]

    assert names == ["industry", "job_title_department"]


def test_age_is_left_out_where_the_definition_says_so(every_kind: LeadDefinition) -> None:
    windows = every_kind.windows.model_copy(update={"age": False})
    ageless = every_kind.model_copy(update={"windows": windows})

    assert "days_since_creation" not in build_catalogue(ageless, LEVELS).names


def test_without_dates_behaviours_only_have_totals(every_kind: LeadDefinition) -> None:
    snapshots = every_kind.snapshots.model_copy(update={"at": "undated"})
    undated = every_kind.model_copy(update={"snapshots": snapshots})

    names = build_catalogue(undated, LEVELS).names

    behaviour = [name for name in names if "visit" in name or "webinar" in name]
    assert behaviour == ["visit_ever", "webinar_ever", "webinar_minutes_ever"]
    assert "days_since_creation" not in names


def test_a_catalogue_comes_back_from_what_a_release_keeps(
    catalogue: Catalogue, every_kind: LeadDefinition
) -> None:
    again = Catalogue.from_dict(catalogue.to_dict(), every_kind)

    assert again.names == catalogue.names
    assert again.fingerprint == catalogue.fingerprint
    assert again.features[again.index("industry")].levels == ("retail", OTHER)


def test_attributes_of_unknown_time_are_marked_and_stay_marked(
    every_kind: LeadDefinition, make_tables: Callable[..., LeadTables]
) -> None:
    facts = [
        {"attribute": "pages", "value": "3", "honest": False},
        {"attribute": "pages", "value": "4", "known_at": 5},
        {"attribute": "budget", "value": "4"},
    ]
    history = History.from_tables(make_tables(facts=facts), every_kind)

    catalogue = build_catalogue(every_kind, LEVELS, suspects=history.facts.suspects)

    assert catalogue.suspects == ("pages",)
    assert Catalogue.from_dict(catalogue.to_dict(), every_kind).suspects == ("pages",)


def test_a_definition_with_other_features_is_refused(
    catalogue: Catalogue, every_kind: LeadDefinition
) -> None:
    fewer = every_kind.model_copy(update={"behaviours": every_kind.behaviours[1:]})

    with pytest.raises(LeadDataError, match=r"got \d+ that differ \(.*visit"):
        Catalogue.from_dict(catalogue.to_dict(), fewer)


def test_a_part_of_a_catalogue_comes_back_in_its_own_order(
    catalogue: Catalogue, every_kind: LeadDefinition
) -> None:
    part = catalogue.only(("industry", "pages"))
    backwards = replace(part, features=part.features[::-1])

    again = Catalogue.part_from_dict(backwards.to_dict(), every_kind)

    assert again.names == ("industry", "pages")
    assert again.features[0].levels == ("retail", OTHER)


def test_a_part_that_a_definition_does_not_give_is_an_error(
    catalogue: Catalogue, every_kind: LeadDefinition
) -> None:
    fewer = every_kind.model_copy(update={"behaviours": every_kind.behaviours[1:]})

    with pytest.raises(LeadDataError, match="got 'visit_"):
        Catalogue.part_from_dict(catalogue.to_dict(), fewer)


def test_an_unknown_feature_is_an_error(catalogue: Catalogue) -> None:
    with pytest.raises(LeadDataError, match="got 'visit_8d'"):
        catalogue.index("visit_8d")


def test_categories_without_levels_are_an_error(every_kind: LeadDefinition) -> None:
    with pytest.raises(LeadDataError, match=r"got none for 1 \(industry\)"):
        build_catalogue(every_kind, {})


def test_two_features_of_one_name_are_an_error() -> None:
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        "name: page_visit,", "name: information_known,"
    )
    clashing = parse_definition(text.replace("behaviour: page_visit", "behaviour: webinar"), "t")
    windows = clashing.windows.model_copy(update={"days": (7, 7, 30, 90)})
    levels = {a.name: (OTHER,) for a in clashing.attributes if a.kind == "category"}

    with pytest.raises(LeadDataError, match=r"got \d+ used twice"):
        build_catalogue(clashing.model_copy(update={"windows": windows}), levels)


def test_every_attribute_that_may_be_judged_has_a_column_that_tells_it_is_known(
    every_kind: LeadDefinition, catalogue: Catalogue
) -> None:
    columns = {a.name: known_column(a) for a in every_kind.feature_attributes}

    assert all(name in catalogue.names for name, _ in columns.values())
    assert columns["pain_point"] == ("pain_point_known", Known.EQUALS_ONE)
    assert columns["job_title"] == ("job_title_seniority", Known.NOT_MISSING)


def test_an_identifier_has_no_column(every_kind: LeadDefinition) -> None:
    with pytest.raises(DefinitionError, match="got 'account_id'"):
        known_column(every_kind.attribute("account_id"))


def test_an_attribute_may_be_called_age() -> None:
    age = "  - {name: age, kind: number, unit: years, label: {ja: 年齢, en: Age}}\n"
    text = TEMPLATE.read_text(encoding="utf-8").replace("attributes:\n", f"attributes:\n{age}", 1)

    definition = parse_definition(text, "definition.yaml")
    levels = {item.name: (OTHER,) for item in definition.attributes}

    features = build_catalogue(definition, levels)

    concepts = {feature.name: feature.concept for feature in features}
    assert concepts["age"] == "age"
    assert concepts["days_since_creation"] == "days_since_creation"
