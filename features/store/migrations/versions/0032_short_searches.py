"""One and two letters are found by an index, too.

Revision: 0032, after 0031.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INDEXED = {
    # Two line ends behind each text: then every letter of it begins a trigram, the last one, too.
    "after": ("person_trigram_text", "{row}.text || char(10) || char(10)"),
    "before": ("person_search", "{row}.text"),
}

_GRAMS = """
CREATE FUNCTION awase_grams(held text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$
  SELECT array_agg(DISTINCT substr(held, start, length))
  FROM generate_series(1, length(held)) AS start, generate_series(1, 2) AS length
$$
"""


def upgrade() -> None:
    """Index the end of each text on SQLite, and letters and pairs of them on PostgreSQL."""
    if op.get_bind().dialect.name == "postgresql":
        # Pairs of letters find longer words as well as trigrams, and need no extension.
        op.execute("DROP INDEX IF EXISTS ix_person_search_text")
        op.execute(_GRAMS)
        op.execute(
            "CREATE INDEX ix_person_search_text_grams ON person_search"
            " USING gin (awase_grams(text))"
        )
        return
    _drop()
    op.execute(
        "CREATE VIEW person_trigram_text AS"
        " SELECT search_id, text || char(10) || char(10) AS text FROM person_search"
    )
    _index("after")
    op.execute("CREATE VIRTUAL TABLE person_trigram_term USING fts5vocab(person_trigram, row)")


def downgrade() -> None:
    """Index the texts alone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_person_search_text_grams")
        op.execute("DROP FUNCTION awase_grams")
        # Without the trigrams of 0017 searches read all texts, as where their extension is missing.
        return
    op.execute("DROP TABLE person_trigram_term")
    _drop()
    op.execute("DROP VIEW person_trigram_text")
    _index("before")


def _drop() -> None:
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER person_search_{event}")
    op.execute("DROP TABLE person_trigram")


def _index(which: str) -> None:
    content, text = _INDEXED[which]
    op.execute(
        f"CREATE VIRTUAL TABLE person_trigram USING fts5(text, content='{content}', "
        "content_rowid='search_id', tokenize='trigram', detail='none')"
    )
    op.execute("INSERT INTO person_trigram (person_trigram) VALUES ('rebuild')")
    new, old = text.format(row="new"), text.format(row="old")
    add = f"INSERT INTO person_trigram (rowid, text) VALUES (new.search_id, {new});"
    take = (
        "INSERT INTO person_trigram (person_trigram, rowid, text) "
        f"VALUES ('delete', old.search_id, {old});"
    )
    for event, body in (("INSERT", add), ("DELETE", take), ("UPDATE", take + add)):
        op.execute(
            f"CREATE TRIGGER person_search_{event.lower()} AFTER {event} ON person_search "
            f"BEGIN {body} END"
        )
