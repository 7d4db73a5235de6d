"""What is pushed to a CRM about each lead, and what sales answer there: fields, declared once.

A vendor's folder says what these are called and how they are typed there; the words people see are
here. What is read back (:data:`VERDICT` and its two companions) is never written by us, except that
a new hand-over empties it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from features.core.text import Language, Text
from features.definition import LeadDefinition
from serving.reasons.phrases.fixed import QUALIFICATIONS

Kind = Literal["text", "long_text", "number", "share", "time", "choice", "link"]

VERDICT = "verdict"
VERDICT_REASON = "verdict_reason"
VERDICT_COMMENT = "verdict_comment"
ANSWERED = (VERDICT, VERDICT_REASON, VERDICT_COMMENT)

BRAND = "Awase: "
"""Before the label of each of our fields."""

GROUP = Text(ja="Awase リード判定", en="Awase lead qualification")


@dataclass(frozen=True, kw_only=True)
class CrmField:
    """A field of the lead's record.

    Attributes
    ----------
    name : str
        Ours; the vendor's folder puts its own prefix or suffix to it.
    kind : str
        share is 0 to 1, shown in per cent; time is an instant.
    label, help : Text
        What people see.
    choices : tuple
        Values of a choice and their words.
    by_sales : bool
        Whether sales fill it in.
    moves_daily : bool
        Whether it changes as time passes, with nothing new about the lead: written along with
        others, never a reason to write.
    """

    name: str
    kind: Kind
    label: Text
    help: Text
    choices: tuple[tuple[str, Text], ...] = ()
    by_sales: bool = False
    moves_daily: bool = False


_QUALIFIED = tuple((item.name, words) for item, words in QUALIFICATIONS.items())
_ANSWERS = (
    ("accepted", Text(ja="受け入れる", en="Accept")),
    ("returned", Text(ja="マーケティングに戻す", en="Return to marketing")),
)

PUSHED = (
    CrmField(
        name="qualification",
        kind="choice",
        label=Text(ja="Awase: 判定", en="Awase: qualification"),
        help=Text(ja="モデルによる判定。", en="What the model makes of the lead."),
        choices=_QUALIFIED,
    ),
    CrmField(
        name="probability",
        kind="share",
        label=Text(ja="Awase: 見込み", en="Awase: probability"),
        help=Text(
            ja="期間内に成果に至る確率。", en="Probability of the outcome within the horizon."
        ),
    ),
    CrmField(
        name="points",
        kind="number",
        label=Text(ja="Awase: モデルの点数", en="Awase: model points"),
        help=Text(
            ja="10点でオッズが2倍。0点が確率50%。",
            en="Ten points double the odds; 0 points are a probability of 50%.",
        ),
        moves_daily=True,
    ),
    CrmField(
        name="rulebook_points",
        kind="number",
        label=Text(ja="Awase: ルールブックの点数", en="Awase: rulebook points"),
        help=Text(
            ja="合意したルールによる点数。モデルの点数とは単位が違います。",
            en="By the rules agreed on; another unit than the model's points.",
        ),
        moves_daily=True,
    ),
    CrmField(
        name="rulebook_qualification",
        kind="choice",
        label=Text(ja="Awase: ルールブックの判定", en="Awase: rulebook decision"),
        help=Text(
            ja="同じ時点でのルールブックの判定。", en="What the rulebook says at that moment."
        ),
        choices=_QUALIFIED,
    ),
    CrmField(
        name="reasons",
        kind="long_text",
        label=Text(ja="Awase: 判定の理由", en="Awase: reasons"),
        help=Text(
            ja="影響の大きい順。+は見込みを上げ、−は下げます。",
            en="The weightiest first; + speaks for the lead, − against it.",
        ),
        moves_daily=True,
    ),
    CrmField(
        name="decided_at",
        kind="time",
        label=Text(ja="Awase: 判定の時点", en="Awase: decided as of"),
        help=Text(ja="この時点までの情報による判定。", en="Judged by what was known until then."),
        moves_daily=True,
    ),
    CrmField(
        name="lead_card",
        kind="link",
        label=Text(ja="Awase: リードカード", en="Awase: lead card"),
        help=Text(ja="すべての理由と経過。", en="All reasons, and how the lead got here."),
    ),
    CrmField(
        name="mql_at",
        kind="time",
        label=Text(ja="Awase: 営業に引き渡した日時", en="Awase: handed over at"),
        help=Text(ja="直近の引き渡し。", en="The newest hand-over to sales."),
    ),
    CrmField(
        name="mql_count",
        kind="number",
        label=Text(ja="Awase: 引き渡しの回数", en="Awase: number of hand-overs"),
        help=Text(ja="何回目の引き渡しか。", en="How often the lead was handed over."),
    ),
    CrmField(
        name="trial_group",
        kind="text",
        label=Text(ja="Awase: 比較試験の組", en="Awase: group of the trial"),
        help=Text(
            ja="くじで分けた組。どの判定の組かは示しません。",
            en="Drawn by lot; which judge a group has is not said.",
        ),
    ),
)
"""What is written, in the order in which it is created and shown."""

_MATTERS = tuple(item.name for item in PUSHED if not item.moves_daily)


def in_words(text: Text, languages: Sequence[Language]) -> str:
    """Words in one language or both; our name stands before the first alone.

    Examples
    --------
    >>> in_words(Text(ja="Awase: 判定", en="Awase: qualification"), ("ja", "en"))
    'Awase: 判定 / qualification'
    """
    first, *more = dict.fromkeys(text.read(language) for language in languages)
    return " / ".join((first, *(words.removeprefix(BRAND) for words in more)))


def missing_of(
    fields: Sequence[CrmField], there: Mapping[str, Collection[str]]
) -> tuple[list[CrmField], list[CrmField]]:
    """Hold fields against those a CRM has: those to make, and those without some choices.

    Parameters
    ----------
    fields : sequence of CrmField
    there : mapping
        Choices of each field that is there, by our name.
    """
    lacking = [item for item in fields if item.name not in there]
    incomplete = [
        item
        for item in fields
        if item.name in there and not {value for value, _ in item.choices} <= set(there[item.name])
    ]
    return lacking, incomplete


def what_matters(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those values whose change is news; the probability in whole per cent."""
    told = {name: fields.get(name) for name in _MATTERS}
    probability = told["probability"]
    return told | {"probability": None if probability is None else round(probability, 2)}


def answer_fields(definition: LeadDefinition) -> tuple[CrmField, ...]:
    """What sales fill in; the reasons are those of the agreement."""
    reasons = definition.verdict_reasons
    listed = {
        item.name: Text(ja=f"{words.ja}: {item.label.ja}", en=f"{words.en}: {item.label.en}")
        for answer, words in _ANSWERS
        for item in getattr(reasons, answer)
    }
    return (
        CrmField(
            name=VERDICT,
            kind="choice",
            label=Text(ja="Awase: 営業の回答", en="Awase: answer of sales"),
            help=Text(
                ja="引き渡されたリードを受け入れるか戻すか。営業が選びます。",
                en="Whether sales accept the lead or return it. Sales choose.",
            ),
            choices=_ANSWERS,
            by_sales=True,
        ),
        CrmField(
            name=VERDICT_REASON,
            kind="choice",
            label=Text(ja="Awase: 回答の理由", en="Awase: reason of the answer"),
            help=Text(
                ja="理由を選ぶと回答が記録されます。",
                en="The answer is recorded once a reason is chosen.",
            ),
            choices=tuple(listed.items()),
            by_sales=True,
        ),
        CrmField(
            name=VERDICT_COMMENT,
            kind="long_text",
            label=Text(ja="Awase: 回答のコメント", en="Awase: comment of sales"),
            help=Text(ja="補足があれば。", en="Anything worth adding."),
            by_sales=True,
        ),
    )
