"""What each column is taken for, with the reason and how sure it is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from features.core.arrays import BoolArray
from features.core.formats import count, share
from features.core.text import Text
from features.importing.proposal.column_guess import (
    ChangeLog,
    ColumnGuess,
    ColumnRole,
    HandOverTable,
    Understanding,
    attribute_of,
    left_out,
    person_of,
)
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.lead_columns import of_lead_column, result_word
from features.importing.proposal.looked_at import (
    LookedAt,
    activity_type,
    attendance,
    behaviour_of_rows,
    event_times,
    named_by_values,
    put_in_order,
)
from features.importing.proposal.outcome import SAID, OutcomeGuess, find_outcomes, winners
from features.importing.proposal.side_tables import (
    find_hand_overs,
    find_history,
    roles_of_hand_overs,
    roles_of_history,
)
from features.importing.proposal.tables import (
    NO_ANSWERS,
    Answers,
    Link,
    Tables,
    is_activity,
    relate,
)
from features.importing.proposal.words import (
    BEHAVIOURS,
    CREATED,
    ID,
    UPDATED,
    plain_header,
)

NEARLY_SORTED = 0.95


def understand(files: list[LookedAt], answers: Answers = NO_ANSWERS) -> Understanding:
    """Say what every column of every file is.

    Parameters
    ----------
    files : list of LookedAt
        With rows.
    answers : Answers
        What people said where an earlier understanding was not sure.
    """
    if answers.day_first is not None:
        files = [put_in_order(file, day_first=answers.day_first) for file in files]
    tables = relate(files, answers)
    created = _created(tables, answers.created)
    histories, hand_overs = _beside(tables)
    beside = [*(one.file for one in histories), *(one.file for one in hand_overs)]
    deals = replace(tables, linked=tuple(k for k in tables.linked if k.file not in beside))
    outcomes = find_outcomes(deals, created, answers.outcome)
    won = np.zeros(0, bool) if tables.is_log else winners(tables, outcomes)
    told = {of.plain for one in histories for _, of in one.attributes.values()}
    columns = [_told_by_history(c, told) for c in _of_leads(tables, created, outcomes, won)]
    for link in tables.linked:
        columns += _of_side_table(link, histories, hand_overs) or _of_linked(link, outcomes)
    for link in tables.looked_up:
        columns += _of_lookup(link)
    for file in tables.unused:
        columns += [
            left_out(
                file,
                c,
                sure=0.9,
                why=Text(
                    ja="リードとつながる列がない", en="no column of this file meets the leads"
                ),
            )
            for c in file.columns
        ]
    columns = [_as_said(c, tables, answers.roles) for c in columns]
    return Understanding(
        tables=tables,
        columns=tuple(columns),
        outcomes=outcomes,
        histories=histories,
        hand_overs=hand_overs,
        won=won,
    )


def _beside(tables: Tables) -> tuple[tuple[ChangeLog, ...], tuple[HandOverTable, ...]]:
    """Histories of changes, and hand-overs; a table of leads may tell these, too."""
    if tables.is_log:
        return (), ()
    found = [find_history(link, tables.leads, link.key) for link in tables.linked]
    histories = tuple(one for one in found if one is not None)
    others = [link.file for link in tables.linked if link.file not in [h.file for h in histories]]
    handed = [find_hand_overs(file) for file in (tables.leads, *others)]
    return histories, tuple(one for one in handed if one is not None)


def _told_by_history(found: ColumnGuess, told: set[str]) -> ColumnGuess:
    if found.role != ColumnRole.ATTRIBUTE or plain_header(found.header) not in told:
        return found
    why = Text(
        ja="変更履歴に、いつからかとともにある",
        en="the history of changes tells it, and since when",
    )
    return replace(found, role=ColumnRole.IGNORED, confidence=0.9, reason=why)


def _of_side_table(
    link: Link, histories: tuple[ChangeLog, ...], hand_overs: tuple[HandOverTable, ...]
) -> list[ColumnGuess]:
    key, mine = link.column.header, link.file
    of_changes = (roles_of_history(one, key) for one in histories if one.file is mine)
    passed = (roles_of_hand_overs(one, key) for one in hand_overs if one.file is mine)
    return [column for columns in (*of_changes, *passed) for column in columns]


FIXED = (ColumnRole.ID, ColumnRole.CREATED, ColumnRole.OUTCOME)
"""Roles that one column has, or two; they are said by their own answers."""

ONE_IN_A_LOG = (ColumnRole.BEHAVIOUR, ColumnRole.TIME)
"""Roles that one column of a log has: what happened, and when."""

SAID_KINDS = ("number", "boolean", "category")


def _as_said(
    found: ColumnGuess, tables: Tables, roles: Mapping[tuple[str, str], str]
) -> ColumnGuess:
    """A column with the role that people gave it."""
    said = roles.get((found.file, found.header), "")
    taken = found.role in ONE_IN_A_LOG and found.role in (
        roles.get((found.file, c.header)) for c in tables.file(found.file).columns
    )
    if said == "" and taken and not found.named:
        said = ColumnRole.IGNORED
    if said in ("", found.role) or {found.role, said} & set(FIXED):
        return found
    role, file = ColumnRole(said), tables.file(found.file)
    column = file.column(found.header)
    told = replace(
        found,
        role=role,
        confidence=1.0,
        reason=SAID,
        named="",
        kind="",
    )
    if role == ColumnRole.PERSON:
        person = person_of(file, column)
        return replace(told, named="name" if person is None else person.named)
    if role == ColumnRole.ATTRIBUTE:
        guess = attribute_of(file, column)
        if guess.role == role:
            return replace(guess, confidence=1.0)
        kind = column.kind if column.kind in SAID_KINDS else "free_text"
        return replace(told, kind=kind)
    return told


def _created(tables: Tables, said: str | None = None) -> ColumnGuess | None:
    """The column of times at which leads came to be."""
    file = tables.leads
    n = max(file.n_rows, 1)
    ranked: list[tuple[float, ColumnProfile]] = []
    for at, column in enumerate(file.times):
        rank = 2.0 * column.n_filled / n - at / 100 + (20 if column.header == said else 0)
        rank += 3 if CREATED.search(column.plain) else 0
        rank += 3 if file.fields.get(column.header) == "created" else 0
        rank -= 4 if UPDATED.search(column.plain) else 0
        rank -= 0.5 if tables.is_log and column.day_only else 0
        rank -= 2 if result_word(column) else 0
        rank -= 1 if any(words.search(column.plain) for _, _, words in BEHAVIOURS) else 0
        ranked.append((rank, column))
    if not ranked:
        return None
    rank, best = max(ranked, key=lambda item: item[0])
    if rank < 1:
        return None
    rivals = [c for r, c in ranked if c is not best and r > rank - 1]
    named = CREATED.search(best.plain) or file.fields.get(best.header) == "created"
    why = (
        Text(ja="リードができた日の名前", en="named like the day a lead came to be")
        if named
        else Text(ja="いつもある日付", en="the date that is always there")
    )
    sure = 0.95 if named or tables.is_log else 0.75 if not rivals else 0.6
    if best.header == said:
        sure, why = 1.0, SAID
    elif best.other_formats:
        sure = 0.5
    if best.other_formats:
        why = Text(
            ja=f"{why.ja}。日と月のどちらが先かは値からわからない",
            en=f"{why.en}; whether day or month comes first cannot be told from its values",
        )
    return ColumnGuess(
        file=file.name, header=best.header, role=ColumnRole.CREATED, confidence=sure, reason=why
    )


def _of_leads(
    tables: Tables, created: ColumnGuess | None, outcomes: tuple[OutcomeGuess, ...], won: BoolArray
) -> Iterator[ColumnGuess]:
    file = tables.leads
    used = {o.column: o for o in outcomes if o.file == file.name}
    used |= {o.time: o for o in outcomes if o.file == file.name and o.time is not None}
    joined = {link.column.header: link.file.name for link in tables.looked_up}
    arrival = None if created is not None else _arrival(tables)
    taken: set[str] = set()
    for column in file.columns:
        fixed = {"file": file.name, "header": column.header}
        if column is tables.key:
            yield ColumnGuess(
                **fixed,
                role=ColumnRole.ID,
                confidence=tables.key_confidence,
                reason=_why_key(tables),
            )
        elif created is not None and column.header == created.header:
            yield created
        elif column.header in used:
            outcome = used[column.header]
            yield ColumnGuess(
                **fixed,
                role=ColumnRole.OUTCOME,
                confidence=outcome.confidence,
                reason=outcome.reason,
                named=outcome.stage,
            )
        elif column is arrival:
            why = Text(
                ja="行ごとに増える(減る)番号で、リードの来た順",
                en="grows or falls from row to row: the order in which leads came",
            )
            yield ColumnGuess(**fixed, role=ColumnRole.ARRIVAL, confidence=0.75, reason=why)
        elif tables.is_log:
            yield _of_events(file, column, activity_type(file))
        else:
            found = of_lead_column(file, column, won)
            if found.role == ColumnRole.IGNORED and column.header in joined:
                other = joined[column.header]
                why = Text(ja=f"{other}のキーを持つ", en=f"holds keys of {other}")
                found = ColumnGuess(**fixed, role=ColumnRole.KEY, confidence=0.9, reason=why)
            yield _once(found, taken)


def _why_key(tables: Tables) -> Text:
    if tables.is_log:
        return Text(ja="リードごとに一つの値", en="one value a lead")
    if len(tables.key.values) == len(tables.key.rows):
        return Text(ja="各行で値が異なる", en="a value of its own in each row")
    n, rows = count(len(tables.key.values)), count(len(tables.key.rows))
    return Text(
        ja=f"{rows.ja}行に{n.ja}種類の値。重なりがある",
        en=f"{n.en} values in {rows.en} rows: some repeat",
    )


def _once(found: ColumnGuess, taken: set[str]) -> ColumnGuess:
    """The first of several columns keeps the field's name; the others go by their header."""
    if found.role == ColumnRole.ATTRIBUTE and found.named:
        if found.named in taken:
            return ColumnGuess(
                file=found.file,
                header=found.header,
                role=found.role,
                kind="category" if found.kind not in ("number", "money", "boolean") else found.kind,
                confidence=min(found.confidence, 0.75),
                reason=found.reason,
            )
        taken.add(found.named)
    return found


def _arrival(tables: Tables) -> ColumnProfile | None:
    for column in tables.leads.columns:
        if column.kind == "number" and column.unique and ID.search(column.plain):
            numbers = np.array([float(t) if t.isdigit() else np.nan for t in column.texts])
            steps = np.diff(numbers[column.rows])
            if max(np.mean(steps > 0), np.mean(steps < 0)) > NEARLY_SORTED:
                return column
    return None


def _of_linked(link: Link, outcomes: tuple[OutcomeGuess, ...]) -> Iterator[ColumnGuess]:
    file = link.file
    used = {name: o for o in outcomes if o.file == file.name for name in (o.column, o.time) if name}
    log = is_activity(file, link)
    # Where no column is named like what happened, values or the file's name may tell it.
    kind = activity_type(file) if log else None if used else named_by_values(file)
    at = event_times(file)[:1]
    did = None if used or log or kind else behaviour_of_rows(file)
    log = log or (kind is not None and bool(at))
    for column in file.columns:
        fixed = {"file": file.name, "header": column.header}
        if column is link.column:
            met = share(link.found)
            why = Text(ja=f"値の{met.ja}がリード", en=f"{met.en} of its values are leads")
            yield ColumnGuess(
                **fixed, role=ColumnRole.ID, confidence=min(0.95, link.found), reason=why
            )
        elif log and (column is kind or column in at):
            yield _of_events(file, column, kind)
        elif did is not None and column in at:
            why = Text(
                ja="ファイルの名前が行動を表し、その日付",
                en="the file's name says what leads did, and this is when",
            )
            yield ColumnGuess(
                **fixed, role=ColumnRole.BEHAVIOUR, named=did, confidence=0.75, reason=why
            )
        elif column.header in used:
            outcome = used[column.header]
            yield ColumnGuess(
                **fixed,
                role=ColumnRole.OUTCOME,
                named=outcome.stage,
                confidence=outcome.confidence,
                reason=outcome.reason,
            )
        elif log or did is not None:
            yield _of_events(file, column, kind)
        elif used:
            why = Text(
                ja="商談のあるリードにだけあり、結果を漏らす",
                en="only leads with a deal have it: it gives the outcome away",
            )
            yield ColumnGuess(**fixed, role=ColumnRole.LEAK, confidence=0.85, reason=why)
        else:
            yield left_out(
                file,
                column,
                sure=0.65,
                why=Text(ja="使い道のわからない表の列", en="of a table whose use is not clear"),
            )


def _of_events(file: LookedAt, column: ColumnProfile, kind: ColumnProfile | None) -> ColumnGuess:
    fixed = {"file": file.name, "header": column.header}
    if column is kind:
        why = Text(ja="各行で何が起きたかを示す", en="says what happened in each row")
        return ColumnGuess(**fixed, role=ColumnRole.BEHAVIOUR, confidence=0.9, reason=why)
    if column in event_times(file)[:1]:
        sure = 0.5 if column.other_formats else 0.9
        return ColumnGuess(
            **fixed,
            role=ColumnRole.TIME,
            confidence=sure,
            reason=Text(ja="起きた日時", en="when it happened"),
        )
    came = attendance(file)
    why = Text(ja="行動の細目", en="a detail of events")
    if came is not None and column is came[0]:
        why = Text(ja="来なかった行を数えないため", en="says which rows count: those who came")
    return left_out(file, column, sure=0.8, why=why)


def _of_lookup(link: Link) -> Iterator[ColumnGuess]:
    for column in link.file.columns:
        fixed = {"file": link.file.name, "header": column.header}
        if column is link.key:
            header = link.column.header
            why = Text(ja=f"リードの「{header}」が持つ", en=f"{header!r} of the leads holds it")
            yield ColumnGuess(**fixed, role=ColumnRole.KEY, confidence=0.9, reason=why)
        elif len(column.values) == 0 or column.kind in ("time", "key"):
            yield left_out(
                link.file,
                column,
                sure=0.8,
                why=Text(ja="比べられる内容がない", en="says nothing that could be compared"),
            )
        elif (found := person_of(link.file, column)) is not None and column.kind in (
            "email",
            "text",
        ):
            yield found
        else:
            yield attribute_of(link.file, column)
