"""What the page of a start shows: columns with their roles, counts, and how it ended."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.core.text import Text
from features.importing.proposal.column_guess import ASK_BELOW, ColumnRole, Understanding
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.outcome import outcome_candidates
from features.importing.proposal.prospect import Prospect, look_ahead
from features.importing.proposal.tables import Link

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

OF_EVENTS_AND_DEALS = (
    ColumnRole.BEHAVIOUR,
    ColumnRole.TIME,
    ColumnRole.OUTCOME,
    ColumnRole.LEAK,
    ColumnRole.IGNORED,
)
"""Roles of columns of tables that belong to the leads, where nothing else is made of them."""

LOOKED_UP = (ColumnRole.ATTRIBUTE, ColumnRole.PERSON, ColumnRole.LEAK, ColumnRole.IGNORED)
"""Roles of columns of tables that the leads refer to."""


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """A column: what it is taken for and why, and what it may be instead.

    Attributes
    ----------
    field : str
        Its name in the form.
    choices : tuple of (str, Text, bool)
        Role, its words, and whether it is the present one.
    """

    field: str
    header: str
    confidence: float
    reason: Text
    in_doubt: bool
    choices: tuple[tuple[str, Text, bool], ...]


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """A file, its columns and its first rows.

    Attributes
    ----------
    how : str
        Names the words of how it hangs on the leads, by ``header``; both blank for the leads.
    """

    name: str
    how: str
    header: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class StartPage:
    """The choices of a start and what would come of them."""

    leads: ShownTable
    others: tuple[ShownTable, ...]
    unused: tuple[str, ...]
    outcomes: tuple[tuple[str, str, bool], ...]
    """Columns that may tell the outcome: header, file, and whether it is the present one."""
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
    tables = found.tables
    outcomes = [*found.outcomes[:1], *(o for _, o in outcome_candidates(tables, found.created))]
    # The form names a column by its header: of several files with it the likeliest is meant.
    files: dict[str, str] = {}
    for outcome in outcomes:
        files.setdefault(outcome.column, outcome.file)
    return StartPage(
        leads=_shown(found, tables.leads, CHOICES),
        others=(
            *(_linked(found, link) for link in tables.linked),
            *(
                _shown(found, k.file, LOOKED_UP, how="start_looked_up", header=k.column.header)
                for k in tables.looked_up
            ),
        ),
        unused=tuple(file.name for file in tables.unused),
        outcomes=tuple((name, file, at == 0) for at, (name, file) in enumerate(files.items())),
        asks_order=any(c.other_formats for c in tables.leads.columns),
        zone=zone,
        per_month=per_month,
        prospect=look_ahead(found, ZoneInfo(zone)),
        misfit=misfit,
        script=script,
    )


def field_of_role(found: Understanding, file: str, header: str) -> str:
    """What the select of a column is called in the form.

    Parameters
    ----------
    found : Understanding
    file, header : str
    """
    files = found.tables.files
    at = next(n for n, one in enumerate(files) if one.name == file)
    return f"role_{at}_{next(n for n, c in enumerate(files[at].columns) if c.header == header)}"


def _linked(found: Understanding, link: Link) -> ShownTable:
    # A history of changes and hand-overs are read as a whole: another role would take them apart.
    beside = {h.file.name for h in found.histories} | {h.file.name for h in found.hand_overs}
    offered = () if link.file.name in beside else OF_EVENTS_AND_DEALS
    return _shown(found, link.file, offered, how="start_linked", header=link.column.header)


def _shown(
    found: Understanding,
    file: LookedAt,
    offered: tuple[ColumnRole, ...],
    *,
    how: str = "",
    header: str = "",
) -> ShownTable:
    guesses = {c.header: c for c in found.columns if c.file == file.name}
    n_shown = min(FIRST_ROWS, file.n_rows)
    return ShownTable(
        name=file.name,
        how=how,
        header=header,
        columns=tuple(
            ShownColumn(
                field=field_of_role(found, file.name, c.header),
                header=c.header,
                confidence=guesses[c.header].confidence,
                reason=guesses[c.header].reason,
                in_doubt=guesses[c.header].confidence < ASK_BELOW,
                choices=_choices(
                    guesses[c.header].role, () if how and c.header == header else offered
                ),
            )
            for c in file.columns
        ),
        rows=tuple(tuple(c.texts[c.rows[at]] for c in file.columns) for at in range(n_shown)),
    )


def _choices(role: ColumnRole, roles: tuple[ColumnRole, ...]) -> tuple[tuple[str, Text, bool], ...]:
    offered = roles if role in roles else (role, *roles)
    return tuple((one.value, ROLE_WORDS[one], one is role) for one in offered)
