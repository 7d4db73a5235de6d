"""What a person may ask of a learned rulebook before it is learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from features.core.errors import DefinitionError
from features.definition import LeadDefinition

Sign = Literal[-1, 0, 1]
"""1: never against a lead; -1: never in its favour; 0: either."""

ALLOWED_SIGNS: tuple[Sign, ...] = (-1, 0, 1)


@dataclass(frozen=True, kw_only=True)
class Constraints:
    """Limits within which points are learned.

    Attributes
    ----------
    most_rules : int
        Rules the rulebook may have.
    most_points : int
        Points a single rule may give or take; at least 1.
    threshold_step : int
        Thresholds are multiples of this.
    min_leads : int
        A rule must apply to, and leave out, so many leads: of fewer, points would be chance.
    pairs : bool
        Whether a rule may ask about a behaviour and an information together. Not by default: such
        rules are longer to read, and have gained nothing where single rules were many enough.
    signs : mapping from behaviour or attribute to Sign
        Beside those that today's rulebook declares by its own points.
    """

    most_rules: int = 12
    most_points: int = 30
    threshold_step: int = 5
    min_leads: int = 50
    pairs: bool = False
    signs: Mapping[str, Sign] = field(default_factory=dict)

    def __post_init__(self) -> None:
        limits = {
            "most_rules": self.most_rules,
            "most_points": self.most_points,
            "threshold_step": self.threshold_step,
            "min_leads": self.min_leads,
        }
        wrong = [f"{name} = {value}" for name, value in limits.items() if value < 1]
        wrong += [f"{n} = {s}" for n, s in self.signs.items() if s not in ALLOWED_SIGNS]
        if wrong:
            msg = (
                "limits of a learned rulebook must be at least 1, and signs one of "
                f"{', '.join(map(str, ALLOWED_SIGNS))}; got {', '.join(wrong)}. Change these."
            )
            raise DefinitionError(msg)


def declared_signs(definition: LeadDefinition, constraints: Constraints) -> dict[str, Sign]:
    """Sign of every behaviour and attribute.

    What today's rules give points for may not turn against a lead, and the other way round; a
    behaviour no rule is about counts for a lead; information no rule is about may do either.

    Raises
    ------
    DefinitionError
        If the constraints name something the definition has not.
    """
    signs: dict[str, Sign] = {behaviour.name: 1 for behaviour in definition.lead_behaviours}
    signs |= dict.fromkeys((attribute.name for attribute in definition.feature_attributes), 0)
    unknown = sorted(set(constraints.signs) - set(signs))
    if unknown:
        msg = (
            "signs must be of behaviours and attributes of the lead definition; got "
            f"{len(unknown)} others ({', '.join(unknown[:3])}). Check the spelling."
        )
        raise DefinitionError(msg)
    for name, given in _signs_of_rules(definition).items():
        signs[name] = given
    return signs | dict(constraints.signs)


def _signs_of_rules(definition: LeadDefinition) -> dict[str, Sign]:
    """Signs of what single rules are about; 0 where two of them disagree."""
    signs: dict[str, Sign] = {}
    for rule in definition.rulebook.rules:
        if rule.subject is not None:
            sign: Sign = 1 if rule.points > 0 else -1
            signs[rule.subject] = sign if signs.get(rule.subject, sign) == sign else 0
    return signs
