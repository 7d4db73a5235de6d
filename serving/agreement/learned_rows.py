"""The learned rulebook row by row: what today's says, what the learned one says, what to take."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.core.formats.figures import signed
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.rulebook import Rule, Rulebook, Threshold
from features.definition.wording.keys import KEY_WORDS
from features.definition.wording.values import rule_in_words, summary_in_words
from serving.agreement.choice import drop_field, in_json, set_field
from training.results.recovery_records import Recovery


@dataclass(frozen=True, kw_only=True)
class LearnedRow:
    """One rule, limit or threshold of either rulebook, where they differ.

    Attributes
    ----------
    today, learned : Text or None
        What each says; None where it says nothing.
    field, value : str
        What a form sends to take it.
    """

    label: Text
    today: Text | None
    learned: Text | None
    field: str
    value: str


def learned_rows(definition: LeadDefinition, learned: Rulebook) -> tuple[LearnedRow, ...]:
    """Compare today's rulebook with the learned one, row by row; what is the same is left out.

    Parameters
    ----------
    definition : LeadDefinition
        The newest version.
    learned : Rulebook
    """
    proposed = definition.model_copy(update={"rulebook": learned})
    return (*_rules(definition, proposed), *_limits(definition, proposed))


def _rules(before: LeadDefinition, after: LeadDefinition) -> Iterator[LearnedRow]:
    old, new = ({rule.name: rule for rule in one.rulebook.rules} for one in (before, after))
    for name in dict.fromkeys((*old, *new)):
        was, becomes = old.get(name), new.get(name)
        if was == becomes:
            continue
        place = ("rulebook", "rules", name)
        if becomes is None:
            field, value = drop_field(place), "1"
        else:
            dumped = becomes.model_dump(mode="json", exclude_defaults=True)
            field, value = set_field(place), in_json(dumped)
        yield LearnedRow(
            label=(was or new[name]).label,
            today=None if was is None else rule_in_words(was, before),
            # A new rule is mostly called by its condition: once is enough.
            learned=None if becomes is None else _said(becomes, after, is_new=was is None),
            field=field,
            value=value,
        )


def _said(rule: Rule, definition: LeadDefinition, *, is_new: bool) -> Text | None:
    return (summary_in_words if is_new else rule_in_words)(rule, definition)


def _limits(before: LeadDefinition, after: LeadDefinition) -> Iterator[LearnedRow]:
    """Limits of behaviours and the thresholds, each a whole."""
    old, new = before.rulebook, after.rulebook
    if old.caps != new.caps:
        caps = [cap.model_dump(mode="json") for cap in new.caps]
        yield LearnedRow(
            label=KEY_WORDS["caps"],
            today=_caps(before),
            learned=_caps(after),
            field=set_field(("rulebook", "caps")),
            value=in_json(caps),
        )
    for key, was, becomes in (("mql", old.mql, new.mql), ("sql", old.sql, new.sql)):
        if was != becomes:
            dumped = None if becomes is None else becomes.model_dump(mode="json", exclude_none=True)
            yield LearnedRow(
                label=KEY_WORDS[key],
                today=_threshold(was),
                learned=_threshold(becomes),
                field=set_field(("rulebook", key)),
                value=in_json(dumped),
            )


def _caps(definition: LeadDefinition) -> Text | None:
    said = [
        (definition.behaviour(cap.behaviour).label, summary_in_words(cap, definition))
        for cap in definition.rulebook.caps
    ]
    return _joined([Text(ja=f"{a.ja}: {b.ja}", en=f"{a.en}: {b.en}") for a, b in said if b])


def _threshold(threshold: Threshold | None) -> Text | None:
    if threshold is None:
        return None
    said = []
    if threshold.points is not None:
        said.append(Text(ja=f"{threshold.points}点以上", en=f"{threshold.points} points or more"))
    if threshold.checklist is not None:
        said.append(threshold.checklist.label)
    return _joined(said)


def _joined(parts: list[Text]) -> Text | None:
    if not parts:
        return None
    return Text(ja="、".join(p.ja for p in parts), en="; ".join(p.en for p in parts))


def worth_of(recovery: Recovery) -> Text:
    """What the learned rulebook is worth, in one sentence.

    Parameters
    ----------
    recovery : Recovery
        At the volume to speak of.
    """
    n, gain = recovery.n_handed_over, recovery.gain
    today, learned = round(recovery.today_caught), round(recovery.proposed_caught)
    said = Text(
        ja=f"検証期間に同じ{n:,}件を引き渡すと、成果に至るリードは{today:,}件から{learned:,}件になります",
        en=f"Of the same {n:,} hand-overs in the test, {learned:,} instead of {today:,} reached "
        "the outcome",
    )
    difference = signed(gain, 0)
    if gain.low is not None and gain.high is not None and gain.low <= 0 <= gain.high:
        return Text(
            ja=f"{said.ja}が、差は確かではありません({difference.ja})。",
            en=f"{said.en}; the difference is not sure: {difference.en}.",
        )
    return Text(ja=f"{said.ja}(差{difference.ja})。", en=f"{said.en}: {difference.en}.")
