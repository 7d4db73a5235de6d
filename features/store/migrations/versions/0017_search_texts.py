"""How a name is read, and what people are found by however it is typed.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

# Not written out again: the texts must be folded as searches are today.
from features.core.parsing.search_text import FIELDS, search_text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ROWS_AT_ONCE = 5_000

_ADD = "INSERT INTO person_trigram (rowid, text) VALUES (new.search_id, new.text);"
_TAKE = (
    "INSERT INTO person_trigram (person_trigram, rowid, text) "
    "VALUES ('delete', old.search_id, old.text);"
)
TRIGGERS = {
    "INSERT": _ADD,
    "DELETE": _TAKE,
    "UPDATE": _TAKE + _ADD,
}


def upgrade() -> None:
    """Add the column, the texts and their index."""
    op.add_column("person", sa.Column("name_kana", sa.Text()))
    op.create_table(
        "person_search",
        sa.Column("search_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column(
            "lead_id",
            KEY_TEXT,
            sa.ForeignKey(
                "person.lead_id", name=op.f("fk_person_search_lead_id"), ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_person_search")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_person_search_lead_id")),
    )
    connection = op.get_bind()
    _fill(connection)
    if connection.dialect.name == "sqlite":
        _index_on_sqlite()
    else:
        _index_on_postgresql(connection)


def downgrade() -> None:
    """Drop them; an extension that was made stays."""
    if op.get_bind().dialect.name == "sqlite":
        for event in TRIGGERS:
            op.execute(f"DROP TRIGGER person_search_{event.lower()}")
        op.execute("DROP TABLE person_trigram")
    op.drop_table("person_search")
    op.drop_column("person", "name_kana")


def _fill(connection: sa.Connection) -> None:
    person = sa.table("person", sa.column("lead_id"), *(sa.column(name) for name in FIELDS))
    search = sa.table("person_search", sa.column("lead_id"), sa.column("text"))
    query = sa.select(person).order_by(person.c.lead_id).limit(ROWS_AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        texts = [{"lead_id": lead_id, "text": search_text(*fields)} for lead_id, *fields in rows]
        connection.execute(sa.insert(search), texts)
        rows = connection.execute(query.where(person.c.lead_id > rows[-1][0])).all()


def _index_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE person_trigram USING fts5(text, content='person_search', "
        "content_rowid='search_id', tokenize='trigram', detail='none')"
    )
    op.execute("INSERT INTO person_trigram (person_trigram) VALUES ('rebuild')")
    for event, body in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER person_search_{event.lower()} AFTER {event} ON person_search "
            f"BEGIN {body} END"
        )


def _index_on_postgresql(connection: sa.Connection) -> None:
    """Make the index where the extension is installed and this user may use it."""
    try:
        with connection.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute(
                "CREATE INDEX ix_person_search_text ON person_search USING gin (text gin_trgm_ops)"
            )
    except DBAPIError:
        # Searches then read all texts.
        return
