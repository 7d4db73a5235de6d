"""Differences of two definitions, in words both teams can agree on."""

import pytest

from features.definition import TEMPLATE, LeadDefinition, parse_definition, read_definition
from features.definition.conditions import CONDITION_PARTS
from features.definition.diff import diff_definitions
from features.definition.section import DefinitionSection
from features.definition.wording.keys import KEY_WORDS

UNSUBSCRIBED = """    - name: unsubscribed
      label: {ja: 配信を停止した, en: Unsubscribed}
      when: {behaviour: unsubscribe, at_least: 1}
      points: -15
"""
CASE_STUDY = """    - name: case_study_read
      label: {ja: 事例を読んだ, en: Case study read}
      when: {behaviour: case_study_view, at_least: 2, within_days: 30}
      points: 10
"""
TIMING = "points: 15\n    - name: budget_known"

CHANGES = {
    "points": (
        (TIMING, TIMING.replace("15", "25")),
        "Purchase timing stated: 15 → 25 points",
        "導入時期が明確: 15 → 25点",
    ),
    "a rule more": (
        (UNSUBSCRIBED, UNSUBSCRIBED + CASE_STUDY),
        "add: Case study read +10 (Case study view: at least 2 times in 30 days)",
        "追加: 事例を読んだ +10(導入事例の閲覧: 直近30日に2回以上)",
    ),
    "a rule less": (
        (UNSUBSCRIBED, ""),
        "drop: Unsubscribed −15 (Unsubscribe: at least once)",
        "削除: 配信を停止した −15(配信停止: 1回以上)",
    ),
    "a condition": (
        ("{attribute: budget, known: true}", "{attribute: budget, at_least: 1000000}"),
        "Budget known: +5 (Budget known) → +5 (Budget at least 1,000,000 JPY)",
        "予算がわかっている: +5(予算がわかっている) → +5(予算が1,000,000 JPY以上)",
    ),
    "a rule that counts every event": (
        (UNSUBSCRIBED, UNSUBSCRIBED + CASE_STUDY + "      per: each\n      at_most_points: 30\n"),
        "add: Case study read +10 each, at most 30 (Case study view: at least 2 times in 30 days)",
        "追加: 事例を読んだ 1回ごとに+10(最大30点)(導入事例の閲覧: 直近30日に2回以上)",
    ),
    "a rule under its old name": (
        (
            "behaviour: pricing_page_visit, at_least: 1, within_days: 30}\n      points: 5",
            "behaviour: pricing_page_visit, at_least: 2, within_days: 7}\n      points: 9",
        ),
        (
            "Pricing page visited: +5 (Pricing page visit: at least once in 30 days) → "
            "+9 (Pricing page visit: at least 2 times in 7 days)"
        ),
        (
            "料金ページを見た: +5(料金ページ訪問: 直近30日に1回以上) → "
            "+9(料金ページ訪問: 直近7日に2回以上)"
        ),
    ),
    "a threshold": (
        ("points: 20\n    checklist", "points: 25\n    checklist"),
        "Rulebook › MQL: 20 → 25 points",
        "ルールブック › MQL: 20 → 25点",
    ),
    "a limit": (
        ("  mql:     ", "  caps: [{behaviour: webinar, points: 20}]\n  mql:     "),
        "add: Rulebook › Limits per behaviour › Webinar at most 20 points",
        "追加: ルールブック › 行動ごとの上限 › セミナー参加 20点まで",
    ),
    "a cut-off": (
        ("{rule: precision, at_least: 0.4}", "{rule: capacity, per_month: 90}"),
        "Cut-offs › SQL candidate: 40% or more right → at most 90 a month",
        "基準値の決め方 › SQL候補: 的中率40%以上 → 月90件まで",
    ),
    "a target": (
        ("target: 0.25", "target: 0.3"),
        "KPIs › Share becoming opportunities › Target: 0.25 → 0.3",
        "KPI › 引き渡し後の商談化率 › 目標: 0.25 → 0.3",
    ),
    "words of one language": (
        ("ja: 予算がない", "ja: 予算なし"),
        "Reasons of verdicts › Returned › No budget › Label: 予算がない → 予算なし",
        "判断の理由 › 差し戻し › 予算がない › 表示名: 予算がない → 予算なし",
    ),
    "a yes or no": (
        ("only_decided: false", "only_decided: true"),
        "Outcome › Only decided leads: no → yes",
        "成果 › 決着したリードのみ: いいえ → はい",
    ),
    "hand-overs alone": (
        ("test: {months: 3", "learning: {weight_by_propensity: true}\n\ntest: {months: 3"),
        "Learning › Learn from hand-overs, by propensity: no → yes",
        "学習の仕方 › 引き渡したリードだけから重みをつけて学ぶ: いいえ → はい",
    ),
    "a day": (
        ("starts_on: null", "starts_on: 2026-01-01"),
        "Moments of judging › Leads created from: none → 2026-01-01",
        "判定の時点 › 対象の開始日: なし → 2026-01-01",
    ),
    "a section less": (
        ("sales: {capacity_per_month: 400, response_time_hours: 24, hours_per_lead: 1.5}", ""),
        "drop: Sales",
        "削除: 営業の体制",
    ),
    "who agreed": (
        ("name: Sales manager", "name: Head of sales"),
        (
            "Agreement › Agreed by: Marketing manager (marketing), Sales manager (sales) → "
            "Marketing manager (marketing), Head of sales (sales)"
        ),
        (
            "合意 › 合意した人: Marketing manager (marketing)、Sales manager (sales) → "
            "Marketing manager (marketing)、Head of sales (sales)"
        ),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_one_line_in_each_language(name, edited):
    change, en, ja = CHANGES[name]

    differences = diff_definitions(read_definition(TEMPLATE), parse_definition(edited(change), "x"))

    assert [difference.read("en") for difference in differences] == [en]
    assert [difference.read("ja") for difference in differences] == [ja]


@pytest.mark.parametrize(
    ("change", "trains"),
    [
        (("horizon_days: 60", "horizon_days: 90"), True),
        (("[7, 30, 90]", "[7, 30, 90, 180]"), True),
        (("kind: free_text", "kind: category"), True),
        (("test: {months", "learning: {weight_by_propensity: true}\ntest: {months"), True),
        (("  - {name: email_click, label: {ja: メールのクリック, en: E-mail click}}\n", ""), True),
        (("en: Case study view", "en: Case study read"), False),
        (("en: Minutes watched", "en: Minutes"), False),
        ((TIMING, TIMING.replace("15", "25")), False),
        (("target: 0.25", "target: 0.3"), False),
    ],
)
def test_a_change_says_whether_boosters_are_learned_again(change, trains, edited):
    """That is, whether the model part of the fingerprint moves."""
    before, after = read_definition(TEMPLATE), parse_definition(edited(change), "x")

    (difference,) = diff_definitions(before, after)

    assert difference.needs_training is trains
    assert (before.fingerprint.model != after.fingerprint.model) is trains


def test_moving_a_rule_is_not_a_change_of_all_rules(edited):
    moved = edited((UNSUBSCRIBED, ""), ("  rules:\n", "  rules:\n" + UNSUBSCRIBED))

    differences = diff_definitions(read_definition(TEMPLATE), parse_definition(moved, "x"))

    assert [difference.read("en") for difference in differences] == [
        "in another order: Rulebook › Rules"
    ]


def test_the_order_of_behaviours_means_nothing(edited):
    line = "  - {name: email_click, label: {ja: メールのクリック, en: E-mail click}}\n"
    moved = edited((line, ""), ("behaviours:\n", "behaviours:\n" + line))

    assert diff_definitions(read_definition(TEMPLATE), parse_definition(moved, "x")) == ()


def _parts(kind=DefinitionSection):
    for part in kind.__subclasses__():
        yield part
        yield from _parts(part)


def test_every_key_has_words():
    keys = {
        key
        for part in (LeadDefinition, *_parts())
        if part.__module__.startswith("features.definition")
        and part not in CONDITION_PARTS
        and "CutOff" not in part.__name__
        for key in part.model_fields
    }

    assert keys - set(KEY_WORDS) == set()


def test_a_rule_named_after_its_feature_says_its_condition_once(edited):
    new = """    - name: lively
      label: {ja: 行動の種類数(直近90日)が4以上, en: "Kinds of behaviour, last 90 days: at least 4"}
      when: {feature: distinct_behaviours_90d, at_least: 4}
      points: 6
    - name: busy
      label: {ja: 活発, en: Busy}
      when: {feature: distinct_behaviours_90d, at_least: 6}
      points: 9
"""
    after = parse_definition(edited((UNSUBSCRIBED, UNSUBSCRIBED + new)), "x")

    told = [change.read("en") for change in diff_definitions(read_definition(TEMPLATE), after)]

    assert told == [
        "add: Kinds of behaviour, last 90 days: at least 4 +6",
        "add: Busy +9 (distinct_behaviours_90d at least 6)",
    ]
