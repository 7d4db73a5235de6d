"""What a column is taken for, how sure that is and why; and all columns of a set of files."""

from dataclasses import dataclass, field
from enum import StrEnum

from features.core.arrays import BoolArray
from features.core.text import Text
from features.importing.presets.leads import field_of
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.tables import Tables
from features.importing.proposal.words import ACCOUNT, ATTRIBUTES, ID, OWNER, PERSON

ASK_BELOW = 0.7
"""A guess less sure than this is asked, or named as taken unasked."""

PERSON_LABELS = {
    "email": "メール",
    "phone": "電話",
    "name_kana": "ふりがな",
    "name": "氏名",
    "company": "会社名",
    "address": "住所",
}
"""Parts of a person in Japanese."""

SHARED_NAMES = ("company", "name", "name_kana")
"""Parts of a person that many leads may have in common."""

SMALL_TABLE = 1_000
"""Rows below which amounts may well all differ."""


class ColumnRole(StrEnum):
    """What a column may be."""

    ID = "id"
    CREATED = "created"
    ATTRIBUTE = "attribute"
    PERSON = "personal data"
    OWNER = "owner"
    TEAM = "team"
    ACCOUNT = "account"
    KEY = "key of another table"
    BEHAVIOUR = "behaviour"
    TIME = "time of events"
    OUTCOME = "outcome"
    LEAK = "leak suspect"
    ARRIVAL = "order of arrival"
    HISTORY = "history of attributes"
    HAND_OVER = "hand-over"
    IGNORED = "left out"


@dataclass(frozen=True, kw_only=True)
class ColumnGuess:
    """A column and what it is taken for.

    Attributes
    ----------
    file, header : str
    role : ColumnRole
    named : str
        Which attribute, part of a person, or behaviour.
    kind : str
        Kind of the attribute.
    confidence : float
        0 to 1; below :data:`ASK_BELOW` it is asked.
    reason : Text
        Why, as people read it.
    """

    file: str
    header: str
    role: ColumnRole
    confidence: float
    reason: Text
    named: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeLog:
    """A table each of whose rows is one change of a field of a lead.

    Attributes
    ----------
    field, new, old, at : ColumnProfile
        What changed, what it became, what it was, and when.
    attributes : dict of str to (ColumnGuess, ColumnProfile)
        What is made of a field, by its name in the history.
    """

    file: LookedAt
    field: ColumnProfile
    new: ColumnProfile
    old: ColumnProfile | None
    at: ColumnProfile
    attributes: dict[str, tuple[ColumnGuess, ColumnProfile]]


@dataclass(frozen=True, kw_only=True)
class HandOverTable:
    """When leads were passed to sales, by headers of a table.

    Attributes
    ----------
    at : str
    words : dict of str to (str, dict)
        Header and our words by value, of ``qualification`` and ``by``, where they are told.
    answer : (str, dict, str) or None
        Header of what sales said, our stage by value, and header of its time.
    propensity : str or None
    """

    file: LookedAt
    at: str
    words: dict[str, tuple[str, dict[str, str]]]
    answer: tuple[str, dict[str, str], str] | None
    propensity: str | None


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What files were understood to be: tables, columns, outcomes."""

    tables: Tables
    columns: tuple[ColumnGuess, ...]
    outcomes: tuple[OutcomeGuess, ...]
    histories: tuple[ChangeLog, ...]
    hand_overs: tuple[HandOverTable, ...]
    won: BoolArray = field(repr=False)
    """Which rows of the leads reached the outcome; empty where leads are made from a log."""

    def of(self, role: ColumnRole, file: str | None = None) -> tuple[ColumnGuess, ...]:
        """Columns of a role, in one file or in all."""
        return tuple(c for c in self.columns if c.role == role and file in (None, c.file))

    @property
    def created(self) -> ColumnGuess | None:
        """When leads came to be; None in data without dates."""
        return next(iter(self.of(ColumnRole.CREATED)), None)

    @property
    def asked(self) -> tuple[ColumnGuess, ...]:
        """Guesses that are not sure enough to go unasked."""
        return tuple(c for c in self.columns if c.confidence < ASK_BELOW)


def left_out(file: LookedAt, column: ColumnProfile, *, sure: float, why: Text) -> ColumnGuess:
    """A column that nothing is made of.

    Parameters
    ----------
    file : LookedAt
    column : ColumnProfile
    sure : float
        Confidence, 0 to 1.
    why : Text
    """
    return ColumnGuess(
        file=file.name, header=column.header, role=ColumnRole.IGNORED, confidence=sure, reason=why
    )


def named_like(label: Text, *, of_crms: bool) -> Text:
    """The reason of a column that is called as others call the same.

    Parameters
    ----------
    label : Text
        Of what it is.
    of_crms : bool
        Whether exports of known CRMs call it so.
    """
    ja, en = f"名前が「{label.ja}」", f"named like {label.en.lower()}"
    if of_crms:
        return Text(ja=f"既知のCRMのエクスポートで{ja}", en=f"{en} in exports of known CRMs")
    return Text(ja=ja, en=en)


def attribute_of(file: LookedAt, column: ColumnProfile) -> ColumnGuess:
    """Which attribute a column is, by its header or by how its values are written."""
    fixed = {"file": file.name, "header": column.header}
    known = file.fields.get(column.header) or field_of(column.header)
    # What known CRMs call a field goes before words in its header.
    for named, kind, words, label in sorted(ATTRIBUTES, key=lambda one: one[0] != known):
        if named == known or (words.search(column.plain) and not ID.fullmatch(column.plain)):
            if kind == "category" and column.kind in ("key", "number"):
                continue
            if kind == "boolean" and column.kind != "boolean":
                continue
            why = named_like(label, of_crms=named == known)
            return ColumnGuess(
                **fixed,
                role=ColumnRole.ATTRIBUTE,
                named=named,
                kind=kind,
                confidence=0.95 if named == known else 0.9,
                reason=why,
            )
    if column.kind in ("category", "boolean"):
        n = len(column.values)
        why = Text(ja="はい・いいえ", en="yes or no")
        if column.kind == "category":
            why = Text(ja=f"値は{n}種類", en=f"{n} different values")
        return ColumnGuess(
            **fixed, role=ColumnRole.ATTRIBUTE, kind=column.kind, confidence=0.8, reason=why
        )
    if column.counts_rows:
        return left_out(file, column, sure=0.95, why=Text(ja="行の通し番号", en="numbers the rows"))
    small = len(column.rows) < SMALL_TABLE
    if column.kind == "number" and not ID.search(column.plain) and (small or not column.unique):
        sure = 0.72 if column.unique else 0.8
        return ColumnGuess(
            **fixed,
            role=ColumnRole.ATTRIBUTE,
            kind="number",
            confidence=sure,
            reason=Text(ja="数値", en="numbers"),
        )
    return left_out(
        file,
        column,
        sure=0.75,
        why=Text(ja="ほぼすべての行で値が異なる", en="nearly every row has a value of its own"),
    )


def person_of(file: LookedAt, column: ColumnProfile) -> ColumnGuess | None:
    """Which part of a person a column is; None if it is none."""
    fixed = {"file": file.name, "header": column.header}
    if column.kind == "email":
        why = Text(ja="すべての値がメールアドレス", en="every value is an e-mail address")
        return ColumnGuess(
            **fixed, role=ColumnRole.PERSON, named="email", confidence=0.95, reason=why
        )
    if ACCOUNT.search(column.plain) and ID.search(column.plain):
        return None
    for named, words in PERSON.items():
        if not words.search(column.plain) or column.kind == "boolean":
            continue
        few = len(column.values) < 0.2 * column.n_filled and named not in SHARED_NAMES
        if few or (
            named == "name" and (OWNER.search(column.plain) or column.plain.startswith("campaign"))
        ):
            continue
        why = Text(
            ja=f"{PERSON_LABELS[named]}の名前。別に保管し、判定には使わない",
            en=f"named like {named}, kept apart and never scored",
        )
        return ColumnGuess(
            **fixed, role=ColumnRole.PERSON, named=named, confidence=0.85, reason=why
        )
    return None
