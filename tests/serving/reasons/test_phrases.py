"""The words behind a reason, against sentences written by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import DAY
from features.core.text import Text
from features.definition import LeadDefinition
from serving.reasons.concepts import list_concepts
from serving.reasons.phrases.row import FeatureRow

AS_OF = 1_765_983_600 + 1
"""A second after midnight of 2025-12-18 in Tokyo."""

Say = Callable[..., Text]


@pytest.fixture(scope="module")
def say(definition: LeadDefinition) -> Say:
    """The words of a concept for a lead with some values, every other value as if nothing was."""
    return _say(definition)


@pytest.fixture(scope="module")
def say_of_accounts(definition: LeadDefinition) -> Say:
    windows = definition.windows.model_copy(update={"account": True})
    return _say(definition.model_copy(update={"windows": windows}))


def _say(definition: LeadDefinition) -> Say:
    catalogue: Catalogue = build_catalogue(definition, {"industry": ("IT", "製造", "(other)")})
    concepts = {concept.name: concept for concept in list_concepts(definition, catalogue)}

    def words(concept: str, **values: float) -> Text:
        counts = [f.axis == "behaviour" and "days_since" not in f.name for f in catalogue]
        row = np.where(counts, 0.0, np.nan)
        for name, value in values.items():
            row[catalogue.index(name)] = value
        feature_row = FeatureRow(values=row.tolist(), as_of=AS_OF, zone=definition.zone)
        return concepts[concept].words(feature_row)

    return words


def test_a_behaviour_says_how_often_and_how_lately(say: Say) -> None:
    said = say("inquiry", inquiry_30d=3, inquiry_90d=3, inquiry_ever=5, days_since_inquiry=4)

    assert said == Text(
        ja="問い合わせ: この30日で3回、最後は4日前",
        en="Inquiry: 3 in the last 30 days, last 4 days ago",
    )


def test_an_amount_is_told_for_the_same_window(say: Say) -> None:
    said = say(
        "webinar",
        webinar_90d=2,
        webinar_ever=2,
        webinar_minutes_90d=75,
        webinar_minutes_ever=75,
        days_since_webinar=1.5,
    )

    assert said == Text(
        ja="セミナー: この90日で2回(75分)、最後は2日前",
        en="Webinar: 2 in the last 90 days (75 minutes), last 2 days ago",
    )


def test_what_lies_before_every_window_is_told_in_all(say: Say) -> None:
    said = say("inquiry", inquiry_ever=1, days_since_inquiry=140)

    assert said == Text(
        ja="問い合わせ: 通算1回、最後は140日前", en="Inquiry: 1 in all, last 140 days ago"
    )


def test_nothing_is_said_as_plainly_as_something(say: Say) -> None:
    assert say("inquiry") == Text(ja="問い合わせ: まだなし", en="Inquiry: none so far")


def test_days_are_calendar_days_where_the_lead_is(say: Say) -> None:
    # Two hours before a second past midnight was yesterday, not today.
    said = say("inquiry", inquiry_7d=1, inquiry_30d=1, inquiry_90d=1, inquiry_ever=1,
               days_since_inquiry=2 * 3600 / DAY)  # fmt: skip

    assert said.en == "Inquiry: 1 in the last 7 days, last yesterday"


def test_activity_counts_days_and_kinds(say: Say) -> None:
    said = say(
        "activity",
        active_days_30d=5,
        active_days_90d=5,
        active_days_ever=9,
        distinct_behaviours_30d=2,
        distinct_behaviours_90d=2,
        distinct_behaviours_ever=3,
    )

    assert said == Text(
        ja="活動全体: この30日のうち5日(2種類の行動)",
        en="Activity as a whole: on 5 of the last 30 days, 2 kinds of behaviour",
    )


def test_age_gives_the_day(say: Say) -> None:
    said = say("days_since_creation", days_since_creation=17.0)

    assert said == Text(
        ja="獲得時期: 17日前(2025年12月1日)",
        en="Time since creation: 17 days, since 1 Dec 2025",
    )


@pytest.mark.parametrize(
    ("concept", "values", "ja", "en"),
    [
        ("industry", {"industry": 1}, "業種: 製造", "Industry: 製造"),
        ("industry", {"industry": 2}, "業種: その他", "Industry: Other"),
        ("industry", {}, "業種: 未確認", "Industry: not known"),
        ("decision_maker", {"decision_maker": 0}, "決裁者: いいえ", "Decision maker: no"),
        ("budget", {"budget": 3e6}, "予算: 300万円", "Budget: JPY 3,000,000"),
        ("company_size", {"company_size": 250}, "従業員数: 250名", "Employees: 250 employees"),
        (
            "job_title",
            {"job_title_seniority": 6, "job_title_department": 0},
            "役職: 部長(営業)",
            "Job title: Department head (Sales)",
        ),
        ("job_title", {"job_title_department": 4}, "役職: 情報システム", "Job title: IT"),
        (
            "purchase_timing",
            {"purchase_timing_days": 14, "purchase_timing_known": 1},
            "導入時期: 2026年1月1日ごろ(14日後)",
            "Purchase timing: around 1 Jan 2026 (in 14 days)",
        ),
        (
            "purchase_timing",
            {"purchase_timing_known": 1},
            "導入時期: 明確",
            "Purchase timing: stated",
        ),
        (
            "purchase_timing",
            {"purchase_timing_known": 0},
            "導入時期: 未確認",
            "Purchase timing: not stated",
        ),
        (
            "renewal",
            {"days_until_renewal": -3},
            "契約更新日: 2025年12月15日(3日前)",
            "Contract renewal: 15 Dec 2025 (3 days ago)",
        ),
        (
            "email_domain",
            {"email_domain_is_free_mail": 0},
            "ドメイン: 企業のドメイン",
            "E-mail domain: a company's domain",
        ),
        ("pain_point", {"pain_point_known": 1}, "課題: 確認済み", "Pain point: known"),
        (
            "completeness",
            {"information_known": 4 / 9},
            "情報の充足度: 9項目のうち4項目",
            "Information known: 4 of 9 items",
        ),
    ],
)
def test_information_is_told_as_people_write_it(
    say: Say, concept: str, values: dict[str, float], ja: str, en: str
) -> None:
    assert say(concept, **values) == Text(ja=ja, en=en)


def test_the_account_says_who_is_known_and_which_deals_there_are(say_of_accounts: Say) -> None:
    values = {"account_people": 3, "account_open_deals": 1, "account_won_deals": 0}

    said = say_of_accounts("account", **values)

    assert said.en == "The account: 3 people known, 1 in a deal under way"
    assert said.ja == "同じ企業: 3名を把握、進行中の商談1件"


def test_colleagues_say_how_many_were_active_and_what_they_did(say_of_accounts: Say) -> None:
    active = {"account_active_people_7d": 0} | dict.fromkeys(
        ("account_active_people_30d", "account_active_people_90d"), 2
    )
    done = {"account_visit_90d": 5, "account_webinar_90d": 1, "account_inquiry_90d": 2}

    said = say_of_accounts("colleagues", **active, **done, days_since_account_first_touch=40)

    assert said.en == (
        "Colleagues at the account: 2 people active in the last 30 days "
        "(Site visit 5 times, Inquiry 2 times in 90 days), first touch 40 days ago"
    )
    assert said.ja == (
        "同じ企業の他の人: 直近30日に2名が活動"
        "(90日間でサイト訪問5回、問い合わせ2回)、最初の接点40日前"
    )


@pytest.mark.parametrize("concept", ["account", "colleagues"])
def test_a_lead_without_an_account_says_so(say_of_accounts: Say, concept: str) -> None:
    unknown = dict.fromkeys(("account_people", "account_active_people_90d"), np.nan)

    assert say_of_accounts(concept, **unknown).en.endswith(": account not known")
