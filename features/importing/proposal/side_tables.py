"""Tables beside the leads that say neither event nor deal: histories of changes, and hand-overs."""

from collections.abc import Iterator

import numpy as np

from features.core.text import Text
from features.importing.proposal.column_guess import (
    ChangeLog,
    ColumnGuess,
    ColumnRole,
    HandOverTable,
    attribute_of,
    left_out,
)
from features.importing.proposal.column_profile import ColumnProfile, profile_column
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import stage_of
from features.importing.proposal.tables import Link
from features.importing.proposal.words import (
    ACCEPTED,
    FIELD,
    HANDED_OVER,
    HANDED_OVER_BY,
    JUDGED,
    NEW_VALUE,
    OLD_VALUE,
    OWNER,
    PROPENSITY,
    RETURNED,
    STATUS,
    TEAM,
    UPDATED,
    plain_header,
)

MOST_FIELDS = 500
NEARLY_ALL = 0.9
"""Share of the leads with a value whose value the history must tell before it replaces it."""


def find_history(link: Link, leads: LookedAt, key: ColumnProfile) -> ChangeLog | None:
    """The parts of a table each of whose rows is one change of a field; None if it is another.

    Parameters
    ----------
    link : Link
        How it hangs on the leads.
    leads : LookedAt
    key : ColumnProfile
        Of the leads.
    """
    file = link.file
    words = [c for c in file.columns if c is not link.column and c.kind != "time"]
    field = next((c for c in words if FIELD.search(c.plain) and len(c.values) <= MOST_FIELDS), None)
    old = next((c for c in words if c is not field and OLD_VALUE.search(c.plain)), None)
    new = next((c for c in words if c not in (field, old) and NEW_VALUE.search(c.plain)), None)
    if field is None or new is None or not file.times:
        return None
    known = {c.plain: c for c in leads.columns}
    attributes = {}
    for text in field.values:
        guess, profile = _changed(file, text, rows=field, new=new)
        own = known.get(profile.plain)
        covered = own is None or _covers(link, field, text, (key, own)) >= NEARLY_ALL
        if guess.role == ColumnRole.ATTRIBUTE and covered:
            attributes[text] = (guess, profile)
    if not attributes and not any(plain_header(text) in known for text in field.values):
        return None
    at = file.times[0]
    return ChangeLog(file=file, field=field, new=new, old=old, at=at, attributes=attributes)


def _changed(
    file: LookedAt, text: str, *, rows: ColumnProfile, new: ColumnProfile
) -> tuple[ColumnGuess, ColumnProfile]:
    """What a field is whose values stand in the rows that name it."""
    mine = new.rows[rows.says_one_of((text,))]
    profile = profile_column(text, new.texts.take(mine).arrow)
    about = profile.plain
    if any(word.search(about) for word in (STATUS, JUDGED, UPDATED, OWNER, TEAM)):
        return left_out(
            file,
            profile,
            sure=0.8,
            why=Text(ja="結果とともに変わる", en="changes with the outcome"),
        ), profile
    if stage_of(text) is not None:
        return left_out(
            file, profile, sure=0.8, why=Text(ja="結果の名前", en="named like a result")
        ), profile
    return attribute_of(file, profile), profile


def _covers(
    link: Link, field: ColumnProfile, text: str, of_leads: tuple[ColumnProfile, ColumnProfile]
) -> float:
    """Share of the leads with a value for which the history has one."""
    key, own = of_leads
    told = np.unique(link.column.rows[field.says_one_of((text,))])
    found = key.says_one_of(link.column.texts.take(told))[own.filled]
    return float(found.mean()) if len(found) else 1.0


def find_hand_overs(file: LookedAt) -> HandOverTable | None:
    """When leads of a table were passed to sales, by whom, and what sales said; None if never."""
    at = next((c for c in file.times if HANDED_OVER.search(c.plain)), None)
    if at is None:
        return None
    words = {}
    for name, known in (("qualification", {"MQL": "MQL", "SQL": "SQL"}), ("by", HANDED_OVER_BY)):
        told = {c.header: _told(c, known) for c in file.columns if c.kind in ("category", "text")}
        if whole := [(header, values) for header, values in told.items() if values]:
            words[name] = whole[0]
    answer = None
    for column in file.columns:
        values = {text: _answer(text) for text in column.values[:20]}
        known = {text: stage for text, stage in values.items() if stage is not None}
        behind = file.columns[file.columns.index(column) :]
        when = next((c for c in behind if c.kind == "time" and not UPDATED.search(c.plain)), None)
        if column.kind in ("category", "text") and known and when is not None:
            answer = (column.header, known, when.header)
            break
    chance = next(
        (c for c in file.columns if PROPENSITY.search(c.plain) and c.kind in ("number", "blank")),
        None,
    )
    propensity = None if chance is None or chance.kind == "blank" else chance.header
    return HandOverTable(file=file, at=at.header, words=words, answer=answer, propensity=propensity)


def _told(column: ColumnProfile, known: dict[str, str]) -> dict[str, str]:
    """Words of ours by value, where a column holds no other values."""
    told = {text: known.get(plain_header(text), known.get(text)) for text in column.values[:20]}
    if not told or None in told.values() or len(column.values) > 20:
        return {}
    return {text: str(word) for text, word in told.items()}


def _answer(text: str) -> str | None:
    plain = plain_header(text)
    if RETURNED.search(plain):
        return "returned"
    return "accepted" if ACCEPTED.search(plain) else None


def roles_of_history(history: ChangeLog, key: str) -> Iterator[ColumnGuess]:
    """Roles of the columns of a history; ``key`` is the header of the leads' key in it."""
    parts = {
        history.field.header: Text(ja="変わった項目の名前", en="names what changed"),
        history.new.header: Text(ja="変更後の値", en="what it became"),
    }
    if history.old is not None:
        parts[history.old.header] = Text(ja="変更前の値", en="what it was before")
    for column in history.file.columns:
        fixed = {"file": history.file.name, "header": column.header}
        if column.header == key:
            why = Text(ja="各行がこのリードの変更", en="each row is a change of this lead")
            yield ColumnGuess(**fixed, role=ColumnRole.ID, confidence=0.9, reason=why)
        elif column.header in parts and history.attributes:
            yield ColumnGuess(
                **fixed, role=ColumnRole.HISTORY, confidence=0.85, reason=parts[column.header]
            )
        elif column is history.at:
            sure = 0.5 if column.other_formats else 0.9
            yield ColumnGuess(
                **fixed,
                role=ColumnRole.TIME,
                confidence=sure,
                reason=Text(ja="変更の日時", en="when it changed"),
            )
        else:
            yield left_out(
                history.file, column, sure=0.8, why=Text(ja="変更の細目", en="a detail of changes")
            )


def roles_of_hand_overs(found: HandOverTable, key: str) -> Iterator[ColumnGuess]:
    """Roles of the columns of hand-overs; ``key`` is the header of the leads' key in it."""
    parts = {found.at: Text(ja="営業に引き渡した日時", en="when leads were passed to sales")}
    parts |= {header: _TELLS[name] for name, (header, _) in found.words.items()}
    if found.answer is not None:
        parts |= {
            found.answer[0]: Text(ja="営業の回答", en="what sales answered"),
            found.answer[2]: Text(ja="営業が回答した日時", en="when sales answered"),
        }
    if found.propensity is not None:
        parts[found.propensity] = Text(ja="抽出の確率", en="with which chance it was drawn")
    for column in found.file.columns:
        fixed = {"file": found.file.name, "header": column.header}
        if column.header == key:
            why = Text(ja="各行がこのリードの引き渡し", en="each row is a hand-over of this lead")
            yield ColumnGuess(**fixed, role=ColumnRole.ID, confidence=0.9, reason=why)
        elif column.header in parts:
            sure = 0.5 if column.other_formats else 0.85
            why = parts[column.header]
            yield ColumnGuess(**fixed, role=ColumnRole.HAND_OVER, confidence=sure, reason=why)
        else:
            role = next((r for r, words in _IN_CHARGE if words.search(column.plain)), None)
            if role is None or column.kind == "time":
                yield left_out(
                    found.file,
                    column,
                    sure=0.75,
                    why=Text(ja="引き渡しの細目", en="a detail of hand-overs"),
                )
            else:
                why = Text(ja="リードを受け取った人", en="who was given the lead")
                yield ColumnGuess(**fixed, role=role, confidence=0.85, reason=why)


_TELLS = {
    "qualification": Text(ja="各行のMQL・SQLの別", en="says MQL or SQL in each row"),
    "by": Text(ja="決めたもの(決まった語)", en="says who decided, by known words"),
}
_IN_CHARGE = ((ColumnRole.TEAM, TEAM), (ColumnRole.OWNER, OWNER))
