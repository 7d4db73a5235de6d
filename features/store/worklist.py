"""Leads by where they stand: pages of the worklist, counts, one lead's row.

A page continues after the last lead of the one before it instead of counting rows, so that page
20,000 is as fast as page 1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_, union

from features.store.schema import person, standing
from features.store.store import Store

ESCAPE = "\\"

MOST_COUNTED = 10_000


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who a lead is, for display only."""

    name: str | None
    email: str | None
    phone: str | None
    company: str | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a lead stands; see :mod:`features.store.standing`.

    Attributes
    ----------
    probability, probability_before : float or None
        Of the newest decision and the one before it; None where only the rulebook decided.
    reached : str
        How far it has come: NONE, MQL, SQL, accepted or opportunity.
    verdict : str or None
        What sales answered in this cycle; None while they have not.
    """

    lead_id: str
    decision_id: int
    as_of: datetime
    priority: float
    probability: float | None
    probability_before: float | None
    qualification: str
    qualification_before: str | None
    rulebook_points: float
    rulebook_qualification: str
    cycle: int | None
    handed_over_at: datetime | None
    verdict: str | None
    verdict_at: datetime | None
    reached: str
    owner: str | None
    team: str | None
    listed: bool

    @property
    def waiting_since(self) -> datetime | None:
        """Since when sales owe an answer; None where they do not."""
        return self.handed_over_at if self.verdict is None else None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which leads of the worklist; every condition that is given must hold."""

    team: str | None = None
    reached: str | None = None
    waiting: bool = False
    search: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The last lead of a page; the next page starts after it."""

    priority: float
    lead_id: str


def read_page(
    store: Store, wanted: Wanted, *, after: Place | None = None, limit: int = 50
) -> list[tuple[Standing, Person]]:
    """Leads by priority, highest first, each with the person."""
    query = (
        select(*standing.c, person.c.name, person.c.email, person.c.phone, person.c.company)
        .select_from(standing)
        .outerjoin(person, person.c.lead_id == standing.c.lead_id)
        .where(*_conditions(wanted))
        .order_by(standing.c.priority.desc(), standing.c.lead_id.desc())
        .limit(limit)
    )
    if after is not None:
        # Pairs are compared as pairs: with "or" SQLite walks the index from its beginning.
        here = tuple_(standing.c.priority, standing.c.lead_id)
        query = query.where(here < tuple_(literal(after.priority), literal(after.lead_id)))
    with store.engine.connect() as connection:
        return [_with_person(dict(row)) for row in connection.execute(query).mappings()]


def count_listed(store: Store, wanted: Wanted) -> int:
    """How many leads are wanted; of more than :data:`MOST_COUNTED`, one more than that.

    Nobody acts on the difference between 40,000 and 41,000 leads, and counting them would take
    longer than showing the page.
    """
    some = (
        select(standing.c.lead_id)
        .select_from(standing)
        .outerjoin(person, person.c.lead_id == standing.c.lead_id)
        .where(*_conditions(wanted))
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    with store.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def read_standing(store: Store, lead_id: str) -> tuple[Standing, Person] | None:
    """Where one lead stands, and who it is; None where it was never decided about."""
    query = (
        select(*standing.c, person.c.name, person.c.email, person.c.phone, person.c.company)
        .select_from(standing)
        .outerjoin(person, person.c.lead_id == standing.c.lead_id)
        .where(standing.c.lead_id == lead_id)
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _with_person(dict(row))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [standing.c.listed.is_(True)]
    if wanted.team is not None:
        conditions.append(standing.c.team == wanted.team)
    if wanted.reached is not None:
        conditions.append(standing.c.reached == wanted.reached)
    if wanted.waiting:
        conditions += [standing.c.handed_over_at.is_not(None), standing.c.verdict.is_(None)]
    if wanted.search:
        like = f"%{_escaped(wanted.search.lower())}%"
        columns = (person.c.name, person.c.company, person.c.email)
        # One scan of the persons, not a walk along the list with a look-up per lead.
        found = select(person.c.lead_id).where(
            or_(*(func.lower(column).like(like, escape=ESCAPE) for column in columns))
        )
        # Not "listed" here too: SQLite would walk that index and look up a million rows one by one.
        owned = select(standing.c.lead_id).where(
            func.lower(standing.c.owner).like(like, escape=ESCAPE)
        )
        by_id = select(literal(wanted.search))
        conditions.append(standing.c.lead_id.in_(union(found, owned, by_id)))
    return conditions


def _escaped(text: str) -> str:
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text


def _with_person(row: dict[Any, Any]) -> tuple[Standing, Person]:
    who = Person(**{name: row.pop(name) for name in Person.__dataclass_fields__})
    return Standing(**row), who
