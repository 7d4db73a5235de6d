"""Points, limits, matrix and thresholds, by hand arithmetic."""

import numpy as np
import pytest

from features.core.errors import DefinitionError
from features.core.text import Text
from features.definition.conditions import BehaviourCondition
from features.definition.rulebook import Cap, Matrix, Rule, Rulebook, Threshold, most_points
from features.families import information
from features.rulebook import RulebookLines, columns, judge, judge_row
from features.rulebook.fulfilment import predicate_of

WORDS = {"ja": "規則", "en": "Rule"}

NAN = np.nan


def rule(when, points=10, **rest):
    return Rule.model_validate(
        {"name": rest.pop("name", "a"), "label": WORDS, "when": when, "points": points, **rest}
    )


def points(snapshot, *rules, **rest):
    return judge(snapshot, Rulebook(rules=rules, **rest)).points.tolist()


CONDITIONS = {
    "at least": ({"behaviour": "webinar", "at_least": 2}, "webinar_ever", [1, 2, 3], [0, 1, 1]),
    "at least once": ({"behaviour": "webinar"}, "webinar_ever", [0, 1, 5], [0, 1, 1]),
    "never": ({"behaviour": "webinar", "at_most": 0}, "webinar_ever", [0, 1, 2], [1, 0, 0]),
    "between": (
        {"behaviour": "webinar", "between": [1, 2], "within_days": 30},
        "webinar_30d",
        [0, 1, 2, 3],
        [0, 1, 1, 0],
    ),
    "number": (
        {"attribute": "company_size", "at_least": 50},
        "company_size",
        [49, 50, NAN],
        [0, 1, 0],
    ),
    "at most": ({"attribute": "budget", "at_most": 50}, "budget", [50, 51, NAN], [1, 0, 0]),
    "range": ({"attribute": "budget", "between": [1, 2]}, "budget", [0, 1, 2, 3], [0, 1, 1, 0]),
    "category": (
        {"attribute": "channel", "is_one_of": ["beta"]},
        "channel",
        [0, 1, NAN],
        [0, 1, 0],
    ),
    "no such level": (
        {"attribute": "channel", "is_one_of": ["gamma"]},
        "channel",
        [0, 1, 2],
        [0, 0, 0],
    ),
    "true": (
        {"attribute": "decision_maker", "is_true": True},
        "decision_maker",
        [0, 1, NAN],
        [0, 1, 0],
    ),
    "false": (
        {"attribute": "decision_maker", "is_true": False},
        "decision_maker",
        [0, 1, NAN],
        [1, 0, 0],
    ),
    # manager is 4 and department head 6 on the scale of job titles
    "senior": (
        {"attribute": "job_title", "seniority_at_least": "department_head"},
        "job_title_seniority",
        [4, 6, 8, NAN],
        [0, 1, 1, 0],
    ),
    "junior": (
        {"attribute": "job_title", "seniority_at_most": "manager"},
        "job_title_seniority",
        [4, 6, NAN],
        [1, 0, 0],
    ),
    # sales is the first department of the list, marketing the second
    "department": (
        {"attribute": "job_title", "department_is_one_of": ["marketing"]},
        "job_title_department",
        [0, 1, NAN],
        [0, 1, 0],
    ),
    "free mail": (
        {"attribute": "email_domain", "is_free_mail": True},
        "email_domain_is_free_mail",
        [0, 1, NAN],
        [0, 1, 0],
    ),
    "soon": (
        {"attribute": "purchase_timing", "within_days": 90},
        "purchase_timing_days",
        [-1, -0.5, 90, 90.1, NAN],
        [0, 1, 1, 0, 0],
    ),
    "date soon": (
        {"attribute": "renewal", "within_days": 9},
        "days_until_renewal",
        [9, 10, NAN],
        [1, 0, 0],
    ),
    "known": ({"attribute": "pain_point", "known": True}, "pain_point_known", [0, 1], [0, 1]),
    "unknown": ({"attribute": "pain_point", "known": False}, "pain_point_known", [0, 1], [1, 0]),
    "feature": (
        {"feature": "days_since_webinar", "at_most": 7},
        "days_since_webinar",
        [7, 8, NAN],
        [1, 0, 0],
    ),
    "feature known": (
        {"feature": "days_since_webinar", "known": False},
        "days_since_webinar",
        [7, NAN],
        [0, 1],
    ),
    "feature level": ({"feature": "channel", "is_one_of": ["alpha"]}, "channel", [0, 1], [1, 0]),
    "not": ({"not": {"attribute": "budget", "at_least": 5}}, "budget", [4, 5, NAN], [1, 0, 1]),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_holds_where_it_says(name, snapshot_of):
    when, column, values, expected = CONDITIONS[name]
    snapshot = snapshot_of(*({column: value} for value in values))

    hits = judge(snapshot, Rulebook(rules=(rule(when),))).hits[:, 0]

    np.testing.assert_array_equal(hits, np.array(expected, dtype=bool))


EVERY_KIND_OF_LINE = Rulebook(
    rules=(
        *(
            rule(when, n % 4 * 3 - 4, name=f"r{n}")
            for n, (when, *_) in enumerate(CONDITIONS.values())
        ),
        rule({"behaviour": "webinar"}, 7, name="fading", half_life_days=20),
        rule({"behaviour": "webinar", "within_days": 30}, 3, name="each", per="each"),
        rule({"behaviour": "inquiry"}, -5, name="faded", per="each", half_life_days=30),
        rule({"behaviour": "inquiry"}, 5, name="most", per="each", at_most_points=12),
        rule({"any_of": [{"behaviour": "inquiry"}, {"not": {"behaviour": "webinar"}}]}, name="any"),
    ),
    caps=(Cap(behaviour="webinar", points=9), Cap(behaviour="inquiry", points=11)),
    matrix=Matrix.model_validate(
        {
            "label": WORDS,
            "behaviour": [
                {"name": "some", "label": WORDS, "when": {"behaviour": "webinar"}},
                {"name": "much", "label": WORDS, "when": {"behaviour": "webinar", "at_least": 2}},
            ],
            "information": [
                {"name": "budget", "label": WORDS, "when": {"attribute": "budget", "known": True}}
            ],
            "points": {"some": {"budget": 4}, "much": {"budget": 9}},
        }
    ),
    mql=Threshold(points=10),
    sql=Threshold.model_validate(
        {
            "points": 40,
            "checklist": {
                "label": WORDS,
                "when": {
                    "all_of": [{"behaviour": "inquiry"}, {"attribute": "budget", "known": True}]
                },
            },
        }
    ),
)


def test_one_row_is_judged_like_a_snapshot_to_the_last_bit(snapshot_of):
    rng = np.random.default_rng(8)
    catalogue = snapshot_of().catalogue
    values = [0.0, 1.0, 2.0, 3.0, 6.0, 9.0, 33.7, 90.1, -0.5, -1.0, NAN]
    matrix = rng.choice(values, size=(400, len(catalogue)))
    counts = [i for i, feature in enumerate(catalogue) if feature.unit == "times"]
    matrix[:, counts] = rng.choice([0.0, 1.0, 2.0, 3.5], size=(400, len(counts)))
    snapshot = type(snapshot_of({}))(matrix, catalogue)
    lines = RulebookLines.of(EVERY_KIND_OF_LINE, catalogue)

    judgement = judge(snapshot, EVERY_KIND_OF_LINE)
    rows = [dict(zip(catalogue.names, row, strict=True)) for row in matrix.tolist()]
    judged = [judge_row(row, lines) for row in rows]

    never_hit = [*CONDITIONS].index("no such level")
    assert np.flatnonzero(~judgement.hits.any(axis=0)).tolist() == [never_hit]
    assert set(judgement.qualification.tolist()) == {0, 1, 2}
    np.testing.assert_array_equal([points for points, _ in judged], judgement.points)
    np.testing.assert_array_equal([level for _, level in judged], judgement.qualification)


def test_all_and_any_combine(snapshot_of):
    webinar, known = {"behaviour": "webinar"}, {"attribute": "budget", "known": True}
    snapshot = snapshot_of({}, {"webinar_ever": 1}, {"budget": 1}, {"webinar_ever": 1, "budget": 1})

    assert points(snapshot, rule({"all_of": [webinar, known]})) == [0, 0, 0, 10]
    assert points(snapshot, rule({"any_of": [webinar, known]})) == [0, 10, 10, 10]


def test_known_means_what_the_catalogue_says_for_every_attribute(definition, catalogue):
    for attribute in definition.feature_attributes:
        found = columns.known_column(attribute.name, catalogue)
        assert found == information.known_column(attribute)


def test_points_add_up_and_may_be_negative(snapshot_of):
    snapshot = snapshot_of({"webinar_ever": 1, "unsubscribe_ever": 1}, {"unsubscribe_ever": 2})
    rules = (rule({"behaviour": "webinar"}, 10), rule({"behaviour": "unsubscribe"}, -15))

    assert points(snapshot, *rules) == [-5, -15]


def test_each_counts_every_event_up_to_its_limit(snapshot_of):
    snapshot = snapshot_of(*({"webinar_30d": n} for n in (0, 1, 3, 9)))
    when = {"behaviour": "webinar", "within_days": 30}

    assert points(snapshot, rule(when, 10, per="each")) == [0, 10, 30, 90]
    assert points(snapshot, rule(when, 10, per="each", at_most_points=25)) == [0, 10, 25, 25]
    assert points(snapshot, rule(when, -10, per="each", at_most_points=25)) == [0, -10, -25, -25]


def test_each_begins_where_the_condition_does(snapshot_of):
    snapshot = snapshot_of(*({"webinar_ever": n} for n in (1, 2, 3)))

    assert points(snapshot, rule({"behaviour": "webinar", "at_least": 2}, 5, per="each")) == [
        0,
        10,
        15,
    ]


def test_fading_points_halve_with_every_half_life(snapshot_of):
    snapshot = snapshot_of(
        {"webinar_ever": 1, "days_since_webinar": 0},
        {"webinar_ever": 2, "days_since_webinar": 30},
        {"days_since_webinar": NAN},
    )

    assert points(snapshot, rule({"behaviour": "webinar"}, 10, half_life_days=30)) == [10, 5, 0]


def test_each_event_fades_by_itself(snapshot_of):
    # two events, 30 and 60 days ago, count for a half and a quarter
    snapshot = snapshot_of({"webinar_ever": 2, "webinar_decayed_30d": 0.75}, {})
    each = rule({"behaviour": "webinar"}, 10, half_life_days=30, per="each")

    assert points(snapshot, each) == [7.5, 0]


def test_a_cap_limits_the_rules_about_one_behaviour_alone(snapshot_of):
    snapshot = snapshot_of({"webinar_ever": 3, "webinar_30d": 3, "budget": 1})
    rules = (
        rule({"behaviour": "webinar"}, 10),
        rule({"behaviour": "webinar", "within_days": 30}, 5, per="each"),
        rule({"behaviour": "webinar", "at_least": 3}, -1),
        rule({"all_of": [{"behaviour": "webinar"}, {"attribute": "budget", "known": True}]}, 7),
    )

    # 10 + 15 limited to 12; the negative rule and the one about two things are not
    assert points(snapshot, *rules) == [31]
    assert points(snapshot, *rules, caps=(Cap(behaviour="webinar", points=12),)) == [12 - 1 + 7]


MATRIX = Matrix.model_validate(
    {
        "label": WORDS,
        "behaviour": [
            {"name": "looked", "label": WORDS, "when": {"behaviour": "document_download"}},
            {"name": "asked", "label": WORDS, "when": {"behaviour": "inquiry"}},
        ],
        "information": [
            {"name": "role", "label": WORDS, "when": {"attribute": "job_title", "known": True}},
            {"name": "need", "label": WORDS, "when": {"attribute": "pain_point", "known": True}},
        ],
        "points": {"looked": {"need": 5}, "asked": {"role": 20, "need": 30}},
    }
)


def test_the_matrix_gives_points_where_the_highest_levels_cross(snapshot_of):
    snapshot = snapshot_of(
        {"document_download_ever": 1},
        {"document_download_ever": 1, "pain_point_known": 1},
        {"inquiry_ever": 1, "job_title_seniority": 4},
        {"inquiry_ever": 1, "document_download_ever": 1, "pain_point_known": 1},
        {"pain_point_known": 1},
    )

    assert points(snapshot, matrix=MATRIX) == [0, 5, 20, 30, 0]


def test_points_or_the_checklist_qualify(snapshot_of):
    snapshot = snapshot_of(
        {"webinar_ever": 1},
        {"webinar_ever": 2},
        {"webinar_ever": 4},
        {"budget": 1},
        {"inquiry_ever": 1},
    )
    rulebook = Rulebook(
        rules=(rule({"behaviour": "webinar"}, 10, per="each"),),
        mql=Threshold.model_validate(
            {
                "points": 20,
                "checklist": {"label": WORDS, "when": {"attribute": "budget", "known": True}},
            }
        ),
        sql=Threshold.model_validate(
            {"points": 40, "checklist": {"label": WORDS, "when": {"behaviour": "inquiry"}}}
        ),
    )

    assert judge(snapshot, rulebook).qualification.tolist() == [0, 1, 2, 1, 2]


def test_the_template_judges_the_leads_of_its_own_table(definition, snapshot_of):
    """One download is not yet an MQL, webinars with a known role are, a ready inquiry is SQL."""
    curious = {"document_download_90d": 1, "document_download_ever": 1}
    # 10 (webinar) + 10 (department head) = 20
    near = {"webinar_90d": 3, "webinar_ever": 3, "job_title_seniority": 6}
    checklist = {"webinar_ever": 1, "pain_point_known": 1, "department": 0}
    # 15 (inquiry) + 15 (timing) + 5 (budget) + 5 (decision maker) = 40
    buyer = {
        "inquiry_90d": 1,
        "inquiry_ever": 1,
        "purchase_timing_known": 1,
        "budget": 1e6,
        "decision_maker": 1,
    }
    student = {**near, "email_domain_is_free_mail": 1, "unsubscribe_ever": 1}

    judgement = judge(snapshot_of(curious, near, checklist, buyer, student), definition.rulebook)

    assert judgement.points.tolist() == [5, 20, 0, 40, 0]
    assert judgement.qualification.tolist() == [0, 1, 1, 2, 0]


def test_an_empty_rulebook_qualifies_nobody(snapshot_of):
    judgement = judge(snapshot_of({}, {"webinar_ever": 9}), Rulebook())

    assert judgement.points.tolist() == [0, 0]
    assert judgement.qualification.tolist() == [0, 0]
    assert judgement.hits.shape == (2, 0)


def test_blocks_do_not_show(definition, snapshot_of):
    from features.rulebook.columns import BLOCK

    one = snapshot_of({"webinar_90d": 1, "job_title_seniority": 6}, {})
    many = type(one)(np.tile(one.matrix, (BLOCK, 1)), one.catalogue)

    judgement = judge(many, definition.rulebook)

    np.testing.assert_array_equal(judgement.points, np.tile([20.0, 0.0], BLOCK))


def test_asking_about_what_is_not_there_is_an_error(snapshot_of):
    condition = BehaviourCondition(behaviour="webinar", within_days=60)

    with pytest.raises(
        DefinitionError, match="must ask about what the catalogue has; got 'webinar_60d'"
    ):
        predicate_of(condition, snapshot_of({}).catalogue)


def test_the_most_points_respect_limits_and_caps():
    rules = (
        rule({"behaviour": "webinar"}, 10),
        rule({"behaviour": "webinar", "at_least": 2}, 5, per="each", at_most_points=20),
        rule({"attribute": "budget", "known": True}, 7),
        rule({"behaviour": "unsubscribe"}, -15),
    )

    assert most_points(Rulebook(rules=rules)) == 37
    assert most_points(Rulebook(rules=rules, caps=(Cap(behaviour="webinar", points=12),))) == 19
    assert most_points(Rulebook(rules=rules, matrix=MATRIX)) == 67
    unlimited = rule({"behaviour": "inquiry"}, 1, per="each")
    assert most_points(Rulebook(rules=(*rules, unlimited))) == np.inf


def test_words_are_kept_for_people():
    assert rule({"behaviour": "webinar"}).label == Text(ja="規則", en="Rule")
