"""What people are found by, kept beside them: one text a person, indexed for parts of words.

SQLite finds the trigrams of a text in a full-text index that triggers keep (migration 0017),
PostgreSQL in an index of ``pg_trgm`` where that extension may be used. What is shorter than a
trigram, or where there is no index, is looked for in all texts.
"""

from collections.abc import Collection

import pyarrow as pa
from sqlalchemy import Connection, Engine, Select, column, delete, insert, select, table
from sqlalchemy import text as sql_text

from features.core.parsing.search_text import FIELDS, fold, search_text
from features.store.schema import person, person_search

_INDEX = table("person_trigram", column("rowid"))

ESCAPE = "\\"

TRIGRAM = 3
"""Characters from which on the index helps."""


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


def person_holds(typed: str) -> Select[tuple[str]]:
    """Query for the ids of leads whose person is found by what somebody typed, text by text."""
    holds = person_search.c.text.like(f"%{_escaped(fold(typed))}%", escape=ESCAPE)
    return select(person_search.c.lead_id).where(holds)


def find_people(engine: Engine, typed: str) -> Select[tuple[str]]:
    """The same, found by the index where it helps."""
    query, folded = person_holds(typed), fold(typed)
    if engine.dialect.name != "sqlite" or len(folded) < TRIGRAM:
        return query
    starts = range(len(folded) - TRIGRAM + 1)
    trigrams = [folded[at : at + TRIGRAM].replace('"', '""') for at in starts]
    wanted = " ".join(f'"{trigram}"' for trigram in dict.fromkeys(trigrams))
    matches = sql_text("person_trigram MATCH :trigrams").bindparams(trigrams=wanted)
    # Joined, not asked with IN: whoever wants a few is not kept waiting for all.
    return query.join(_INDEX, _INDEX.c.rowid == person_search.c.search_id).where(matches)


def _escaped(text: str) -> str:
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text
