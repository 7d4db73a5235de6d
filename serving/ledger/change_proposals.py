"""Proposed changes of the agreement: what, why, who approved; neither team alone puts one in force.

Whoever proposes for a team approves for it by proposing. Once both teams have approved, the change
becomes the agreement's next version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import insert, select, update

from features.core.errors import LeadDataError
from features.store import Store
from features.store.schema import change_proposal, proposal_remark
from serving.ledger.access.audit import write_audit

TEAMS = ("marketing", "sales")
"""Who must approve before a change holds."""

LONGEST_REMARK = 2_000
"""Characters of a remark."""


@dataclass(frozen=True, kw_only=True)
class NewProposal:
    """A change that somebody wants.

    Attributes
    ----------
    replaces : int
        The newest version its author had seen.
    fields : mapping from str to str
        What is to change, as the fields of a form.
    effective : date or None
        From which day it is to hold; None: once both teams have approved.
    by : str
        Login of whoever proposes it.
    """

    replaces: int
    fields: Mapping[str, str]
    what: str
    why: str
    effective: date | None
    by: str


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What somebody said about a proposed change.

    Attributes
    ----------
    approves_for : str or None
        The team whose approval it is; None of a comment.
    """

    by: str
    said_at: datetime
    text: str
    approves_for: str | None


@dataclass(frozen=True, kw_only=True)
class ChangeProposal:
    """A proposed change as it stands.

    Attributes
    ----------
    withdrawn_by : str or None
        Who took it back.
    version : int or None
        The version of the agreement that it became.
    """

    number: int
    proposed_at: datetime
    proposed: NewProposal
    withdrawn_by: str | None
    version: int | None
    remarks: tuple[Remark, ...]

    @property
    def approvals(self) -> Mapping[str, str]:
        """Who approved, by team; the newest of a team's."""
        return {one.approves_for: one.by for one in self.remarks if one.approves_for is not None}

    @property
    def missing(self) -> tuple[str, ...]:
        """Teams that have not approved yet."""
        return tuple(team for team in TEAMS if team not in self.approvals)

    @property
    def is_open(self) -> bool:
        """Whether it can still be approved."""
        return self.version is None and self.withdrawn_by is None


def propose_change(store: Store, proposal: NewProposal) -> int:
    """Keep a proposed change and return its number."""
    row = dict(vars(proposal))
    row["fields"] = json.dumps(dict(proposal.fields), ensure_ascii=False, sort_keys=True)
    row["effective"] = None if proposal.effective is None else proposal.effective.isoformat()
    row["proposed_at"] = _now()
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        added = insert(change_proposal).values(**row).returning(change_proposal.c.number)
        number: int = connection.execute(added).scalar_one()
        write_audit(connection, by=proposal.by, action="change_proposed", subject=str(number))
        connection.commit()
    return number


def add_remark(
    store: Store, number: int, *, by: str, text: str, approves_for: str | None = None
) -> None:
    """Keep a comment on a proposed change, or a team's approval of it.

    Parameters
    ----------
    store : Store
    number : int
        Of the proposal.
    by : str
        Login of whoever says it.
    text : str
        May be empty of an approval.
    approves_for : str, optional
        The team that approves by it.

    Raises
    ------
    LeadDataError
        If a comment is empty, or too long.
    """
    if len(text) > LONGEST_REMARK or not (text or approves_for):
        msg = f"a comment has 1 to {LONGEST_REMARK:,} characters; got {len(text):,}. Write it so."
        raise LeadDataError(msg)
    row = {
        "proposal": number,
        "by": by,
        "text": text,
        "approves_for": approves_for,
        "said_at": _now(),
    }
    action = "change_approved" if approves_for else "change_commented"
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        connection.execute(insert(proposal_remark).values(**row))
        write_audit(connection, by=by, action=action, subject=str(number))
        connection.commit()


def close_proposal(store: Store, number: int, *, by: str, version: int | None = None) -> None:
    """Say that a proposed change became a version, or that it was taken back.

    Parameters
    ----------
    store : Store
    number : int
        Of the proposal.
    by : str
        Login of whoever ends it.
    version : int, optional
        What it became; taken back unless given.
    """
    ended = {"withdrawn_by": by} if version is None else {"version": version}
    action = "change_withdrawn" if version is None else "change_adopted"
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        connection.execute(
            update(change_proposal).where(change_proposal.c.number == number).values(**ended)
        )
        write_audit(connection, by=by, action=action, subject=str(number))
        connection.commit()


def read_proposal(store: Store, number: int) -> ChangeProposal | None:
    """Read a proposed change with what was said about it; None where there is none."""
    query = select(change_proposal).where(change_proposal.c.number == number)
    said = (
        select(proposal_remark)
        .where(proposal_remark.c.proposal == number)
        .order_by(proposal_remark.c.number)
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
        remarks = connection.execute(said).mappings().all()
    if row is None:
        return None
    return ChangeProposal(
        number=number,
        proposed_at=row["proposed_at"],
        proposed=NewProposal(
            replaces=row["replaces"],
            fields=json.loads(row["fields"]),
            what=row["what"],
            why=row["why"],
            effective=None if row["effective"] is None else date.fromisoformat(row["effective"]),
            by=row["by"],
        ),
        withdrawn_by=row["withdrawn_by"],
        version=row["version"],
        remarks=tuple(
            Remark(
                by=one["by"],
                said_at=one["said_at"],
                text=one["text"],
                approves_for=one["approves_for"],
            )
            for one in remarks
        ),
    )


def open_proposals(store: Store) -> tuple[ChangeProposal, ...]:
    """Read the changes that wait for an approval, the newest first."""
    query = (
        select(change_proposal.c.number)
        .where(change_proposal.c.version.is_(None), change_proposal.c.withdrawn_by.is_(None))
        .order_by(change_proposal.c.number.desc())
    )
    with store.engine.connect() as connection:
        numbers = connection.scalars(query).all()
    found = (read_proposal(store, number) for number in numbers)
    return tuple(proposal for proposal in found if proposal is not None)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
