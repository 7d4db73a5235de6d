"""What the review calls things that records name in code: concepts, values, stages, steps."""

import re
from functools import cached_property

from features.core.formats import same
from features.core.text import Text
from features.definition import LeadDefinition
from serving.reasons.concepts import FIXED
from serving.reasons.phrases import fixed as words
from training.dataset.segments import UNKNOWN

_BETWEEN = re.compile(r"([\d,.]+) to ([\d,.]+)")

QUALIFICATIONS = {
    "MQL": Text(ja="MQL", en="MQL"),
    "SQL": Text(ja="SQL候補", en="SQL candidate"),
}
BY_WHOM = {
    "rulebook": Text(ja="ルールブック", en="the rulebook"),
    "model": Text(ja="モデル", en="the model"),
    "exploration": Text(ja="探索枠", en="exploration"),
    "person": Text(ja="担当者", en="a person"),
}
STAGES = {
    "accepted": Text(ja="受け入れ", en="Accepted"),
    "returned": Text(ja="差し戻し", en="Returned"),
    "opportunity": Text(ja="商談化", en="Opportunity"),
    "won": Text(ja="受注", en="Won"),
}
TEAMS = {
    "marketing": Text(ja="マーケティング", en="Marketing"),
    "sales": Text(ja="営業", en="Sales"),
}
NO_REASON = Text(ja="(理由なし)", en="(no reason given)")


class Labels:
    """Words of a definition, and of what no definition names.

    Attributes
    ----------
    definition : LeadDefinition
    """

    def __init__(self, definition: LeadDefinition) -> None:
        self.definition = definition

    @cached_property
    def _named(self) -> dict[str, Text]:
        named = {item.name: item.label for item in self.definition.attributes}
        named |= {item.name: item.label for item in self.definition.behaviours}
        return named | {name: label for name, (label, _) in FIXED.items()}

    def named(self, name: str) -> Text:
        """A behaviour, an attribute or another concept."""
        return self._named.get(name, same(name))

    def rule(self, name: str) -> Text:
        """A rule of the rulebook."""
        labels = {rule.name: rule.label for rule in self.definition.rulebook.rules}
        return labels.get(name, same(name))

    def reason(self, stage: str, name: str | None) -> Text:
        """A reason of a verdict."""
        if name is None:
            return NO_REASON
        listed = getattr(self.definition.verdict_reasons, stage, ())
        return next((item.label for item in listed if item.name == name), same(name))

    def outcome(self) -> Text:
        """The outcome that counts, with its horizon."""
        outcome = self.definition.outcome
        stage = STAGES[outcome.stage]
        days = outcome.horizon_days
        return Text(ja=f"{days}日以内の{stage.ja}", en=f"{stage.en} within {days} days")


def value_words(value: str) -> Text:
    """A value of a segment, as training names it.

    Examples
    --------
    >>> value_words("50 to 300").ja
    '50〜300未満'
    """
    if value == UNKNOWN:
        return words.UNKNOWN
    if value == "(other)":
        return Text(ja="その他", en="other")
    between = _BETWEEN.fullmatch(value)
    if between:
        return Text(ja=f"{between[1]}〜{between[2]}未満", en=value)
    if value.startswith("under "):
        return Text(ja=f"{value.removeprefix('under ')}未満", en=value)
    if value.endswith(" and over"):
        return Text(ja=f"{value.removesuffix(' and over')}以上", en=value)
    return same(value)
