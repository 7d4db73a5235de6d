"""The agreement's three cells: which behaviour with which information makes a lead what.

One behaviour without information is not an MQL yet; what the checklists ask for is. Where a
definition has no checklist, the least pair of rules that makes the points stands for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.conditions import AllOf, Condition, simple_conditions
from features.definition.rulebook import Rule, Threshold
from serving.web.charts.pair_table import axis_of

NAME_ONLY = Text(ja="氏名と会社名だけ", en="name and company only")
NOT_YET = Text(ja="まだMQLではない", en="not an MQL yet")
IS_MQL = Text(ja="MQL: 営業に引き渡す", en="MQL: handed over to sales")
IS_SQL = Text(ja="SQL候補: 営業が商談にする", en="SQL candidate: sales make it an opportunity")
ANYTHING = Text(ja="問わない", en="any")


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """A kind of lead: what it did, what is known of it, and what it is."""

    behaviour: Text
    information: Text
    meaning: Text


def three_rows(definition: LeadDefinition) -> tuple[AgreementRow, ...]:
    """The rows of a definition, fewer where its rulebook qualifies for less."""
    rulebook = definition.rulebook
    rows = list(_not_yet(definition))
    for meaning, threshold in ((IS_MQL, rulebook.mql), (IS_SQL, rulebook.sql)):
        if threshold is None:
            continue
        cells = _by_checklist(threshold, definition) or _by_points(threshold, definition)
        if cells is not None:
            rows.append(AgreementRow(behaviour=cells[0], information=cells[1], meaning=meaning))
    return tuple(rows)


def _not_yet(definition: LeadDefinition) -> Iterator[AgreementRow]:
    """The weakest behaviour alone, where it makes no MQL."""
    mql = definition.rulebook.mql
    least = min(_rules(definition, "behaviour"), key=lambda rule: rule.points, default=None)
    if least is None or (mql is not None and mql.points is not None and least.points >= mql.points):
        return
    yield AgreementRow(behaviour=least.label, information=NAME_ONLY, meaning=NOT_YET)


def _by_checklist(threshold: Threshold, definition: LeadDefinition) -> tuple[Text, Text] | None:
    if threshold.checklist is None:
        return None
    asked = threshold.checklist.when
    parts = asked.parts if isinstance(asked, AllOf) else (asked,)
    return _joined(parts, definition, "behaviour"), _joined(parts, definition, "information")


def _joined(parts: Iterable[Condition], definition: LeadDefinition, axis: str) -> Text:
    """What the parts of a checklist ask about one axis."""
    said = [
        part.words(definition)
        for part in parts
        if {simple.axis(definition) for simple in simple_conditions(part)} == {axis}
    ]
    if not said:
        return ANYTHING
    return Text(ja="、".join(one.ja for one in said), en=", ".join(one.en for one in said))


def _by_points(threshold: Threshold, definition: LeadDefinition) -> tuple[Text, Text] | None:
    """The least pair of rules, one of each axis, that makes the points."""
    if threshold.points is None:
        return None
    pairs = [
        (one.points + other.points, one.label, other.label)
        for one in _rules(definition, "behaviour")
        for other in _rules(definition, "information")
        if one.points + other.points >= threshold.points
    ]
    if not pairs:
        return None
    _, behaviour, information = min(pairs, key=lambda pair: pair[0])
    return behaviour, information


def _rules(definition: LeadDefinition, axis: str) -> list[Rule]:
    rules = definition.rulebook.rules
    return [rule for rule in rules if rule.points > 0 and axis_of(rule, definition) == axis]
