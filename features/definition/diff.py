"""What changed between two definitions, in words marketing and sales can agree on.

Parts with names are matched by name, so that a moved or inserted rule does not look like a change
of all that follow. Each change says whether the boosters have to be learned again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from features.core.text import Language, Text
from features.definition.conditions import CONDITION_PARTS
from features.definition.fingerprint import LATER_MODEL_KEYS, MODEL_KEYS, WORD_KEYS
from features.definition.lead_definition import LeadDefinition
from features.definition.rulebook import Cap, Rule
from features.definition.section import DefinitionSection
from features.definition.terms import CUT_OFF_RULES, Signature
from features.definition.wording.keys import KEY_WORDS, SECTION_WORDS
from features.definition.wording.values import (
    NOTHING,
    rule_in_words,
    summary_in_words,
    value_in_words,
)

Kind = Literal["added", "dropped", "changed", "reordered"]

ACTIONS: dict[Kind, Text] = {
    "added": Text(ja="追加: ", en="add: "),
    "dropped": Text(ja="削除: ", en="drop: "),
    "changed": Text(ja="変更: ", en="change: "),
    "reordered": Text(ja="並べ替え: ", en="in another order: "),
}

ARROW = " → "
POINTS = Text(ja="点", en=" points")

UNORDERED = ("behaviours", "attributes")
"""Lists whose order means nothing."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference.

    Attributes
    ----------
    kind : str
    place : tuple of Text
        From the section to what changed.
    before, after : Text or None
    unit : Text or None
        Written once, after both values.
    needs_training : bool
        Whether boosters have to be learned again; otherwise the change holds at once.
    """

    kind: Kind
    place: tuple[Text, ...]
    before: Text | None = None
    after: Text | None = None
    unit: Text | None = None
    needs_training: bool = False

    def read(self, language: Language) -> str:
        """The change as people read it: ``Purchase timing stated: 15 → 25 points``."""
        place = " › ".join(step.read(language) for step in self.place)
        if self.kind == "changed":
            return f"{place}: {self._values(language)}"
        what = self.before or self.after
        summary = "" if what is None else f" {what.read(language)}"
        return f"{ACTIONS[self.kind].read(language)}{place}{summary}"

    def _values(self, language: Language) -> str:
        before, after = self.before or NOTHING, self.after or NOTHING
        unit = "" if self.unit is None else self.unit.read(language)
        if before.read(language) == after.read(language):
            # Only the words of the other language changed: show those.
            language = "en" if language == "ja" else "ja"
        return f"{before.read(language)}{ARROW}{after.read(language)}{unit}"


def diff_definitions(before: LeadDefinition, after: LeadDefinition) -> tuple[Change, ...]:
    """Every difference of two definitions, in the order of the file."""
    return tuple(_differences(before, after))


def _differences(before: LeadDefinition, after: LeadDefinition) -> Iterator[Change]:
    walk = _Walk(before=before, after=after)
    of_model = (*MODEL_KEYS, *LATER_MODEL_KEYS)
    for key in LeadDefinition.model_fields:
        words = SECTION_WORDS.get(key) or KEY_WORDS[key]
        for change in walk.field(key, (getattr(before, key), getattr(after, key)), (words,)):
            yield replace(change, needs_training=change.needs_training and key in of_model)


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """Both definitions, whose words the values are read with."""

    before: LeadDefinition
    after: LeadDefinition

    def field(self, key: str, values: tuple[Any, Any], place: tuple[Text, ...]) -> Iterator[Change]:
        """Differences of one key's values."""
        old, new = values
        if old == new:
            return
        if _is_named_list(old) or _is_named_list(new):
            yield from self._named(key, (old, new), place)
        elif isinstance(old, Mapping) or isinstance(new, Mapping):
            yield from self._mapping((old or {}, new or {}), place)
        elif isinstance(old, DefinitionSection) and type(old) is type(new) and not _is_leaf(old):
            for inner in type(old).model_fields:
                step = () if inner in ("points",) else (KEY_WORDS[inner],)
                pair = (getattr(old, inner), getattr(new, inner))
                for change in self.field(inner, pair, place + step):
                    trains = change.needs_training and inner not in WORD_KEYS
                    yield replace(change, needs_training=trains)
        elif isinstance(old or new, DefinitionSection) and not _is_leaf(old or new):
            yield Change(
                kind="added" if old is None else "dropped", place=place, needs_training=True
            )
        else:
            yield Change(
                kind="changed",
                place=place,
                before=value_in_words(old, self.before),
                after=value_in_words(new, self.after),
                unit=POINTS if key in ("points", "at_most_points") else None,
                needs_training=True,
            )

    def _named(
        self, key: str, lists: tuple[Sequence[Any], Sequence[Any]], place: tuple[Text, ...]
    ) -> Iterator[Change]:
        old, new = ({_name(item): item for item in items} for items in lists)
        # A rule's label says enough; for the rest the section tells what it is.
        base = () if key == "rules" else place
        for name, item in old.items():
            where = (*base, _label(item, self.before))
            if name in new and _asks_otherwise(item, new[name]):
                yield Change(
                    kind="changed",
                    place=where,
                    before=rule_in_words(item, self.before),
                    after=rule_in_words(new[name], self.after),
                )
            elif name in new:
                yield from self.field(key, (item, new[name]), where)
            else:
                summary = summary_in_words(item, self.before)
                yield Change(kind="dropped", place=where, before=summary, needs_training=True)
        for name, item in new.items():
            if name not in old:
                where, summary = (
                    (*base, _label(item, self.after)),
                    summary_in_words(item, self.after),
                )
                yield Change(kind="added", place=where, after=summary, needs_training=True)
        kept = [name for name in old if name in new]
        if key not in UNORDERED and kept != [name for name in new if name in old]:
            yield Change(kind="reordered", place=place, needs_training=False)

    def _mapping(
        self, tables: tuple[Mapping[str, Any], Mapping[str, Any]], place: tuple[Text, ...]
    ) -> Iterator[Change]:
        """Cells of the matrix of points, by the names of their levels."""
        old, new = tables
        for name in dict.fromkeys((*old, *new)):
            where = (*place, Text(ja=name, en=name))
            yield from self.field("points", (old.get(name), new.get(name)), where)


def _asks_otherwise(old: Any, new: Any) -> bool:
    """Whether a rule kept its name only: then one line says all."""
    return isinstance(old, Rule) and old.when != new.when


def _is_leaf(value: Any) -> bool:
    return isinstance(value, (*CONDITION_PARTS, *CUT_OFF_RULES))


def _is_named_list(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(_name(item) for item in value)


def _name(item: Any) -> str | None:
    if isinstance(item, Cap):
        return item.behaviour
    return getattr(item, "name", None) if not isinstance(item, Signature) else None


def _label(item: Any, definition: LeadDefinition) -> Text:
    if isinstance(item, Cap):
        return definition.behaviour(item.behaviour).label
    label: Text = item.label
    return label
