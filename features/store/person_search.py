"""What people are found by, kept beside them: one text a person, indexed for parts of words.

SQLite finds the trigrams of a text in a full-text index that triggers keep (migrations 0017, 0032);
one and two letters are the beginnings of trigrams. PostgreSQL finds single letters and pairs in an
index of the text's own, which needs no extension.
"""

import sys
from collections.abc import Collection

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    column,
    delete,
    false,
    insert,
    select,
    table,
)
from sqlalchemy import text as sql_text

from features.core.parsing.search_text import FIELDS, fold, search_text
from features.store.schema import person, person_search

_INDEX = table("person_trigram", column("rowid"))
_TERMS = table("person_trigram_term", column("term"))
"""The trigrams that any text holds."""

ESCAPE = "\\"

TRIGRAM = 3

MOST_TERMS = 2_000
"""What begins more trigrams than this is in so many texts that reading them soon finds enough."""

_LAST = chr(sys.maxunicode)


def search_rows(persons: pa.Table) -> pa.Table:
    """Rows of the table of search texts.

    Parameters
    ----------
    persons : pyarrow.Table
        Columns of :data:`features.store.schema.PERSON`.
    """
    values = zip(*(persons.column(name).to_pylist() for name in FIELDS), strict=True)
    texts = pa.array([search_text(*fields) for fields in values], pa.string())
    return pa.table({"lead_id": persons.column("lead_id"), "text": texts})


def refresh_search_texts(connection: Connection, lead_ids: Collection[str]) -> None:
    """Write anew what some people are found by, as they are stored; the caller commits."""
    query = select(person.c.lead_id, *(person.c[name] for name in FIELDS))
    rows = connection.execute(query.where(person.c.lead_id.in_(list(lead_ids)))).all()
    connection.execute(delete(person_search).where(person_search.c.lead_id.in_(list(lead_ids))))
    if rows:
        connection.execute(
            insert(person_search),
            [{"lead_id": lead_id, "text": search_text(*fields)} for lead_id, *fields in rows],
        )


def person_holds(typed: str) -> Select[str]:
    """Query for the ids of leads whose person is found by what somebody typed, text by text."""
    return select(person_search.c.lead_id).where(holds(person_search.c.text, typed))


def holds(text: ColumnElement[str], typed: str) -> ColumnElement[bool]:
    """Whether a search text holds what somebody typed."""
    return text.like(f"%{_escaped(fold(typed))}%", escape=ESCAPE)


def find_people(engine: Engine, typed: str) -> Select[str]:
    """The same, found by the index where it helps."""
    query, folded = person_holds(typed), fold(typed)
    is_short = 0 < len(folded) < TRIGRAM
    if engine.dialect.name != "sqlite":
        pairs = sorted({folded[at : at + 2] for at in range(len(folded) - 1)}) or [folded]
        indexed = sql_text("awase_grams(person_search.text) @> CAST(:grams AS text[])")
        return query.where(indexed.bindparams(grams=pairs)) if folded else query
    trigrams = _beginning_with(engine, folded) if is_short else _trigrams(folded)
    if is_short and not trigrams:
        return query.where(false())
    if not 0 < len(trigrams) <= MOST_TERMS:
        return query
    wanted = (" OR " if is_short else " ").join(f'"{one}"' for one in trigrams)
    matches = sql_text("person_trigram MATCH :trigrams").bindparams(trigrams=wanted)
    # Joined, not asked with IN: whoever wants a few is not kept waiting for all.
    return query.join(_INDEX, _INDEX.c.rowid == person_search.c.search_id).where(matches)


def _trigrams(folded: str) -> list[str]:
    """The trigrams of a text, each once, as a full-text query quotes them."""
    starts = range(len(folded) - TRIGRAM + 1)
    return [_quoted(one) for one in dict.fromkeys(folded[at : at + TRIGRAM] for at in starts)]


def _beginning_with(engine: Engine, folded: str) -> list[str]:
    """The trigrams of any text that begin so; one more than :data:`MOST_TERMS` of very many."""
    term = _TERMS.c.term
    query = select(term).where(term >= folded, term < folded + _LAST).limit(MOST_TERMS + 1)
    with engine.connect() as connection:
        return [_quoted(one) for one in connection.scalars(query)]


def _quoted(trigram: str) -> str:
    return trigram.replace('"', '""')


def _escaped(text: str) -> str:
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text
