import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.core.errors import LeadDataError
from training.contributions.leaf_paths import LeafPaths
from training.contributions.tree_shap import SLICE, ContributionTables

N_FEATURES = 6
CATEGORY = [4, 5]


def draw_leads(rng, n, *, top_category=40):
    """Columns with ties, zeros, NaN everywhere, and two columns of category codes."""
    leads = np.column_stack(
        [
            rng.poisson(1.0, n),
            rng.normal(size=n),
            rng.exponential(size=n).round(1) - 0.5,
            rng.choice([0.0, 1e-36, -1e-36, 1.0, -1.0], n),
            rng.integers(0, 4, n),
            rng.integers(0, top_category, n),
        ]
    )
    leads[rng.random(leads.shape) < 0.15] = np.nan
    return leads


def train(rng, parameters, *, n=300, rounds=6, categories="auto"):
    leads = draw_leads(rng, n)
    eta = np.nansum(leads[:, :3], axis=1) + (leads[:, 5] % 3 == 1) - 1.0
    converted = rng.random(n) < 1 / (1 + np.exp(-eta))
    return lgb.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
        | parameters,
        lgb.Dataset(leads, converted, categorical_feature=categories),
        num_boost_round=rounds,
    )


def lightgbms_answer(boosters, leads):
    contributions = [booster.predict(leads, pred_contrib=True) for booster in boosters]
    mean = sum(contributions) / len(boosters)
    return mean[:, :-1], mean[0, -1]


@st.composite
def recipes(draw):
    depth = draw(st.integers(1, 7))
    return {
        "max_depth": depth,
        "num_leaves": 2**depth,
        "use_missing": draw(st.booleans()),
        "zero_as_missing": draw(st.booleans()),
        "max_cat_to_onehot": draw(st.sampled_from([1, 4, 64])),
        "cat_smooth": 1.0,
        "min_data_per_group": 2,
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), recipe=recipes(), n_boosters=st.integers(1, 3))
def test_contributions_and_margins_are_lightgbms(seed, recipe, n_boosters):
    rng = np.random.default_rng(seed)
    boosters = [train(rng, recipe, categories=CATEGORY) for _ in range(n_boosters)]
    leads = draw_leads(rng, 200, top_category=80)  # half of these categories were never seen
    leads[:5] = [[np.nan], [0.0], [-0.5], [np.inf], [-np.inf]]

    tables = ContributionTables.from_model_texts([b.model_to_string() for b in boosters])
    explained = tables.explain(leads)

    values, base = lightgbms_answer(boosters, leads)
    np.testing.assert_allclose(explained.values, values, rtol=0, atol=1e-9)
    assert explained.base == pytest.approx(base, abs=1e-9)
    margin = sum(b.predict(leads, raw_score=True) for b in boosters) / n_boosters
    np.testing.assert_array_equal(explained.margin, margin)

    # A few leads without tables: the same to the last bit.
    few = LeafPaths.from_model_texts([b.model_to_string() for b in boosters])
    found = few.explain(leads[:20])
    np.testing.assert_array_equal(found.values, explained.values[:20])
    np.testing.assert_array_equal(found.margin, margin[:20])
    np.testing.assert_array_equal(few.margin(leads[:20]), margin[:20])
    assert found.base == explained.base


def test_margins_alone_are_lightgbms_too_with_rows_that_repeat():
    rng = np.random.default_rng(8)
    boosters = [train(rng, {"num_leaves": 8, "seed": seed}) for seed in range(2)]
    leads = np.repeat(draw_leads(rng, 700), rng.integers(1, 4, 700), axis=0)

    tables = ContributionTables.from_model_texts([b.model_to_string() for b in boosters])

    expected = sum(b.predict(leads, raw_score=True) for b in boosters) / 2
    np.testing.assert_array_equal(tables.margin(leads), expected)
    assert tables.margin(leads[:0]).shape == (0,)


def test_contributions_add_up_to_the_margin():
    rng = np.random.default_rng(1)
    booster = train(rng, {"max_depth": 4}, rounds=40)
    tables = ContributionTables.from_model_texts([booster.model_to_string()])

    explained = tables.explain(draw_leads(rng, 500))

    total = explained.base + explained.values.sum(axis=1)
    np.testing.assert_allclose(total, explained.margin, rtol=0, atol=1e-12)


def test_one_lead_gets_the_numbers_it_has_among_many():
    rng = np.random.default_rng(2)
    booster = train(rng, {"max_depth": 4}, rounds=20)
    tables = ContributionTables.from_model_texts([booster.model_to_string()] * 3)
    leads = draw_leads(rng, 2 * SLICE + 100)

    together = tables.explain(leads)

    for i in (0, 255, 256, SLICE, 2 * SLICE + 99):
        alone = tables.explain(leads[i : i + 1])
        np.testing.assert_array_equal(alone.values[0], together.values[i])
        assert alone.margin[0] == together.margin[i]


@pytest.mark.parametrize("max_bits", [1, 3, 5, 12])
def test_the_size_of_tables_does_not_matter(max_bits):
    rng = np.random.default_rng(3)
    booster = train(rng, {"max_depth": 6, "num_leaves": 40}, rounds=10)
    text = booster.model_to_string()
    leads = draw_leads(rng, 100)

    explained = ContributionTables.from_model_texts([text], max_bits=max_bits).explain(leads)

    values, _ = lightgbms_answer([booster], leads)
    np.testing.assert_allclose(explained.values, values, rtol=0, atol=1e-9)


def test_a_feature_asked_again_on_a_path_is_one_player():
    x = np.linspace(0, 1, 400)[:, None]
    parameters = {"objective": "regression", "verbose": -1, "max_depth": 6, "min_data_in_leaf": 5}
    booster = lgb.train(parameters, lgb.Dataset(x, np.sin(9 * x[:, 0])), num_boost_round=5)

    explained = ContributionTables.from_model_texts([booster.model_to_string()]).explain(x)

    # A lone feature receives everything above the mean.
    margin = booster.predict(x)
    np.testing.assert_allclose(explained.values[:, 0], margin - margin.mean(), rtol=0, atol=1e-12)


def test_boosters_that_learned_nothing_add_a_constant():
    x = np.zeros((50, 2))
    converted = np.arange(50) < 10
    parameters = {"objective": "binary", "verbose": -1}
    booster = lgb.train(
        parameters, lgb.Dataset(x, converted, params={"feature_pre_filter": False}), 3
    )

    explained = ContributionTables.from_model_texts([booster.model_to_string()]).explain(x)

    assert explained.base == pytest.approx(np.log(10 / 40))
    assert not explained.values.any()
    np.testing.assert_allclose(explained.margin, np.log(10 / 40))
    few = LeafPaths.from_model_texts([booster.model_to_string()])
    np.testing.assert_array_equal(few.explain(x).margin, explained.margin)
    assert not few.explain(x).values.any()


def test_nobody_to_explain_is_no_error():
    booster = train(np.random.default_rng(4), {"max_depth": 2})
    tables = ContributionTables.from_model_texts([booster.model_to_string()])

    for form in (tables, tables.paths):
        assert form.explain(np.empty((0, N_FEATURES))).values.shape == (0, N_FEATURES)
        assert form.margin(np.empty((0, N_FEATURES))).shape == (0,)


def test_a_matrix_of_another_width_is_refused():
    booster = train(np.random.default_rng(5), {"max_depth": 2})
    tables = ContributionTables.from_model_texts([booster.model_to_string()])

    with pytest.raises(LeadDataError, match=r"6 features; got a matrix of shape \(3, 5\)"):
        tables.explain(np.zeros((3, 5)))
    with pytest.raises(LeadDataError, match=r"6 features; got a matrix of shape \(3, 5\)"):
        tables.paths.margin(np.zeros((3, 5)))


def test_boosters_of_different_widths_are_refused():
    wide = train(np.random.default_rng(6), {"max_depth": 2})
    x = np.arange(100.0)[:, None]
    narrow = lgb.train({"verbose": -1}, lgb.Dataset(x, x[:, 0]), 1)

    with pytest.raises(LeadDataError, match=r"2 boosters with \[1, 6\] features"):
        ContributionTables.from_model_texts([wide.model_to_string(), narrow.model_to_string()])
    with pytest.raises(LeadDataError, match="0 boosters with no features"):
        ContributionTables.from_model_texts([])


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"objective": "multiclass", "num_class": 3}, "several outputs"),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "averaged trees"),
        ({"linear_tree": True}, "linear trees"),
    ],
)
def test_boosters_that_do_not_sum_constant_leaves_are_refused(parameters, what):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(200, 3))
    target = (x[:, 0] > 0).astype(float)
    booster = lgb.train({"verbose": -1} | parameters, lgb.Dataset(x, target), 2)

    with pytest.raises(LeadDataError, match=what):
        ContributionTables.from_model_texts([booster.model_to_string()])


def test_trees_too_deep_for_tables_are_refused():
    x = np.arange(2000.0)[:, None]
    parameters = {"verbose": -1, "min_data_in_leaf": 1, "num_leaves": 60, "learning_rate": 1.0}
    booster = lgb.train(parameters, lgb.Dataset(x, np.exp(x[:, 0] / 20 - 90)), 1)

    with pytest.raises(LeadDataError, match="at most 12 deep; got a leaf below 13 nodes"):
        ContributionTables.from_model_texts([booster.model_to_string()])
