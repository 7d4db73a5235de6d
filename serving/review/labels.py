"""What the review calls things that records name in code: concepts, values, stages, steps."""

from functools import cached_property

from features.core.formats import same
from features.core.text import Text
from features.definition import LeadDefinition
from serving.reasons.concepts import FIXED
from training.dataset.segments import segment_words

QUALIFICATIONS = {
    "MQL": Text(ja="MQL", en="MQL"),
    "SQL": Text(ja="SQL候補", en="SQL candidate"),
}
BY_WHOM = {
    "rulebook": Text(ja="ルールブック", en="the rulebook"),
    "learned_rulebook": Text(ja="学習したルールブック", en="the learned rulebook"),
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
        return named | {name: label for name, (label, _, _) in FIXED.items()}

    def named(self, name: str) -> Text:
        """A behaviour, an attribute or another concept."""
        return self._named.get(name, same(name))

    def value(self, attribute: str, value: str) -> Text:
        """A value of a segment, as training names it."""
        known = {item.name: item for item in self.definition.attributes}
        return segment_words(known[attribute], value) if attribute in known else same(value)

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
