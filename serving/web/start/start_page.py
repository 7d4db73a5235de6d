"""What the page of a start shows: columns with their roles, counts, and how it ended."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.core.text import Text
from features.importing.proposal.column_guess import ASK_BELOW, ColumnRole, Understanding
from features.importing.proposal.outcome import outcome_candidates
from features.importing.proposal.prospect import Prospect, look_ahead

FIRST_ROWS = 5

ROLE_WORDS: dict[ColumnRole, Text] = {
    ColumnRole.ID: Text(ja="リードのID", en="id of the lead"),
    ColumnRole.CREATED: Text(ja="作成日", en="day of creation"),
    ColumnRole.ATTRIBUTE: Text(ja="属性(学習に使う)", en="attribute (learned from)"),
    ColumnRole.PERSON: Text(ja="個人情報(学習に使わない)", en="personal data (not learned from)"),
    ColumnRole.OWNER: Text(ja="担当者", en="owner"),
    ColumnRole.TEAM: Text(ja="担当チーム", en="team"),
    ColumnRole.ACCOUNT: Text(ja="企業", en="account"),
    ColumnRole.KEY: Text(ja="ほかの表のキー", en="key of another table"),
    ColumnRole.BEHAVIOUR: Text(ja="行動", en="behaviour"),
    ColumnRole.TIME: Text(ja="行動の日時", en="time of events"),
    ColumnRole.OUTCOME: Text(ja="成果", en="outcome"),
    ColumnRole.LEAK: Text(
        ja="成果の後に書かれた疑い(除外)", en="written after the result? (left out)"
    ),
    ColumnRole.ARRIVAL: Text(ja="到着の順", en="order of arrival"),
    ColumnRole.HISTORY: Text(ja="属性の履歴", en="history of attributes"),
    ColumnRole.HAND_OVER: Text(ja="引き渡し", en="hand-over"),
    ColumnRole.IGNORED: Text(ja="使わない", en="left out"),
}

CHOICES = (
    ColumnRole.ID,
    ColumnRole.CREATED,
    ColumnRole.OUTCOME,
    ColumnRole.ATTRIBUTE,
    ColumnRole.PERSON,
    ColumnRole.OWNER,
    ColumnRole.TEAM,
    ColumnRole.ACCOUNT,
    ColumnRole.LEAK,
    ColumnRole.IGNORED,
)
"""Roles that people can give to any column of the leads."""


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """A column of the leads: what it is taken for, and what it may be instead.

    Attributes
    ----------
    choices : tuple of (str, Text, bool)
        Role, its words, and whether it is the present one.
    """

    header: str
    confidence: float
    reason: Text
    in_doubt: bool
    choices: tuple[tuple[str, Text, bool], ...]


@dataclass(frozen=True, kw_only=True)
class OtherFile:
    """A file beside the leads: ``how`` names the words of how it hangs on them, by ``header``."""

    name: str
    how: str
    header: str


@dataclass(frozen=True, kw_only=True)
class StartPage:
    """The choices of a start and what would come of them."""

    file: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    outcomes: tuple[tuple[str, bool], ...]
    other_files: tuple[OtherFile, ...]
    asks_order: bool
    zone: str
    per_month: int | None
    prospect: Prospect
    misfit: bool
    script: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a start ended; all None while it runs.

    Attributes
    ----------
    failed : str or None
        The sentence it stopped with.
    release : str or None
    refusal : str
        Why there is none.
    worthwhile_from : str or None
        The month in which there should be enough outcomes.
    """

    failed: str | None = None
    release: str | None = None
    refusal: str = ""
    converted: int = 0
    needed: int = 0
    worthwhile_from: str | None = None
    mapping: str = ""
    definition: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgressPage:
    """The wait for the first release, or how it ended."""

    ended: Ended | None


def show_choices(
    found: Understanding, *, zone: str, per_month: int | None, misfit: bool, script: str
) -> StartPage:
    """Lay out an understanding for the page.

    Parameters
    ----------
    found : Understanding
    zone : str
        Time zone of times without an offset.
    per_month : int or None
        Leads that sales can work, where people said.
    misfit : bool
        Whether the choices made last cannot be followed.
    script : str
        Path of the script.
    """
    tables, file = found.tables, found.tables.leads
    guesses = {c.header: c for c in found.columns if c.file == file.name}
    candidates = [o.column for _, o in outcome_candidates(tables, found.created)]
    chosen = found.outcomes[0].column if found.outcomes else ""
    n_shown = min(FIRST_ROWS, file.table.n_rows)
    return StartPage(
        file=file.name,
        columns=tuple(
            ShownColumn(
                header=c.header,
                confidence=guesses[c.header].confidence,
                reason=guesses[c.header].reason,
                in_doubt=guesses[c.header].confidence < ASK_BELOW,
                choices=_choices(guesses[c.header].role),
            )
            for c in file.columns
        ),
        rows=tuple(tuple(c.texts[c.rows[at]] for c in file.columns) for at in range(n_shown)),
        outcomes=tuple((name, name == chosen) for name in dict.fromkeys((chosen, *candidates))),
        other_files=(
            *(
                OtherFile(name=k.file.name, how="start_linked", header=k.column.header)
                for k in tables.linked
            ),
            *(
                OtherFile(name=k.file.name, how="start_looked_up", header=k.column.header)
                for k in tables.looked_up
            ),
            *(OtherFile(name=f.name, how="start_unused", header="") for f in tables.unused),
        ),
        asks_order=any(c.other_formats for c in file.columns),
        zone=zone,
        per_month=per_month,
        prospect=look_ahead(found, ZoneInfo(zone)),
        misfit=misfit,
        script=script,
    )


def _choices(role: ColumnRole) -> tuple[tuple[str, Text, bool], ...]:
    offered = CHOICES if role in CHOICES else (role, *CHOICES)
    return tuple((one.value, ROLE_WORDS[one], one is role) for one in offered)
