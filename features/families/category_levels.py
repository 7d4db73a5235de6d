"""Which values of a category the model may tell apart.

Levels are fitted on what was known before a cut-off and travel in the release's catalogue, so that
a snapshot taken a year later carries the same codes. A value seen with few leads, or first seen
later, is the level ``OTHER``: a tree learns from the rare values of today how to treat the new ones
of tomorrow. Only what is not known is missing. Values that a rule of the definition names always
keep their own level, since the rulebook reads the same columns.

Spellings of one value (セミナー and ｾﾐﾅｰ, Web and web) are one level, named as a rule names it, or
as most leads have it.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from features.core.arrays import IntArray
from features.core.parsing.plain import fold_spelling
from features.core.text import Text
from features.definition.attributes import Attribute
from features.definition.lead_definition import LeadDefinition
from features.history import History
from features.timeline.codes import ABSENT
from features.timeline.time_index import END_OF_TIME

Levels = Mapping[str, tuple[str, ...]]

OTHER = "(other)"
OTHER_LABEL = Text(ja="その他", en="Other")

MIN_LEADS_PER_LEVEL = 10
"""Fewer leads say nothing of a value that regularised trees would believe: on the Olist funnel,
where half the landing pages have fewer, any number from 3 to 40 gives the same model."""

MAX_LEVELS = 200
"""LightGBM bins at most 255 values of a category; the most frequent keep their own level."""


def fit_levels(
    history: History, definition: LeadDefinition, known_before: int
) -> dict[str, tuple[str, ...]]:
    """Fit the levels of every category attribute, from facts known strictly before an instant.

    Parameters
    ----------
    history : History
    definition : LeadDefinition
        Values that its rules name are always levels of their own.
    known_before : int
        Seconds since 1970 UTC.

    Returns
    -------
    dict from attribute to tuple of str
        Sorted, with ``OTHER`` at the end.
    """
    named = _values_in_rules(definition.model_dump(mode="json"))
    return {
        attribute.name: _levels(
            history, attribute, known_before=known_before, named=named.get(attribute.name, ())
        )
        for attribute in definition.feature_attributes
        if attribute.kind == "category"
    }


def levels_in_rules(definition: LeadDefinition) -> dict[str, tuple[str, ...]]:
    """Levels that the definition alone gives: the values its rules name, and ``OTHER``.

    What a rulebook needs where there is no model: no data are read, and the same definition gives
    the same columns whenever a decision is replayed.
    """
    named = _values_in_rules(definition.model_dump(mode="json"))
    return {
        attribute.name: (*sorted(named.get(attribute.name, set()) - {OTHER}), OTHER)
        for attribute in definition.feature_attributes
        if attribute.kind == "category"
    }


def _levels(
    history: History, attribute: Attribute, *, known_before: int, named: Iterable[str]
) -> tuple[str, ...]:
    facts = history.facts
    group = facts.group(attribute.name)
    known = (facts.index.second(group) < known_before) & (facts.codes[group] != ABSENT)
    codes, place = np.unique(facts.codes[group][known], return_inverse=True)
    texts = [facts.texts[code] for code in codes.tolist()]
    folded = [fold_spelling(text, keep_case=attribute.keep_case) for text in texts]
    values = {value: number for number, value in enumerate(dict.fromkeys(folded))}
    of_text = np.array([values[value] for value in folded], dtype=np.int64)
    owner = facts.index.owner(group)[known]
    n_leads = _n_leads(of_text[place], owner, n_values=len(values))
    of_spelling = _n_leads(place, owner, n_values=len(texts))
    commonest: dict[str, str] = {}
    for _, value, text in sorted(zip((-of_spelling).tolist(), folded, texts, strict=True)):
        commonest.setdefault(value, text)
    own = {fold_spelling(text, keep_case=attribute.keep_case): text for text in sorted(named)}
    by_count = sorted(
        (-count, commonest[value])
        for value, count in zip(values, n_leads.tolist(), strict=True)
        if count >= MIN_LEADS_PER_LEVEL and value not in own
    )
    kept = {text for _, text in by_count[:MAX_LEVELS]} | set(own.values())
    return (*sorted(kept - {OTHER}), OTHER)


def _n_leads(values: IntArray, owner: IntArray, *, n_values: int) -> IntArray:
    """Different leads of each value."""
    pairs = np.unique(values.astype(np.int64) * END_OF_TIME + owner)
    return np.bincount(pairs // END_OF_TIME, minlength=n_values)


def _values_in_rules(part: object) -> dict[str, set[str]]:
    """Values that any condition of the definition names, by attribute or feature."""
    values: dict[str, set[str]] = {}
    if isinstance(part, dict):
        name = part.get("attribute") or part.get("feature")
        if name and part.get("is_one_of"):
            values.setdefault(name, set()).update(part["is_one_of"])
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            for name, named in _values_in_rules(inner).items():
                values.setdefault(name, set()).update(named)
    return values
