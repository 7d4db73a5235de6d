"""Leads by where they stand: pages of the worklist, counts, one lead's row.

A page continues after the last lead of the one before it instead of counting rows, so that page
20,000 is as fast as page 1.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    union_all,
)

from features.core.clock import to_second
from features.store.schema import decision, fact, hand_over, lead_state, person
from features.store.store import Store
from serving.ledger.leads.queues import (
    THIS_CYCLE,
    Clock,
    Queue,
    is_due,
    queued,
    waits_for_an_answer,
)
from serving.ledger.leads.search_leads import Found, each_of, found_by

MOST_COUNTED = 10_000


# Rows as the database gives them: of a million leads dataclasses would take ten times as long.
class LeadPerson(NamedTuple):
    """Who a lead is, for display only."""

    name: str | None
    email: str | None
    phone: str | None
    company: str | None


class LeadState(NamedTuple):
    """Where a lead stands; see :mod:`serving.ledger.leads.lead_state`.

    Attributes
    ----------
    probability, probability_before : float or None
        Of the newest decision and the one before it; None where only the rulebook decided.
    decision_id, as_of, qualification, rulebook_points, rulebook_qualification : optional
        None of a lead that was never decided about.
    reached : str or None
        How far it has come: NONE, MQL, SQL, accepted or opportunity; None where nobody scored it
        and nothing else says.
    ended : str or None
        Stage of the outcome that ended it; None while it is open.
    verdict : str or None
        What sales answered in this cycle; None while they have not.
    handed_over_by : str or None
        Who handed it over in this cycle: rulebook, model, exploration or person.
    release_id : str or None
        Release of the newest decision; None where the rulebook decided alone.
    """

    lead_id: str
    decision_id: int | None
    as_of: datetime | None
    priority: float
    probability: float | None
    probability_before: float | None
    qualification: str | None
    qualification_before: str | None
    rulebook_points: float | None
    rulebook_qualification: str | None
    cycle: int | None
    handed_over_at: datetime | None
    verdict: str | None
    verdict_at: datetime | None
    reached: str | None
    ended: str | None
    owner: str | None
    team: str | None
    listed: bool
    handed_over_by: str | None = None
    release_id: str | None = None

    @property
    def handed_over_second(self) -> int | None:
        """When it was handed over, in seconds since 1970 UTC."""
        return None if self.handed_over_at is None else to_second(self.handed_over_at)

    @property
    def as_of_second(self) -> int | None:
        """The instant of the newest decision, in seconds since 1970 UTC."""
        return None if self.as_of is None else to_second(self.as_of)

    @property
    def waiting_since(self) -> datetime | None:
        """Since when sales owe an answer; None where they do not."""
        return self.handed_over_at if is_due(self.reached, self.ended, self.verdict) else None


# As the seconds that are stored: to read 4,000 leads takes a fifth longer with their datetimes.
_SECONDS = {
    name: type_coerce(column, BigInteger).label(name)
    for name, column in (
        ("as_of_second", lead_state.c.as_of),
        ("handed_over_second", lead_state.c.handed_over_at),
    )
}
_JOINED = {"handed_over_by": hand_over.c.by, "release_id": decision.c.release_id}


def columns_of(names: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """Select what :class:`LeadState` and :class:`LeadPerson` have of every lead, some of it."""
    people = {name: person.c[name] for name in LeadPerson._fields}
    columns = {**lead_state.c, **people, **_JOINED, **_SECONDS}
    return (
        select(*(columns[name] for name in names))
        .select_from(lead_state)
        .outerjoin(person, person.c.lead_id == lead_state.c.lead_id)
        .outerjoin(hand_over, THIS_CYCLE)
        .outerjoin(decision, decision.c.decision_id == lead_state.c.decision_id)
    )


_STATES = columns_of(LeadState._fields + LeadPerson._fields)
"""Where leads stand, who handed them over, which release decided, and who they are."""


class Sort(StrEnum):
    """What a list is sorted by."""

    PROBABILITY = "probability"
    """The most probable first."""

    WAITING = "waiting_longest"
    """What was handed over longest ago first, what never was last."""

    OWNER = "owner"
    """By the owner's name, what nobody owns last."""


@dataclass(frozen=True, kw_only=True)
class WorklistFilter:
    """Which leads, in which order; every condition that is given must hold.

    Attributes
    ----------
    owners : tuple of str or None
        Names of whoever owns them.
    queue : (Queue, Clock) or None
    overdue : Clock or None
        Only what waits longer than agreed, from this clock on.
    fact : (str, str) or None
        Attribute, and the value last known of it.
    ended : str or None
        Stage that ended them.
    verdict : str or None
        What sales answered in this cycle.
    listed_only : bool
        False where somebody looks for a lead wherever it stands: below the cut-off, returned,
        ended, never scored.
    """

    team: str | None = None
    owners: tuple[str, ...] | None = None
    reached: str | None = None
    waiting: bool = False
    queue: tuple[Queue, Clock] | None = None
    overdue: Clock | None = None
    owner: str | None = None
    fact: tuple[str, str] | None = None
    ended: str | None = None
    verdict: str | None = None
    search: str = ""
    listed_only: bool = True
    sort: Sort = Sort.PROBABILITY


@dataclass(frozen=True, kw_only=True)
class PagePosition:
    """The last lead of a page; the next page starts after it.

    Attributes
    ----------
    key : float or str
        What the list is sorted by, as :func:`place_of` reads it from the lead.
    """

    key: float | str
    lead_id: str


_NEVER = 1 << 60
_NOBODY = "\U0010ffff"


def place_of(lead: LeadState | Row[Any], sort: Sort) -> PagePosition:
    """Where a page of a list that is sorted so ends with a lead."""
    key: float | str = lead.priority
    if sort is Sort.WAITING:
        key = _NEVER if lead.handed_over_second is None else lead.handed_over_second
    elif sort is Sort.OWNER:
        key = lead.owner or _NOBODY
    return PagePosition(key=key, lead_id=lead.lead_id)


def read_page(
    store: Store, wanted: WorklistFilter, *, after: PagePosition | None = None, limit: int = 50
) -> list[tuple[LeadState, LeadPerson]]:
    """Read a page of the worklist: leads by priority, highest first, each with the person.

    Parameters
    ----------
    store : Store
    wanted : WorklistFilter
        Which leads belong to the list.
    after : PagePosition, optional
        Last lead of the page before; the first page unless given.
    limit : int
        Most leads of the page.
    """
    rows = page_rows(store, _STATES, wanted, after=after, limit=limit)
    return [_with_person(row) for row in rows]


def page_rows(
    store: Store,
    columns: Select[*tuple[Any, ...]],
    wanted: WorklistFilter,
    *,
    after: PagePosition | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Read some columns of a page's leads, asked for as :func:`read_page` is.

    Parameters
    ----------
    store : Store
    columns : Select
        As :func:`columns_of` gives them, ``priority`` and ``lead_id`` among them.
    wanted : WorklistFilter
    after : PagePosition or None
    limit : int
    """
    key, lead_id = _sort_key(wanted.sort, store), lead_state.c.lead_id
    falls = wanted.sort is Sort.PROBABILITY
    order = (key.desc(), lead_id.desc()) if falls else (key, lead_id)
    conditions = _conditions(wanted, found_by([wanted.search], store))
    query = columns.where(*conditions).order_by(*order).limit(limit)
    if after is not None:
        # Pairs are compared as pairs: with "or" SQLite walks the index from its beginning.
        here, there = tuple_(key, lead_id), tuple_(literal(after.key), literal(after.lead_id))
        query = query.where(here < there if falls else here > there)
    parts = _parts(wanted) if falls else (or_(*_parts(wanted)),)
    with store.engine.connect() as connection:
        found = [row for part in parts for row in connection.execute(query.where(part)).all()]
    return _likeliest_first(found)[:limit] if len(parts) > 1 else found


def count_listed(store: Store, wanted: WorklistFilter) -> int:
    """How many leads are wanted; of more than :data:`MOST_COUNTED`, one more than that."""
    return count_each(store, [wanted])[0]


def count_each(store: Store, wanted: Sequence[WorklistFilter]) -> tuple[int, ...]:
    """How many leads each filter wants, as :func:`count_listed` counts them, in one query.

    Nobody acts on the difference between 40,000 and 41,000 leads, and counting them would take
    longer than showing the page.
    """
    found = found_by({one.search for one in wanted}, store)
    query = _counts(tuple(wanted)) if not found else _count_found(wanted, found)
    with store.engine.connect() as connection:
        return tuple(connection.execute(query).one())


@lru_cache(maxsize=32)  # Half of the time it took to count what everybody's tabs show.
def _counts(wanted: tuple[WorklistFilter, ...]) -> Select[*tuple[int, ...]]:
    return _count_found(wanted, {})


def _count_found(wanted: Sequence[WorklistFilter], found: Found) -> Select[*tuple[int, ...]]:
    return select(*(_count(one, found) for one in wanted))


def _count(wanted: WorklistFilter, found: Found) -> ScalarSelect[int]:
    listed = select(lead_state.c.lead_id).select_from(lead_state)
    if wanted.queue is not None or wanted.overdue is not None:
        listed = listed.outerjoin(hand_over, THIS_CYCLE)
    conditions = _conditions(wanted, found)
    parts = union_all(*(listed.where(*conditions, part) for part in _parts(wanted)))
    some = parts.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def read_standing(store: Store, lead_id: str) -> tuple[LeadState, LeadPerson] | None:
    """Where one lead stands, and who it is; None where there is no such lead."""
    query = _STATES.where(lead_state.c.lead_id == lead_id)
    with store.engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else _with_person(row)


def read_standings(store: Store, lead_ids: Collection[str]) -> list[tuple[LeadState, LeadPerson]]:
    """Where some leads stand, and who they are, the likeliest first."""
    asked = _STATES.where(lead_state.c.lead_id.in_(each_of(lead_ids, store)))
    with store.engine.connect() as connection:
        return [_with_person(row) for row in _likeliest_first(connection.execute(asked).all())]


def _likeliest_first(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return sorted(rows, key=lambda row: (row.priority, row.lead_id), reverse=True)


def _sort_key(sort: Sort, store: Store) -> ColumnElement[Any]:
    if sort is Sort.WAITING:
        return func.coalesce(type_coerce(lead_state.c.handed_over_at, BigInteger), _NEVER)
    if sort is Sort.OWNER:
        owner = func.coalesce(lead_state.c.owner, _NOBODY)
        # Character by character, as SQLite does: a language's order would not put nobody last.
        return owner if store.engine.dialect.name == "sqlite" else owner.collate("C")
    return lead_state.c.priority


def _last_known(attribute: str) -> ScalarSelect[Any]:
    """What is known of a lead by now."""
    return (
        select(fact.c.value)
        .where(fact.c.lead_id == lead_state.c.lead_id, fact.c.attribute == attribute)
        .order_by(fact.c.known_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _parts(wanted: WorklistFilter) -> tuple[ColumnElement[bool], ...]:
    """Conditions of which each wanted lead meets one: an index leads through those by priority."""
    queues = (true(),) if wanted.queue is None else queued(*wanted.queue)
    either = (True,) if wanted.listed_only else (True, False)
    return tuple(and_(lead_state.c.listed.is_(listed), one) for listed in either for one in queues)


def _conditions(wanted: WorklistFilter, found: Found) -> list[ColumnElement[bool]]:
    """What else a wanted lead must meet."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.team is not None:
        conditions.append(lead_state.c.team == wanted.team)
    if wanted.owners is not None:
        conditions.append(lead_state.c.owner.in_(wanted.owners))
    if wanted.overdue is not None:
        conditions += queued(Queue.OVERDUE, wanted.overdue)
    if wanted.owner is not None:
        conditions.append(lead_state.c.owner == wanted.owner)
    if wanted.fact is not None:
        conditions.append(_last_known(wanted.fact[0]) == wanted.fact[1])
    if wanted.ended is not None:
        conditions.append(lead_state.c.ended == wanted.ended)
    if wanted.verdict is not None:
        conditions.append(lead_state.c.verdict == wanted.verdict)
    if wanted.reached is not None:
        conditions.append(lead_state.c.reached == wanted.reached)
    if wanted.waiting:
        conditions.append(waits_for_an_answer())
    if wanted.search:
        conditions.append(found[wanted.search])
    return conditions


def _with_person(row: Sequence[Any]) -> tuple[LeadState, LeadPerson]:
    """A row of :data:`_STATES`, whose columns stand as the fields of both do."""
    of_lead = len(LeadState._fields)
    return LeadState._make(row[:of_lead]), LeadPerson._make(row[of_lead:])
