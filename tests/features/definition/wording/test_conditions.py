"""Conditions in words."""

import pytest
from pydantic import TypeAdapter

from features.definition import TEMPLATE, read_definition
from features.definition.conditions import Condition

WORDS = [
    (
        {"behaviour": "webinar", "at_least": 2, "within_days": 30},
        "Webinar: at least 2 times in 30 days",
        "セミナー参加: 直近30日に2回以上",
    ),
    ({"behaviour": "webinar"}, "Webinar: at least once", "セミナー参加: 1回以上"),
    (
        {"behaviour": "webinar", "at_most": 0, "within_days": 7},
        "Webinar: never in 7 days",
        "セミナー参加: 直近7日になし",
    ),
    (
        {"behaviour": "webinar", "between": [1, 3]},
        "Webinar: 1 to 3 times",
        "セミナー参加: 1〜3回",
    ),
    (
        {"attribute": "company_size", "at_most": 1500},
        "Employees at most 1,500 employees",
        "従業員数が1,500 employees以下",
    ),
    (
        {"attribute": "channel", "is_one_of": ["event", "web"]},
        "Channel is event, web",
        "獲得チャネルがevent・webのいずれか",
    ),
    (
        {"attribute": "job_title", "seniority_at_most": "manager"},
        "Job title at most Manager",
        "役職が課長以下",
    ),
    (
        {"attribute": "job_title", "department_is_one_of": ["sales"]},
        "Job title is Sales",
        "役職が営業",
    ),
    (
        {"attribute": "purchase_timing", "within_days": 90},
        "Purchase timing within 90 days",
        "導入時期が90日以内",
    ),
    (
        {"attribute": "decision_maker", "is_true": False},
        "Decision maker is no",
        "決裁者: いいえ",
    ),
    (
        {"attribute": "email_domain", "is_free_mail": False},
        "E-mail domain is a company's",
        "メールドメインが会社のもの",
    ),
    (
        {"not": {"attribute": "budget", "known": True}},
        "not (Budget known)",
        "「予算がわかっている」ではない",
    ),
    (
        {
            "any_of": [
                {"all_of": [{"behaviour": "inquiry"}, {"attribute": "budget", "known": False}]},
                {"feature": "days_since_webinar", "at_most": 7},
            ]
        },
        "(Inquiry: at least once and Budget not known) or days_since_webinar at most 7",
        "(問い合わせ: 1回以上かつ予算がわかっていない)またはdays_since_webinarが7以下",
    ),
]


@pytest.mark.parametrize(("content", "en", "ja"), WORDS, ids=[en for _, en, _ in WORDS])
def test_a_condition_reads_like_a_sentence(content, en, ja):
    condition = TypeAdapter(Condition).validate_python(content)

    words = condition.words(read_definition(TEMPLATE))

    assert (words.en, words.ja) == (en, ja)
