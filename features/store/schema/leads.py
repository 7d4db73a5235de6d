"""The lead tables: what happened, what became known, what came of it."""

import pyarrow as pa
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from features.store.schema.columns import (
    ACTORS,
    HANDED_OVER_BY,
    KEY_TEXT,
    METADATA,
    QUALIFICATIONS,
    ROW_NUMBER,
    STAGES,
    UtcSecond,
    lead_key,
    one_of,
)

PERSON = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("name_kana", pa.string()),
        pa.field("email", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("company", pa.string()),
    ]
)
"""Arrow columns of the person table: for display only, never read by a computation."""

SHORT_VALUE_LENGTH = 200
"""Facts with no more characters than this are found by their value."""

lead = Table(
    "lead",
    METADATA,
    Column("lead_id", KEY_TEXT, primary_key=True),
    Column("created_at", UtcSecond, nullable=False),
    Column("day_only", Boolean, nullable=False),
    Column("arrival", Double),
    # Bulk reads from SQLite put a row with an empty key first (see bulk.py).
    CheckConstraint("lead_id <> ''", name="named"),
    # Which months do the tables reach over? Asked by home and review.
    Index("ix_lead_created_at", "created_at"),
    sqlite_with_rowid=False,
)

# Which record of a CRM a lead is; what a CRM forgets or merges is told by its id.
lead_external_id = Table(
    "lead_external_id",
    METADATA,
    lead_key(),
    Column("vendor", KEY_TEXT, primary_key=True),
    Column("external_id", Text, nullable=False),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    METADATA,
    lead_key(),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("company", Text),
    # How the name is read.
    Column("name_kana", Text),
    sqlite_with_rowid=False,
)

# What people are found by (see person_search.py). Numbered: SQLite's index knows rows by number.
person_search = Table(
    "person_search",
    METADATA,
    Column("search_id", ROW_NUMBER, Identity(), primary_key=True),
    Column(
        "lead_id",
        KEY_TEXT,
        ForeignKey("person.lead_id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("text", Text, nullable=False),
)

fact = Table(
    "fact",
    METADATA,
    lead_key(),
    Column("attribute", KEY_TEXT, primary_key=True),
    Column("known_at", UtcSecond, primary_key=True),
    Column("value", Text),
    Column("honest", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

_IS_SHORT = text(f"length(value) <= {SHORT_VALUE_LENGTH}")
# Who else is at this account? Long values, which PostgreSQL cannot index, name no account.
Index(
    "ix_fact_attribute_value",
    fact.c.attribute,
    fact.c.value,
    sqlite_where=_IS_SHORT,
    postgresql_where=_IS_SHORT,
)

# Clustered by lead and time: one lead's history is one stretch of the file.
event = Table(
    "event",
    METADATA,
    lead_key(),
    Column("occurred_at", UtcSecond, primary_key=True),
    Column("event_id", KEY_TEXT, primary_key=True, unique=True),
    Column("behaviour", Text, nullable=False),
    Column("known_at", UtcSecond, nullable=False),
    Column("actor", Text, nullable=False),
    Column("amount", Double),
    CheckConstraint(one_of("actor", ACTORS), name="actor"),
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    METADATA,
    lead_key(),
    Column("stage", KEY_TEXT, primary_key=True),
    Column("occurred_at", UtcSecond, primary_key=True),
    Column("known_at", UtcSecond, nullable=False),
    Column("reason", Text),
    Column("comment", Text),
    Column("easy_to_act_on", Boolean),
    Column("by", Text),
    Column("value", Double),
    CheckConstraint(one_of("stage", STAGES), name="stage"),
    # How many, and which is the newest? A review is out of date when the answer moves.
    Index("ix_outcome_known_at", "known_at"),
    sqlite_with_rowid=False,
)

# What deals said of their leads, and when they took it back: exports tell what stands now.
outcome_history = Table(
    "outcome_history",
    METADATA,
    lead_key(),
    Column("stage", KEY_TEXT, primary_key=True),
    Column("occurred_at", UtcSecond, primary_key=True),
    # Empty where no deal was named: taken back by hand or through the API.
    Column("deal", KEY_TEXT, primary_key=True),
    Column("known_at", UtcSecond, nullable=False),
    Column("reason", Text),
    Column("by", Text),
    Column("value", Double),
    Column("withdrawn_at", UtcSecond),
    sqlite_with_rowid=False,
)
Index("ix_outcome_history_deal", outcome_history.c.deal)

# What people wrote about a lead, apart from their answers: no answer, no reason, read by no model.
note = Table(
    "note",
    METADATA,
    lead_key(),
    Column("written_at", UtcSecond, primary_key=True),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

hand_over = Table(
    "hand_over",
    METADATA,
    lead_key(),
    Column("cycle", Integer, primary_key=True),
    Column("handed_over_at", UtcSecond, nullable=False),
    Column("qualification", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("propensity", Double),
    Column("definition_version", Text),
    Column("release_id", Text),
    CheckConstraint(one_of("qualification", QUALIFICATIONS), name="qualification"),
    # "by" is a reserved word in PostgreSQL.
    CheckConstraint(one_of('"by"', HANDED_OVER_BY), name="by"),
    # How many this month? Asked at every crossing.
    Index("ix_hand_over_handed_over_at", "handed_over_at"),
    sqlite_with_rowid=False,
)
