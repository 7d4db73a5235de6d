"""The MQL-arrival log: what a hand-over's entry in the CRM says, in the chosen language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from features.core.formats import local_minute, probability
from features.core.text import Language, Text
from serving.reasons.phrases.fixed import QUALIFICATIONS

HANDED_OVER = Text(ja="Awase: 営業に引き渡しました", en="Awase: handed over to sales")
CYCLE = Text(ja="引き渡し", en="Hand-over")
QUALIFICATION = Text(ja="判定", en="Qualification")
PROBABILITY = Text(ja="見込み", en="Probability")
POINTS = Text(ja="モデル / ルールブックの点数", en="Points of model / rulebook")
DECIDED_BY = Text(ja="決めたもの", en="Decided by")
REASONS = Text(ja="理由", en="Reasons")
ANSWER = Text(
    ja="「Awase: 営業の回答」と理由を選んでください。",
    en='Please fill in "Awase: answer of sales" and its reason.',
)
BY = {
    "rulebook": Text(ja="ルールブック", en="the rulebook"),
    "learned_rulebook": Text(ja="学習したルールブック", en="the learned rulebook"),
    "model": Text(ja="モデル", en="the model"),
    "exploration": Text(ja="お試し(無作為)", en="exploration (at random)"),
    "person": Text(ja="人", en="a person"),
    "trial": Text(ja="比較試験(くじ)", en="a trial (by lot)"),
}


def log_lines(
    arrival: Mapping[str, object], languages: Sequence[Language], zone: ZoneInfo
) -> list[str]:
    """Write the lines of a CRM log entry about a hand-over.

    Parameters
    ----------
    arrival : mapping
        Payload of a message of the kind :data:`serving.crm.push.ARRIVAL`.
    languages : sequence of {"ja", "en"}
        Every word is given in each of them, in this order.
    zone : ZoneInfo
        Time zone of the hand-over's time.
    """
    fields = arrival["fields"]
    told: Mapping[str, object] = fields if isinstance(fields, Mapping) else {}
    at = datetime.fromisoformat(str(arrival["handed_over_at"])).astimezone(zone)
    qualification = next(
        words for item, words in QUALIFICATIONS.items() if item.name == arrival["qualification"]
    )
    chance = told.get("probability")
    likely = probability(chance if isinstance(chance, int | float) else None)
    points = [_plain(told.get(name)) for name in ("points", "rulebook_points")]
    when = f"{_both(local_minute(at, zone), languages)} {at:%Z}"
    lines = [
        _both(HANDED_OVER, languages),
        f"{_both(CYCLE, languages)}: {arrival['cycle']} ({when})",
        f"{_both(QUALIFICATION, languages)}: {_both(qualification, languages)}",
        f"{_both(PROBABILITY, languages)}: {_both(likely.value, languages)}",
        f"{_both(POINTS, languages)}: {' / '.join(points)}",
        f"{_both(DECIDED_BY, languages)}: {_both(BY[str(arrival['by'])], languages)}",
    ]
    if told.get("reasons"):
        lines += [f"{_both(REASONS, languages)}:", *str(told["reasons"]).splitlines()]
    if told.get("lead_card"):
        lines.append(str(told["lead_card"]))
    return [*lines, _both(ANSWER, languages)]


KEY_MARK = "Awase-ID: "
"""Before our external id, at the end of a note's text."""


def as_note(lines: Sequence[str], external_id: str) -> str:
    """Lines of a log entry as a note's HTML, with our external id at its end."""
    return "<br>".join(escape(line) for line in (*lines, KEY_MARK + external_id))


def is_note_of(note: str, external_id: str) -> bool:
    """Whether a note logs the hand-over of an external id."""
    return note.endswith(escape(KEY_MARK + external_id))


def _both(text: Text, languages: Sequence[Language]) -> str:
    return " / ".join(dict.fromkeys(text.read(language) for language in languages))


def _plain(value: object) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
