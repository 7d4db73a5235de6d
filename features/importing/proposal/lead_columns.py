"""What a column of the leads is that neither names a lead nor dates it nor tells its outcome."""

import numpy as np
import pandas as pd

from features.core.arrays import BoolArray
from features.core.text import Text
from features.importing.proposal.column_guess import (
    ColumnGuess,
    ColumnRole,
    attribute_of,
    left_out,
    named_like,
    person_of,
)
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.words import (
    ACCOUNT,
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
    behaviour_named,
)

ZERO = ("0", "0.0", "0.00")
FEWEST_WINNERS = 20
GIVES_AWAY = 0.88
"""Area under the curve of one column alone from which it is taken for a consequence. Measured on
public data: the strongest honest column reached .73, what sales wrote afterwards .92."""
MOST_VALUES, GROUPS = 200, 50
"""Numbers of more different values are put into groups of equal size first."""


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
        return left_out(
            file, column, sure=0.95, why=Text(ja="すべての行で空欄", en="blank in every row")
        )
    always = column.n_filled == len(column.rows) and column.kind != "time"
    if len(column.values) == 1 and always:
        return left_out(
            file, column, sure=0.95, why=Text(ja="すべての行で同じ値", en="the same in every row")
        )
    return None


PRESET_ROLES = {
    **dict.fromkeys(
        ("name", "first_name", "last_name"),
        (ColumnRole.PERSON, "name", Text(ja="氏名", en="name")),
    ),
    "email": (ColumnRole.PERSON, "email", Text(ja="メール", en="e-mail")),
    "phone": (ColumnRole.PERSON, "phone", Text(ja="電話", en="phone")),
    "company": (ColumnRole.PERSON, "company", Text(ja="会社名", en="company")),
    "owner": (ColumnRole.OWNER, "", Text(ja="担当者", en="owner")),
    "account_id": (ColumnRole.ACCOUNT, "", Text(ja="企業", en="account")),
}
"""Roles, names and labels of the fields of presets that are no attributes."""


def _by_preset(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    field = file.fields.get(column.header, "")
    if field not in PRESET_ROLES:
        return None
    role, named, label = PRESET_ROLES[field]
    return ColumnGuess(
        file=file.name,
        header=column.header,
        role=role,
        named=named,
        confidence=0.95,
        reason=named_like(label, of_crms=True),
    )


def _well_known(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    known = attribute_of(file, column)
    return known if known.named and gives_away(column, won) is None else None


def _written_later(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    judged = JUDGED.search(column.plain) or UPDATED.search(column.plain)
    result = STATUS.search(column.plain) and column.kind == "category"
    why = gives_away(column, won)
    if judged:
        why = Text(
            ja="結果の後に書くものの名前", en="named like something written after the result"
        )
    elif result or (result_word(column) and not _is_key(column)):
        why = Text(ja="結果の名前", en="named like a result")
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
            return ColumnGuess(
                **fixed,
                role=role,
                confidence=0.85,
                reason=Text(ja="担当する人", en="who is in charge of it"),
            )
    if ACCOUNT.search(column.plain) and not column.unique:
        return ColumnGuess(
            **fixed,
            role=ColumnRole.ACCOUNT,
            confidence=0.85,
            reason=Text(ja="企業のキー", en="the company's key"),
        )
    return None


def _of_time(file: LookedAt, column: ColumnProfile, won: BoolArray) -> ColumnGuess | None:
    if column.kind != "time":
        return None
    fixed = {"file": file.name, "header": column.header}
    if UPDATED.search(column.plain):
        return left_out(
            file,
            column,
            sure=0.9,
            why=Text(
                ja="行の最終更新で、起きたことではない",
                en="when the row last changed, not what happened",
            ),
        )
    if HANDED_OVER.search(column.plain) or result_word(column):
        role, why = ColumnRole.LEAK, Text(ja="結果の日付", en="a date of the result")
        if HANDED_OVER.search(column.plain):
            role, why = (
                ColumnRole.HAND_OVER,
                Text(ja="営業に引き渡した日時", en="when leads were passed to sales"),
            )
        return ColumnGuess(**fixed, role=role, confidence=0.75, reason=why)
    if (known := behaviour_named(column.header)) is not None:
        why = Text(ja="リードの行動の日付", en="a date for something the lead did")
        return ColumnGuess(
            **fixed, role=ColumnRole.BEHAVIOUR, named=known[0], confidence=0.85, reason=why
        )
    if gives_away(column, won) is not None:
        return None
    return left_out(
        file,
        column,
        sure=0.65,
        why=Text(ja="何の日付かわからない", en="a date, and nothing says of what"),
    )


def _personal(file: LookedAt, column: ColumnProfile, _won: BoolArray) -> ColumnGuess | None:
    return person_of(file, column)


def gives_away(column: ColumnProfile, won: BoolArray) -> Text | None:
    """Why a column is taken for a consequence of the outcome; None if its values say little of it.

    Parameters
    ----------
    column : ColumnProfile
        Of the leads' table.
    won : ndarray of shape (n_rows,)
        Which rows reached the outcome.
    """
    n_won = int(won.sum())
    if len(won) != len(column.rows) or not FEWEST_WINNERS <= n_won <= len(won) - FEWEST_WINNERS:
        return None
    of_won, of_others = column.filled[won].mean(), column.filled[~won].mean()
    some = column.filled & ~column.says_one_of(ZERO)
    if column.kind == "number" and some[won].mean() > 0.3 and some[~won].mean() < 0.02:
        return Text(
            ja="成果のあった行にだけほぼ0でない数がある",
            en="other than 0 almost only where the outcome came",
        )
    if of_won > 0.3 and of_others < 0.02:
        return Text(
            ja="成果のあった行にだけほぼ記入がある", en="filled almost only where the outcome came"
        )
    if of_others > 0.1 and of_won < 0.01:
        return Text(ja="成果のあった行には記入がない", en="never filled where the outcome came")
    if column.kind in ("boolean", "category", "number") and _area(column, won) > GIVES_AWAY:
        return Text(
            ja="値だけで結果がわかる。結果と同時か後に書かれたもの",
            en="its values alone tell the outcome apart: written with it or after it",
        )
    return None


def _area(column: ColumnProfile, won: BoolArray) -> float:
    """Area under the curve of leads ordered by the rate of their value, rare values together."""
    groups = column.rows
    if column.kind == "number" and len(column.values) > MOST_VALUES:
        numbers = pd.to_numeric(pd.Series(list(column.texts)), errors="coerce").rank(pct=True)
        groups = (numbers.fillna(0) * GROUPS).astype(int).to_numpy()[column.rows]
    counts = np.bincount(groups)
    winners_of = np.bincount(groups, weights=won)
    base = won.mean()
    rate = (winners_of + 10 * base) / (counts + 10)
    order = np.argsort(rate)
    wins, losses = winners_of[order], (counts - winners_of)[order]
    below = np.cumsum(losses) - losses / 2
    return float((wins * below).sum() / max(wins.sum() * losses.sum(), 1))
