"""Values in words: of a definition, what a rule gives or a cut-off asks; of a lead, its facts."""

import math
from typing import Any
from zoneinfo import ZoneInfo

from features.core.formats import MINUS, agreed_share, quantity, rule_points
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.conditions import CONDITION_PARTS, Condition, FeatureCondition
from features.definition.kinds import KINDS
from features.definition.kinds.kind import NO, YES
from features.definition.lead_definition import LeadDefinition
from features.definition.rulebook import Cap, Rule
from features.definition.terms import (
    CapacityCutOff,
    PrecisionCutOff,
    RulebookVolumeCutOff,
    Signature,
    ValueCutOff,
)
from features.definition.trial import ARM_WORDS, TrialArm

NOTHING = Text(ja="なし", en="none")

CHOICE_WORDS: dict[str, Text] = {
    "true": YES,
    "false": NO,
    "marketing": Text(ja="マーケティング", en="marketing"),
    "sales": Text(ja="営業", en="sales"),
    "lead": Text(ja="リード", en="the lead"),
    "month": Text(ja="月", en="month"),
    "quarter": Text(ja="四半期", en="quarter"),
    "year": Text(ja="年", en="year"),
    "once": Text(ja="1回だけ", en="once"),
    "each": Text(ja="1件ごと", en="each time"),
    "NONE": Text(ja="最初から", en="from the start"),
    "accepted": Text(ja="営業の受け入れ", en="accepted by sales"),
    "opportunity": Text(ja="商談化", en="opportunity"),
    "won": Text(ja="受注", en="won"),
    "lost": Text(ja="失注", en="lost"),
    "behaviour": Text(ja="行動", en="behaviour"),
    "information": Text(ja="情報", en="information"),
    "number": Text(ja="数値", en="number"),
    "category": Text(ja="分類", en="category"),
    "boolean": Text(ja="はい・いいえ", en="yes or no"),
    "job_title": Text(ja="役職", en="job title"),
    "purchase_timing": Text(ja="導入時期", en="purchase timing"),
    "money": Text(ja="金額", en="money"),
    "company_size": Text(ja="企業規模", en="company size"),
    "email_domain": Text(ja="メールドメイン", en="e-mail domain"),
    "date": Text(ja="日付", en="date"),
    "free_text": Text(ja="自由記述", en="free text"),
    "identifier": Text(ja="識別子", en="identifier"),
}
"""What the values are called that a definition lets one choose from."""


def fact_in_words(attribute: Attribute, value: str, zone: ZoneInfo) -> Text:
    """What is known of a lead, as people read it.

    Parameters
    ----------
    attribute : Attribute
    value : str
        As the fact table keeps it.
    zone : ZoneInfo
        Of the definition.
    """
    if value in ("true", "false"):
        return YES if value == "true" else NO
    said, unit = attribute.called(value), attribute.unit
    if unit is None or (value.isascii() and not value.isdecimal()):
        return said
    # "300万円" says its unit, in Japanese; a bare 3000000 does not.
    if value.isascii():
        return quantity(float(value), unit)
    reading = KINDS[attribute.kind].columns[0].reading
    number: Any = math.nan if reading is None else reading(unit, zone)(value)  # type: ignore[call-arg]
    if said.en != value or math.isnan(number):
        return said
    return Text(ja=said.ja, en=quantity(number, unit).en)


def summary_in_words(item: Any, definition: LeadDefinition) -> Text | None:
    """What a rule or a limit does, in a few words; None for what its label says enough about."""
    if isinstance(item, Cap):
        return Text(ja=f"{item.points}点まで", en=f"at most {item.points} points")
    if not isinstance(item, Rule):
        return None
    # A rule nobody has named is called by its condition: once is enough.
    is_said = _says(item.label, item.when.words(definition), item.when)
    return _points_in_words(item) if is_said else rule_in_words(item, definition)


def _says(label: Text, words: Text, condition: Condition) -> bool:
    """Whether a label is the condition in words, features by the names people know."""
    if not isinstance(condition, FeatureCondition):
        return label == words
    test = [said.replace(condition.feature, "").strip() for said in (words.ja, words.en)]
    return label.ja.endswith(test[0]) and label.en.endswith(test[1])


def rule_in_words(rule: Rule, definition: LeadDefinition) -> Text:
    """Points and condition of a rule: ``+10 each, at most 30 (Webinar: at least once)``."""
    points, when = _points_in_words(rule), rule.when.words(definition)
    return Text(ja=f"{points.ja}({when.ja})", en=f"{points.en} ({when.en})")


def _points_in_words(rule: Rule) -> Text:
    ja = en = rule_points(rule.points).en
    if rule.per == "each":
        ja, en = f"1回ごとに{ja}", f"{en} each"
    if rule.at_most_points is not None:
        ja, en = f"{ja}(最大{rule.at_most_points}点)", f"{en}, at most {rule.at_most_points}"
    if rule.half_life_days is not None:
        days = rule.half_life_days
        ja, en = f"{ja}(半減期{days}日)", f"{en}, halved every {days} days"
    return Text(ja=ja, en=en)


def value_in_words(value: Any, definition: LeadDefinition) -> Text | None:
    """A value as people read it; None for nothing."""
    if value is None or isinstance(value, Text):
        return value
    if isinstance(value, CONDITION_PARTS):
        return value.words(definition)
    if isinstance(value, TrialArm):
        share, arm = agreed_share(value.share), ARM_WORDS[value.name]
        return Text(ja=f"{arm.ja} {share.ja}", en=f"{arm.en} {share.en}")
    if isinstance(value, tuple):
        return _listed([value_in_words(item, definition) or NOTHING for item in value])
    return _plain(value)


def _listed(parts: list[Text]) -> Text | None:
    ja, en = "、".join(part.ja for part in parts), ", ".join(part.en for part in parts)
    return Text(ja=ja, en=en) if parts else None


def _plain(value: Any) -> Text:
    match value:
        case bool():
            return YES if value else NO
        case CapacityCutOff():
            return Text(ja=f"月{value.per_month}件まで", en=f"at most {value.per_month} a month")
        case PrecisionCutOff():
            least = agreed_share(value.at_least)
            return Text(ja=f"的中率{least.ja}以上", en=f"{least.en} or more right")
        case ValueCutOff():
            worth, cost = f"{value.value_per_outcome:,.12g}", f"{value.cost_per_hand_over:,.12g}"
            return Text(
                ja=f"引き渡しの費用{cost}が成果の価値{worth}に見合うところまで",
                en=f"worth it at {worth} an outcome and {cost} a hand-over",
            )
        case RulebookVolumeCutOff():
            return Text(ja="ルールブックと同じ件数", en="as many as the rulebook")
        case Signature():
            text = f"{value.name} ({value.team})"
        case int():
            text = str(value).replace("-", MINUS)
        case float():
            text = f"{value:g}".replace("-", MINUS)
        case _:
            text = str(value)
    return CHOICE_WORDS.get(text, Text(ja=text, en=text))
