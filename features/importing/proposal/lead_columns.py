"""What a column of the leads is that neither names a lead nor dates it nor tells its outcome."""

from features.core.arrays import BoolArray
from features.importing.proposal.column_guess import (
    ColumnGuess,
    ColumnRole,
    attribute_of,
    left_out,
    person_of,
)
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import gives_away
from features.importing.proposal.words import (
    ACCOUNT,
    BEHAVIOURS,
    CREATED,
    HANDED_OVER,
    ID,
    JUDGED,
    LOST,
    OPPORTUNITY,
    OWNER,
    STATUS,
    TEAM,
    UPDATED,
    WON,
)


def result_word(column: ColumnProfile) -> bool:
    """Whether a column is named like a result."""
    words = (WON, LOST, OPPORTUNITY)
    return any(word.search(column.plain) for word in words) and not CREATED.search(column.plain)


def of_lead_column(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess:
    """What a column is.

    Parameters
    ----------
    file : LookedAt
        Of the leads.
    column : ColumnProfile
    won : ndarray of shape (n_rows,)
        Which rows reached the outcome.
    """
    known = attribute_of(file, column)
    ways = (_says_nothing, _of_time, _by_preset, _well_known, _personal, _written_later, _in_charge)
    return next((found for way in ways if (found := way(file, column, won)) is not None), known)


def _says_nothing(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    if not column.values:
        return left_out(file, column, sure=0.95, why="blank in every row")
    always = column.n_filled == len(column.rows) and column.kind != "time"
    if len(column.values) == 1 and always:
        return left_out(file, column, sure=0.95, why="the same in every row")
    return None


PRESET_ROLES = {
    **dict.fromkeys(("name", "first_name", "last_name"), (ColumnRole.PERSON, "name")),
    "email": (ColumnRole.PERSON, "email"),
    "phone": (ColumnRole.PERSON, "phone"),
    "company": (ColumnRole.PERSON, "company"),
    "owner": (ColumnRole.OWNER, ""),
    "account_id": (ColumnRole.ACCOUNT, ""),
}
"""Roles and names of the fields of presets that are no attributes."""


def _by_preset(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    field = file.fields.get(column.header, "")
    if field not in PRESET_ROLES:
        return None
    role, named = PRESET_ROLES[field]
    return ColumnGuess(
        file=file.name,
        header=column.header,
        role=role,
        named=named,
        confidence=0.95,
        reason=f"named like {field.replace('_', ' ')} in exports of known CRMs",
    )


def _well_known(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    known = attribute_of(file, column)
    return known if known.named and gives_away(column, won) is None else None


def _written_later(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    judged = JUDGED.search(column.plain) or UPDATED.search(column.plain)
    result = STATUS.search(column.plain) and column.kind == "category"
    why = gives_away(column, won)
    if judged:
        why = "named like something written after the result"
    elif result or (result_word(column) and not _is_key(column)):
        why = "named like a result"
    if why is None:
        return None
    sure = 0.8 if won.any() else 0.6
    return ColumnGuess(
        file=file.name, header=column.header, role=ColumnRole.LEAK, confidence=sure, reason=why
    )


def _is_key(column: ColumnProfile) -> bool:
    """Whether every row names something by it, as by the number of a customer."""
    return ID.search(column.plain) is not None and column.n_filled == len(column.rows)


def _in_charge(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    fixed = {"file": file.name, "header": column.header}
    for role, words in ((ColumnRole.OWNER, OWNER), (ColumnRole.TEAM, TEAM)):
        if words.search(column.plain):
            return ColumnGuess(**fixed, role=role, confidence=0.85, reason="who is in charge of it")
    if ACCOUNT.search(column.plain) and not column.unique:
        return ColumnGuess(
            **fixed, role=ColumnRole.ACCOUNT, confidence=0.85, reason="the company's key"
        )
    return None


def _of_time(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    if column.kind != "time":
        return None
    fixed = {"file": file.name, "header": column.header}
    if UPDATED.search(column.plain):
        return left_out(file, column, sure=0.9, why="when the row last changed, not what happened")
    if HANDED_OVER.search(column.plain) or result_word(column):
        role, why = ColumnRole.LEAK, "a date of the result"
        if HANDED_OVER.search(column.plain):
            role, why = ColumnRole.HAND_OVER, "when leads were passed to sales"
        return ColumnGuess(**fixed, role=role, confidence=0.75, reason=why)
    for name, _, words in BEHAVIOURS:
        if words.search(column.plain):
            why = "a date for something the lead did"
            return ColumnGuess(
                **fixed, role=ColumnRole.BEHAVIOUR, named=name, confidence=0.85, reason=why
            )
    if gives_away(column, won) is not None:
        return None
    return left_out(file, column, sure=0.65, why="a date, and nothing says of what")


def _personal(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    return person_of(file, column)
