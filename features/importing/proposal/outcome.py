"""What became of leads: by dates, by a status, by a table of deals, or by what a log says."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from features.core.arrays import BoolArray
from features.core.errors import LeadDataError
from features.core.text import Text
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import (
    LookedAt,
    behaviour_of_rows,
    event_times,
    named_by_values,
    tells_members,
)
from features.importing.proposal.tables import Link, Tables
from features.importing.proposal.words import (
    CREATED,
    HANDED_OVER,
    JUDGED,
    LOST,
    ON_THE_WAY,
    OPPORTUNITY,
    QUALIFIED,
    STATUS,
    TARGET,
    TYPE,
    UPDATED,
    WON,
    YES,
    plain_header,
)

STAGES = ("lost", "won", "opportunity")
"""In the order in which words are tried: `not converted` is lost though `converted` is won."""

STAGE_WORDS = {"lost": "失注", "won": "受注", "opportunity": "商談"}
"""Stages in Japanese."""

SAID = Text(ja="指定による", en="you said so")
"""The reason of what people said."""

MOST_STATUSES = 40
NEARLY_EVERY = 0.99


@dataclass(frozen=True, kw_only=True)
class OutcomeGuess:
    """One way in which files tell an outcome.

    Attributes
    ----------
    file : str
    column : str
        What says it: a date, a status, a flag.
    stage : str
        won, opportunity or lost; of a status the best that it knows.
    values : dict of str to str
        Stage by value of a status; empty where the column is a date.
    time : str or None
        Column of its date; None where only the export's day is known.
    confidence : float
    reason : Text
    """

    file: str
    column: str
    stage: str
    values: dict[str, str] = field(default_factory=dict)
    time: str | None = None
    confidence: float
    reason: Text


def stage_of(text: str) -> str | None:
    """The stage that a word names; None if it names none."""
    plain = plain_header(text)
    if ON_THE_WAY.search(plain) and not LOST.search(plain):
        return None
    for stage, words in zip(STAGES, (LOST, WON, OPPORTUNITY), strict=True):
        if words.search(plain):
            return stage
    return None


def find_outcomes(
    tables: Tables, created: object | None, said: str | None = None
) -> tuple[OutcomeGuess, ...]:
    """What tells the outcome, the best first; further ones tell other stages.

    Parameters
    ----------
    tables : Tables
    created : object or None
        The column of creation, whose ``header`` is no outcome.
    said : str or None
        Header of the column that people named.
    """
    found = outcome_candidates(tables, created)
    if said is not None:
        named = [outcome for _, outcome in found if outcome.column == said]
        outcome = named[0] if named else _told_by(tables, said)
        return (replace(outcome, confidence=1.0, reason=SAID),)
    if not found:
        return ()
    best, first = found[0]
    # A second date of another stage belongs to it; a second status is told by the first.
    told = {first.stage, *first.values.values()}
    others = []
    for rank, o in found[1:]:
        near = rank > best - 2 or o.stage == "lost"
        mine = o.file == first.file and not first.values
        if near and mine and o.stage not in told and (not o.values or first.stage == "opportunity"):
            others.append(o)
            told |= {o.stage, *o.values.values()}
    return (first, *others)


def _told_by(tables: Tables, said: str) -> OutcomeGuess:
    """The outcome by a column whose name and values do not tell it, as people say that it does.

    Raises
    ------
    LeadDataError
        If it holds neither dates nor a yes or no.
    """
    files = (tables.leads, *(link.file for link in tables.linked))
    file = next(file for file in files if any(c.header == said for c in file.columns))
    column = file.column(said)
    values = {text: "won" for text in column.values if text.casefold() in YES}
    if column.kind != "time" and not values:
        msg = (
            "a column of the outcome must hold a date, a yes or no, or words for won and lost; "
            f"got {said!r} with {', '.join(column.values[:3])}. Name another."
        )
        raise LeadDataError(msg)
    return OutcomeGuess(
        file=file.name,
        column=said,
        stage="won",
        values={} if column.kind == "time" else values,
        time=said if column.kind == "time" else None,
        confidence=1.0,
        reason=SAID,
    )


def outcome_candidates(tables: Tables, created: object | None) -> list[tuple[float, OutcomeGuess]]:
    """Every column that might tell the outcome with its rank, the best first."""
    not_these = {tables.key.header, getattr(created, "header", "")}
    found: list[tuple[float, OutcomeGuess]] = []
    if tables.is_log:
        found += _of_log(tables.leads)
    else:
        found += _of_table(tables.leads, not_these, is_deals=False)
        for link in tables.linked:
            log = _of_log(link.file) if _many(link) else []
            of_deals = log or _of_table(link.file, {link.column.header}, is_deals=True)
            without = tables.leads.n_rows - link.key.n_filled
            if len(link.column.values) >= NEARLY_EVERY * (len(link.key.values) + without):
                # Where every lead has a row, having one tells none apart.
                of_deals = [
                    one for one in of_deals if one[1].values or one[1].stage != "opportunity"
                ]
            did = named_by_values(link.file) or behaviour_of_rows(link.file)
            if tells_members(link.file) or (did and not any(one[1].values for one in of_deals)):
                of_deals = []  # what leads did has a day, too
            found += of_deals
    found.sort(key=lambda item: -item[0])
    return found


def _many(link: Link) -> bool:
    return link.column.n_filled > 1.05 * len(link.column.values)


def _of_table(
    file: LookedAt, not_these: set[str], *, is_deals: bool
) -> list[tuple[float, OutcomeGuess]]:
    found: list[tuple[float, OutcomeGuess]] = []
    not_when = (UPDATED, HANDED_OVER)
    times = [
        c
        for c in file.times
        if c.header not in not_these and not any(words.search(c.plain) for words in not_when)
    ]
    for column in times:
        stage = stage_of(column.header)
        if stage is None:
            continue
        # In a table of deals the day of becoming one goes before how they ended.
        rank = {"won": 5.5, "opportunity": 6.6 if is_deals else 6.0, "lost": 2.0}[stage]
        rank -= 0.2 if QUALIFIED.search(column.plain) else 0
        why = Text(
            ja=f"{STAGE_WORDS[stage]}の名前の日付で、ほかは空欄",
            en=f"a date named like {stage}, blank for the rest",
        )
        if column.n_filled == len(column.rows) and not is_deals:
            continue  # what every lead reached tells none apart
        found.append(
            (
                rank,
                OutcomeGuess(
                    file=file.name,
                    column=column.header,
                    stage=stage,
                    time=column.header,
                    confidence=0.6 if column.other_formats else 0.9,
                    reason=why,
                ),
            )
        )
    for column in file.columns:
        if column.header not in not_these and column.kind in ("category", "boolean"):
            found += _of_status(file, column, times)
    if is_deals and times and (begun := _begun(file, times, found)) is not None:
        found.append(begun)
    return found


def _begun(
    file: LookedAt, times: list[ColumnProfile], found: list[tuple[float, OutcomeGuess]]
) -> tuple[float, OutcomeGuess] | None:
    """A deal's own beginning: with it the lead became an opportunity, however it ended."""
    created = next((c for c in times if CREATED.search(c.plain)), None)
    if found and (created is None or all(o.time == created.header for _, o in found)):
        return None
    first = created or times[0]
    outcome = OutcomeGuess(
        file=file.name,
        column=first.header,
        stage=(stage_of(file.called) if not found else None) or "opportunity",
        time=first.header,
        confidence=0.85 if found else 0.6,
        reason=Text(
            ja="この表の各行がリードの商談", en="a row of this table is a deal of the lead"
        ),
    )
    return max((rank for rank, _ in found), default=2.5) + 0.5, outcome


def _of_status(
    file: LookedAt, column: ColumnProfile, times: list[ColumnProfile]
) -> list[tuple[float, OutcomeGuess]]:
    """An outcome told by a status or a flag."""
    if column.kind == "boolean" and "won" not in map(stage_of, column.values):
        learned = TARGET.fullmatch(column.plain) is not None
        stage = "won" if learned else stage_of(column.header)
        if stage in (None, "lost") or len(column.values) < 2:
            return []
        values = {t: str(stage) for t in column.values if t.casefold() in YES}
        why = Text(ja="結果の名前のはい・いいえ", en="a yes or no named like the result")
        rank = 5.0 - (2 if JUDGED.search(column.plain) else 1 if learned else 0)
    else:
        if len(column.values) > MOST_STATUSES:
            return []
        told = {text: stage_of(text) for text in column.values}
        values = {text: stage for text, stage in told.items() if stage is not None}
        stage = next((s for s in ("won", "opportunity") if s in values.values()), None)
        named = STATUS.search(column.plain) is not None
        if stage is None or (not named and "won" not in values.values()):
            return []
        why = Text(ja="値が結果を表す", en="its values name results")
        rank = (4.5 if named else 1.0) - (
            2 if JUDGED.search(column.plain) or TYPE.search(column.plain) else 0
        )
    if not values:
        return []
    time = _closing(times) or _dates_of(column.says_one_of(set(values)), times)
    if time is not None and stage == "won":
        # An open deal has no day of closing, nor a lost one a day of winning.
        dated = {text for text in values if (column.says_one_of({text}) & time.filled).any()}
        values = {t: told for t, told in values.items() if told != "opportunity" and t in dated}
    outcome = OutcomeGuess(
        file=file.name,
        column=column.header,
        stage=str(stage),
        values=values,
        time=None if time is None else time.header,
        confidence=0.9 if rank > 4 else 0.65,
        reason=why,
    )
    return [(rank + (1.6 if time is not None and column.kind == "category" else 0), outcome)]


def _closing(times: list[ColumnProfile]) -> ColumnProfile | None:
    """The date that goes with a status: of closing, or of a change of the status."""
    closing = (
        "clos",
        "decid",
        "end",
        "won",
        "status",
        "ferme",
        "cierre",
        "abschluss",
        "クローズ",
        "完了",
        "確定",
        "決着",
    )
    return next((c for c in times if any(word in c.plain for word in closing)), None)


def _dates_of(told: BoolArray, times: list[ColumnProfile]) -> ColumnProfile | None:
    """The date that is filled where the outcome is told, and blank for the rest."""
    some = 0 < told.sum() < len(told)
    return next((c for c in times if some and (c.filled == told).mean() >= NEARLY_EVERY), None)


def _of_log(file: LookedAt) -> list[tuple[float, OutcomeGuess]]:
    found = []
    for column in file.columns:
        if column.kind != "category" or not TYPE.search(column.plain) or not file.times:
            continue
        values = {text: stage for text in column.values if (stage := stage_of(text)) is not None}
        values = _of_one_family(values, column.values)
        stage = next((s for s in ("won", "opportunity") if s in values.values()), None)
        if stage is None:
            continue
        time = event_times(file)[0]
        named = ", ".join(list(values)[:4])
        why = Text(
            ja=f"起きたことに結果がある: {named}", en=f"among what happened are results: {named}"
        )
        found.append(
            (
                4.0,
                OutcomeGuess(
                    file=file.name,
                    column=column.header,
                    stage=stage,
                    values=values,
                    time=time.header,
                    confidence=0.85,
                    reason=why,
                ),
            )
        )
    return found


def _of_one_family(values: dict[str, str], everything: Iterable[str]) -> dict[str, str]:
    """Where all codes have a prefix as in ``A_``, the results of the family that knows won."""
    if not all("_" in text[:4] for text in everything):
        return values
    families = {text.split("_")[0] for text, stage in values.items() if stage == "won"}
    return {text: stage for text, stage in values.items() if text.split("_")[0] in families}


def winners(
    tables: Tables, outcomes: tuple[OutcomeGuess, ...], *, or_lost: bool = False
) -> BoolArray:
    """Which rows of the leads' table reached the outcome; all False where nothing tells.

    Parameters
    ----------
    tables : Tables
    outcomes : tuple of OutcomeGuess
        The best first.
    or_lost : bool
        Whether leads that were lost count as well: all that are decided.
    """
    leads = tables.leads
    won = np.zeros(leads.n_rows, bool)
    if not outcomes:
        return won
    outcome = outcomes[0]
    file = next(
        f for f in (leads, *(link.file for link in tables.linked)) if f.name == outcome.file
    )
    column = file.column(outcome.column)
    if outcome.values:
        reached = {t for t, stage in outcome.values.items() if or_lost or stage == outcome.stage}
        rows = column.says_one_of(reached)
    else:
        rows = column.filled
    if file is leads:
        return rows
    link = next(link for link in tables.linked if link.file is file)
    return link.key.says_one_of(link.column.texts.take(np.unique(link.column.rows[rows])))
