"""The questions of ``awase start``: only what files cannot tell, at most seven, with defaults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import typer

from features.importing.proposal.column_guess import ASK_BELOW, ColumnRole, Understanding
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import outcome_candidates
from features.importing.proposal.roles import understand
from features.importing.proposal.tables import NO_ANSWERS, Answers
from features.importing.proposal.writing.propose import Proposal, guess_zone, propose

MOST_QUESTIONS = 7
MOST_SHOWN = 8
"""Choices that are listed, the likeliest first; the others may be named as well."""
LEFT_OUT = "leave them out"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question: what it settles, the choices, and what is taken unless answered."""

    settles: str
    text: str
    choices: tuple[str, ...]
    default: str


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What people said."""

    understood: Understanding
    time_zone: str
    per_month: int | None

    def propose(self) -> Proposal:
        """Both files as they follow from the answers."""
        return propose(self.understood, time_zone=self.time_zone, per_month=self.per_month)


def take_defaults(files: tuple[LookedAt, ...]) -> Understanding:
    """What files are when nobody is asked."""
    return understand(list(files))


def questions(found: Understanding) -> tuple[Question, ...]:
    """What must be asked of an understanding, the weightiest first."""
    return tuple(_questions(found))[:MOST_QUESTIONS]


def _questions(found: Understanding) -> Iterator[Question]:
    tables, leads = found.tables, found.tables.leads
    candidates = [o.column for _, o in outcome_candidates(tables, found.created)]
    sure = bool(found.outcomes) and found.outcomes[0].confidence >= ASK_BELOW
    if not sure or len(candidates) > 1:
        text = "Which column tells that a lead became an opportunity or a customer?"
        columns = tuple(dict.fromkeys((*candidates, *(c.header for c in leads.columns))))
        yield Question(settles="outcome", text=text, choices=columns, default=columns[0])
    doubtful = {c.header for c in found.asked}
    if tables.key.header in doubtful:
        text = "Which column is the number of the lead?"
        headers = tuple(c.header for c in leads.columns if c.unique or c is tables.key)
        yield Question(settles="key", text=text, choices=headers, default=tables.key.header)
    created = found.created
    rivals = tuple(c.header for c in leads.times)
    if created is not None and created.header in doubtful and len(rivals) > 1:
        text = "Which date is the day on which a lead came to be?"
        yield Question(settles="created", text=text, choices=rivals, default=created.header)
    if any(c.other_formats for c in leads.columns):
        text = "Dates such as 03/04/2026 fit both orders. Which comes first?"
        yield Question(settles="order", text=text, choices=("day", "month"), default="day")
    if created is not None:
        text = "In which time zone are times without an offset?"
        yield Question(settles="zone", text=text, choices=(), default=guess_zone(found))
        text = "How many leads can sales work in a month? (0: three of ten)"
        yield Question(settles="capacity", text=text, choices=(), default="0")
    suspects = tuple(c.header for c in found.of(ColumnRole.LEAK, leads.name))
    if suspects:
        text = (
            f"{', '.join(suspects)} look written after the result and are left out. Name one that "
            "is known before it, or press Enter."
        )
        yield Question(settles="used", text=text, choices=(*suspects, LEFT_OUT), default=LEFT_OUT)


def ask_all(files: tuple[LookedAt, ...], found: Understanding) -> Settled:
    """Ask in the terminal and understand the files anew with what was said."""
    asked = questions(found)
    said = {q.settles: _ask(at, len(asked), q) for at, q in enumerate(asked, start=1)}
    return apply_answers(files, found, said)


def apply_answers(
    files: tuple[LookedAt, ...], found: Understanding, said: dict[str, str]
) -> Settled:
    """Understand the files anew with what was said.

    Parameters
    ----------
    files : tuple of LookedAt
    found : Understanding
        Without answers.
    said : dict of str to str
        Answer by what the question settles.
    """
    used = said.get("used", LEFT_OUT)
    answers = replace(
        NO_ANSWERS,
        key=said.get("key"),
        created=said.get("created"),
        outcome=said.get("outcome"),
        day_first=said["order"] == "day" if "order" in said else None,
        roles={} if used == LEFT_OUT else {(found.tables.leads.name, used): ColumnRole.ATTRIBUTE},
    )
    understood = found if answers == Answers() else understand(list(files), answers)
    capacity = said.get("capacity", "0")
    return Settled(
        understood=understood,
        time_zone=said.get("zone", guess_zone(found)),
        per_month=int(capacity) if capacity.isdigit() and int(capacity) > 0 else None,
    )


def _ask(at: int, n: int, question: Question) -> str:
    shown = f"({at}/{n}) {question.text}"
    if question.choices:
        more = " | or another column" if len(question.choices) > MOST_SHOWN else ""
        shown += "\n  " + " | ".join(question.choices[:MOST_SHOWN]) + more + "\n "
    while True:
        answer = str(typer.prompt(shown, default=question.default)).strip()
        if not question.choices or answer in question.choices:
            return answer
        typer.echo(f"  one of these must be named; got {answer!r}.")
