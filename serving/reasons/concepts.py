"""Concepts: the groups of model inputs that are shown as one reason each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray
from features.core.text import Text
from features.definition.kinds import Known
from features.definition.lead_definition import LeadDefinition
from features.families import account, activity, completeness
from features.families.information import known_column
from features.feature import Axis
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.account import account_phrase, colleagues_phrase
from serving.reasons.phrases.behaviour import activity_phrase, age_phrase, behaviour_phrase
from serving.reasons.phrases.information import attribute_phrase, completeness_phrase
from serving.reasons.phrases.row import FeatureRow, Phrase, both, features_phrase
from serving.reasons.phrases.sentences import (
    Tell,
    tell,
    tell_account,
    tell_activity,
    tell_age,
    tell_attribute,
    tell_behaviour,
)

Present = Callable[[FloatArray], BoolArray]

FIXED: dict[str, tuple[Text, Callable[[LeadDefinition, Catalogue], Phrase], Tell]] = {
    account.ACCOUNT: (words.ACCOUNT, lambda _, catalogue: account_phrase(catalogue), tell_account),
    account.COLLEAGUES: (words.COLLEAGUES, colleagues_phrase, tell_account),
    activity.ACTIVITY: (words.ACTIVITY, activity_phrase, tell_activity),
    activity.AGE: (words.AGE, lambda _, catalogue: age_phrase(catalogue), tell_age),
    completeness.CONCEPT: (words.COMPLETENESS, completeness_phrase, tell),
}
"""Concepts that no behaviour or attribute of a definition is called after: label, phrase, and how
both are said as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Concept:
    """Model inputs that speak of one thing, and how to say it.

    Attributes
    ----------
    name : str
        A behaviour, an attribute, or a name of
        :data:`features.definition.yaml.check_references.CONCEPTS`.
    axis : Axis
    label : Text
    columns : tuple of int
        Its features in the catalogue.
    phrase : callable
        The values behind it in words.
    tell : callable
        Label and values as a sentence.
    present : callable or None
        See :meth:`is_present`; None for what every lead has, such as its age.
    """

    name: str
    axis: Axis
    label: Text
    columns: tuple[int, ...]
    phrase: Phrase
    tell: Tell
    present: Present | None

    def words(self, feature_row: FeatureRow) -> Text:
        """What it is and what it is for this lead: "Webinar: 3 in the last 30 days, ..."."""
        return self.told(feature_row)[0]

    def told(self, feature_row: FeatureRow) -> tuple[Text, Text]:
        """The words for a list, and the same as a sentence."""
        label, detail = self.label, self.phrase(feature_row)
        words = both(f"{label.ja}: {detail.ja}", f"{label.en}: {detail.en}")
        return words, self.tell(label, detail)

    def is_present(self, matrix: FloatArray) -> BoolArray:
        """Where the behaviour was shown or the attribute known, shape (n_snapshots,)."""
        if self.present is None:
            return np.ones(len(matrix), dtype=np.bool_)
        return self.present(matrix)


def list_concepts(definition: LeadDefinition, catalogue: Catalogue) -> tuple[Concept, ...]:
    """The concepts of a catalogue, in its order; every feature belongs to exactly one."""
    columns: dict[str, list[int]] = {}
    for column, feature in enumerate(catalogue):
        columns.setdefault(feature.concept, []).append(column)
    return tuple(
        _concept(name, tuple(own), definition=definition, catalogue=catalogue)
        for name, own in columns.items()
    )


def membership(concepts: tuple[Concept, ...], n_features: int) -> FloatArray:
    """Matrix of shape (n_features, n_concepts) with 1 where a feature belongs to a concept."""
    belongs = np.zeros((n_features, len(concepts)))
    for position, concept in enumerate(concepts):
        belongs[list(concept.columns), position] = 1.0
    return belongs


def _concept(
    name: str, columns: tuple[int, ...], *, definition: LeadDefinition, catalogue: Catalogue
) -> Concept:
    features = [catalogue.features[column] for column in columns]
    label, phrase, how_told = _say(name, definition, catalogue) or (
        features[0].label,
        features_phrase(features, columns),
        tell,
    )
    axis = features[0].axis
    return Concept(
        name=name,
        axis=axis,
        label=label,
        columns=columns,
        phrase=phrase,
        tell=how_told,
        present=_presence(name, definition, catalogue),
    )


def _say(
    name: str, definition: LeadDefinition, catalogue: Catalogue
) -> tuple[Text, Phrase, Tell] | None:
    """Label, phrase and sentence of a concept; None where features are said as they are called."""
    if name in {behaviour.name for behaviour in definition.behaviours}:
        behaviour = definition.behaviour(name)
        phrase = behaviour_phrase(behaviour, definition, catalogue)
        return behaviour.label, phrase, tell_behaviour
    if name in FIXED:
        label, make, how_told = FIXED[name]
        return label, make(definition, catalogue), how_told
    if name not in {attribute.name for attribute in definition.attributes}:
        return None
    attribute = definition.attribute(name)
    return attribute.label, attribute_phrase(attribute, catalogue), tell_attribute


def _presence(name: str, definition: LeadDefinition, catalogue: Catalogue) -> Present | None:
    if name in {behaviour.name for behaviour in definition.behaviours}:
        ever = catalogue.index(f"{name}_ever")
        return lambda matrix: matrix[:, ever] > 0
    if name == activity.ACTIVITY:
        kinds = catalogue.index("distinct_behaviours_ever")
        return lambda matrix: matrix[:, kinds] > 0
    if name in (account.ACCOUNT, account.COLLEAGUES):
        people = catalogue.index("account_people")
        # NaN, where the account is not known, is not above zero.
        return lambda matrix: matrix[:, people] > 0
    if name not in {attribute.name for attribute in definition.attributes}:
        return None
    column_name, how = known_column(definition.attribute(name))
    column = catalogue.index(column_name)
    if how is Known.EQUALS_ONE:
        return lambda matrix: matrix[:, column] == 1.0
    return lambda matrix: ~np.isnan(matrix[:, column])
