"""Fixed words shown to people that no lead definition holds, in Japanese and English.

What a behaviour, an attribute or a rule is called stands in the definition and reaches us through
the catalogue; everything around it is here, so that a page and a terminal say the same.
"""

from features.core.qualification import Qualification
from features.core.text import Text

# Concepts that belong to no behaviour or attribute.
ACTIVITY = Text(ja="活動全体", en="Activity as a whole")
AGE = Text(ja="獲得時期", en="Time since creation")
ACCOUNT = Text(ja="同じ企業", en="The account")
COLLEAGUES = Text(ja="同じ企業の他の人", en="Colleagues at the account")
COMPLETENESS = Text(ja="情報の充足度", en="Information known")

# Values.
UNKNOWN = Text(ja="未確認", en="not known")
NEVER = Text(ja="まだなし", en="none so far")
ACCOUNT_UNKNOWN = Text(ja="企業が不明", en="account not known")
DEALS_UNDER_WAY = Text(ja="進行中の商談", en="in a deal under way")
DEALS_WON = Text(ja="受注", en="won")
NO_ACTIVITY = Text(ja="まだ活動なし", en="none so far")
TIMING_STATED = Text(ja="明確", en="stated")
TIMING_NOT_STATED = Text(ja="未確認", en="not stated")

AXES = {
    "behaviour": Text(ja="行動", en="Behaviour"),
    "information": Text(ja="情報", en="Information"),
}

QUALIFICATIONS = {
    Qualification.NONE: Text(ja="基準未満(育成中)", en="Below the cut-off"),
    Qualification.MQL: Text(ja="MQL", en="MQL"),
    # "SQL" alone is the KPI's word: leads that sales accepted.
    Qualification.SQL: Text(ja="SQL候補", en="SQL candidate"),
}

STAGES = {
    "accepted": (
        Text(ja="営業が受け入れ", en="was accepted by sales"),
        Text(ja="営業が受け入れ", en="were accepted by sales"),
    ),
    "opportunity": (
        Text(ja="商談化", en="became an opportunity"),
        Text(ja="商談化", en="became opportunities"),
    ),
    "won": (Text(ja="受注", en="was won"), Text(ja="受注", en="were won")),
}
"""What one lead, and several, reached, by the outcome that counts."""

STAGES_EXPECTED = {
    "accepted": Text(ja="営業に受け入れられる見込み", en="are accepted by sales"),
    "opportunity": Text(ja="商談化する見込み", en="become opportunities"),
    "won": Text(ja="受注に至る見込み", en="are won"),
}
"""What is expected of leads, by the outcome that counts."""

# Corners of the plane of behaviour and information.
READY = Text(ja="関心も条件もそろっている", en="Warm and known")
READY_ADVICE = Text(
    ja="早めに営業から連絡し、具体的な提案につなげる。",
    en="Have sales call soon, and turn it into a concrete proposal.",
)
WARM = Text(ja="関心は高いが条件が見えない", en="Warm but unknown")
WARM_ADVICE = Text(
    ja="動きがあるうちに連絡し、足りない情報を確認する。",
    en="Get in touch while the lead is active, and ask what is missing.",
)
KNOWN_BUT_COLD = Text(ja="条件は合うが動きがない", en="Known but cold")
KNOWN_BUT_COLD_ADVICE = Text(
    ja="急いで売り込まず、セミナーや事例の案内で関心を育てる。",
    en="Do not push; nurture interest with webinars and case studies.",
)
LATENT = Text(ja="関心も条件もまだ見えない", en="Neither warm nor known")
LATENT_ADVICE = Text(
    ja="マーケティングの定期的な案内を続け、次の動きを待つ。",
    en="Leave it to marketing's regular programme, and wait for a move.",
)
NOTHING_LEFT_TO_ASK = Text(
    ja="確認できる情報はそろっている。条件が合うかを見極める。",
    en="Everything that can be asked is known; judge whether it fits.",
)

# Why a lead's points moved, in the order in which a change is split.
TIME_PASSING = Text(ja="時間の経過", en="Time passing")
NEW_INFORMATION = Text(ja="新しい情報", en="New information")
NEW_BEHAVIOUR = Text(ja="新しい行動", en="New behaviour")
NEW_MODEL = Text(ja="新しいモデル", en="New model")
NEW_CALIBRATION = Text(ja="新しい較正", en="New calibration")
CORRECTED_RECORDS = Text(ja="過去の記録の訂正", en="Past records corrected")

# The card.
CALIBRATION_ADJUSTMENT = Text(ja="較正による調整", en="Calibration adjustment")
BASE = Text(ja="平均的なリードの水準", en="The average lead")
TOTAL = Text(ja="合計", en="Total")
OTHER_REASONS = Text(ja="そのほかの理由", en="Other reasons")

# Asking.
OTHER_ANSWERS = Text(ja="その他の回答", en="other answers")

# Headings and lines of a lead's card.
WHY = Text(ja="判断の理由(10点でオッズが2倍)", en="Why (10 points double the odds)")
WHAT_TO_ASK = Text(ja="次に確認したいこと", en="What to ask next")
WHAT_MOVED = Text(ja="前回からの変化", en="What moved since last time")
NEAR_LEADS = Text(ja="理由がよく似た過去のリード", en="Past leads with nearly the same reasons")
POSITION = Text(ja="行動と情報の位置", en="Behaviour and information")
PROBABILITY = Text(ja="見込み", en="Probability")
RULEBOOK = Text(ja="ルールブック", en="Rulebook")
CONVERTED = Text(ja="成果あり", en="converted")
NOT_CONVERTED = Text(ja="成果なし", en="did not")
CHANGES_DECISION = Text(
    ja="似たリードの回答の{share}で判定が変わる",
    en="would change the decision for {share} of the answers of leads alike",
)
NO_ANSWERS_YET = Text(
    ja="過去のリードに回答がなく、見込みへの影響はわからない",
    en="no past lead has answered, so its effect is not known",
)
