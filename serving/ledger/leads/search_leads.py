"""Which leads a search finds, and the values by which lists are narrowed."""

import json
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from sqlalchemy import ARRAY, Column, ColumnElement, Select, Text, cast, func, or_, select, union

from features.core.parsing.search_text import fold
from features.store.person_search import find_people, holds
from features.store.schema import SHORT_VALUE_LENGTH, fact, lead_state, person_search
from features.store.store import Store

FEW_FOUND = 5_000
"""Of so many people whom a search finds, the leads are looked up before they are sorted; of a
million leads both ways then take about as long."""

Found = Mapping[str, ColumnElement[bool]]
"""Whether a lead is found, by what somebody typed."""


def found_by(searches: Collection[str], store: Store) -> Found:
    """Look up once what several lists are searched for."""
    return {search: _found(search, store) for search in searches if search}


def _found(search: str, store: Store) -> ColumnElement[bool]:
    """Whether a lead's person or owner holds a text, or it is the lead's id.

    Few leads are looked up first; where many people hold the text, they are found soonest along the
    list.
    """
    typed, lead_id = fold(search), lead_state.c.lead_id
    people = find_people(store.engine, search)
    owners = [owner for owner in read_values_of(store, "owner") if typed in fold(owner)]
    owned = select(lead_id).where(lead_state.c.owner.in_(owners))
    with store.engine.connect() as connection:
        few = connection.scalars(people.limit(FEW_FOUND + 1)).all()
    if len(few) > FEW_FOUND:
        # One text at a time: of EXISTS PostgreSQL may make a list of everybody first.
        text = select(person_search.c.text).where(person_search.c.lead_id == lead_id)
        is_held = holds(text.scalar_subquery(), search)
        return or_(is_held, lead_state.c.owner.in_(owners), lead_id == search)
    return lead_id.in_(union(each_of([*few, search], store), owned))


def each_of(values: Collection[str], store: Store) -> Select[str]:
    """Texts as rows: as parameters of their own they would be too many, and slower to pass on."""
    if store.engine.dialect.name == "sqlite":
        return select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)
    return select(func.unnest(cast(list(values), ARRAY(Text))))


def read_values_of(store: Store, column: Literal["owner", "team"]) -> tuple[str, ...]:
    """Read every owner or team of leads once, in order."""
    with store.engine.connect() as connection:
        return tuple(sorted(connection.scalars(_each_value(column))))


def read_values_known(store: Store, attribute: str) -> tuple[str, ...]:
    """Read every short value of an attribute once, in order."""
    with store.engine.connect() as connection:
        return tuple(sorted(connection.scalars(_each_known(attribute))))


@cache
def _each_value(column: Literal["owner", "team"]) -> Select[Any]:
    return _each(lead_state.c[column])


@lru_cache(maxsize=32)
def _each_known(attribute: str) -> Select[Any]:
    short = func.length(fact.c.value) <= SHORT_VALUE_LENGTH
    return _each(fact.c.value, fact.c.attribute == attribute, short)


def _each(column: Column[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    """Every value of an indexed column once: from each to the next, so a few hundred look-ups."""
    first = select(func.min(column).label("value")).where(*conditions)
    each = first.cte("each_value", recursive=True)
    following = select(func.min(column)).where(*conditions, column > each.c.value)
    following_value = select(following.scalar_subquery()).where(each.c.value.is_not(None))
    value = each.union_all(following_value).c.value
    return select(value).where(value.is_not(None))
