"""Reasons as sentences in both languages, with their values and units."""

import pytest

from features.core.text import Text
from features.definition.kinds.kind import NO
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.sentences import (
    Tell,
    tell,
    tell_account,
    tell_activity,
    tell_age,
    tell_attribute,
    tell_behaviour,
)

VISIT = Text(ja="サイト訪問", en="Site visit")
EMPLOYEES = Text(ja="従業員数", en="Employees")
TIMING = Text(ja="導入時期", en="Purchase timing")
DECIDES = Text(ja="決裁者", en="Decision maker")
CRM = Text(ja="CRMの名前", en="CRM in use")


@pytest.mark.parametrize(
    ("how", "label", "detail", "japanese", "english"),
    [
        (
            tell_behaviour,
            VISIT,
            Text(ja="この7日で41回、最後は昨日", en="41 in the last 7 days, last yesterday"),
            "サイト訪問はこの7日で41回、最後は昨日です。",
            "Site visit was recorded 41 times in the last 7 days, last yesterday.",
        ),
        (
            tell_behaviour,
            VISIT,
            Text(ja="通算1回", en="1 in all"),
            "サイト訪問は通算1回です。",
            "Site visit was recorded once in all.",
        ),
        (
            tell_behaviour,
            VISIT,
            words.NEVER,
            "サイト訪問はまだありません。",
            "There was no site visit so far.",
        ),
        (
            tell_attribute,
            EMPLOYEES,
            Text(ja="7名", en="7 employees"),
            "従業員数は7名です。",
            "There are 7 employees.",
        ),
        (
            tell_attribute,
            TIMING,
            Text(
                ja="「3ヶ月以内」(3月26日の回答)→6月25日ごろ(86日後)",
                en='"within 3 months", said on 26 Mar, so in June',
            ),
            "導入時期は「3ヶ月以内」(3月26日の回答)で、6月25日ごろ(86日後)です。",
            'The purchase timing was given as "within 3 months", said on 26 Mar, so in June.',
        ),
        (
            tell_attribute,
            TIMING,
            words.TIMING_NOT_STATED,
            "導入時期は未確認です。",
            "The purchase timing is not stated.",
        ),
        (tell_attribute, DECIDES, NO, "決裁者は「いいえ」です。", "Decision maker: no."),
        (
            tell_attribute,
            CRM,
            Text(ja="A、B", en="A; B"),
            "CRMの名前はA、Bです。",
            "The CRM in use is A, B.",
        ),
        (
            tell_activity,
            words.ACTIVITY,
            Text(ja="この30日のうち5日(4種類の行動)", en="on 5 of the last 30 days, 4 kinds"),
            "活動全体はこの30日のうち5日(4種類の行動)です。",
            "The lead was active on 5 of the last 30 days, 4 kinds.",
        ),
        (
            tell_activity,
            words.ACTIVITY,
            words.NO_ACTIVITY,
            "まだ活動がありません。",
            "There was no activity so far.",
        ),
        (
            tell_age,
            words.AGE,
            Text(ja="5日前(3月26日)", en="5 days, since 26 Mar"),
            "5日前(3月26日)に獲得したリードです。",
            "The lead has been known for 5 days, since 26 Mar.",
        ),
        (
            tell_account,
            words.ACCOUNT,
            Text(ja="3人を把握", en="3 people known"),
            "同じ企業については、3人を把握という状況です。",
            "At the account there are 3 people known.",
        ),
        (
            tell_account,
            words.ACCOUNT,
            words.ACCOUNT_UNKNOWN,
            "企業が不明です。",
            "The account is not known.",
        ),
        (
            tell,
            words.COMPLETENESS,
            Text(ja="8項目中5", en="5 of 8"),
            "情報の充足度は8項目中5です。",
            "Information known is 5 of 8.",
        ),
    ],
)
def test_a_reason_is_a_sentence(
    how: Tell, label: Text, detail: Text, japanese: str, english: str
) -> None:
    assert how(label, detail) == Text(ja=japanese, en=english)
