"""Every table of the store, declared once for both databases.

Why ``lead_id`` sorts by bytes in PostgreSQL too (collation "C"): both databases then read tables in
the same order, and PostgreSQL can walk the key instead of sorting.

To change a table: 1. change it here; 2. add a file under ``migrations/versions`` that does the
same to an existing database; 3. a test compares the two on SQLite and on PostgreSQL.
"""

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from features.store.instants import UtcSecond
from features.store.words import ACTORS, HANDED_OVER_BY, QUALIFICATIONS, STAGES

PERSON = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("email", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("company", pa.string()),
    ]
)
"""Arrow columns of the person table: for display only, never read by a computation."""

DECISION = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("as_of", pa.int64(), nullable=False),
        pa.field("decided_at", pa.int64(), nullable=False),
        pa.field("run_id", pa.string()),
        pa.field("definition_version", pa.string(), nullable=False),
        # Null where only the rulebook judged, because there was no champion yet.
        pa.field("release_id", pa.string()),
        pa.field("probability", pa.float64()),
        pa.field("qualification", pa.string(), nullable=False),
        pa.field("rulebook_points", pa.float64(), nullable=False),
        pa.field("rulebook_qualification", pa.string(), nullable=False),
        # Little-endian float64 in the order of the release's catalogue; replay needs every bit.
        pa.field("feature_vector", pa.binary()),
    ]
)
"""Arrow columns of the decision table, without the number the database gives each row."""

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SHORT_VALUE_LENGTH = 200
"""Facts with no more characters than this are found by their value."""

KEY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is part of a key: compared byte by byte on both databases."""

ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database counts up; SQLite does so only for its own INTEGER."""


def _one_of(column: str, allowed: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in allowed)})"


def _lead_key(*, primary: bool = True) -> Column[str]:
    return Column(
        "lead_id",
        KEY_TEXT,
        ForeignKey("lead.lead_id", ondelete="CASCADE"),
        primary_key=primary,
        nullable=False,
    )


lead = Table(
    "lead",
    METADATA,
    Column("lead_id", KEY_TEXT, primary_key=True),
    Column("created_at", UtcSecond, nullable=False),
    Column("day_only", Boolean, nullable=False),
    Column("arrival", Double),
    Column("hubspot_id", Text),
    Column("salesforce_id", Text),
    # Bulk reads from SQLite put a row with an empty key first (see bulk.py).
    CheckConstraint("lead_id <> ''", name="named"),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    METADATA,
    _lead_key(),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("company", Text),
    sqlite_with_rowid=False,
)

fact = Table(
    "fact",
    METADATA,
    _lead_key(),
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
    _lead_key(),
    Column("occurred_at", UtcSecond, primary_key=True),
    Column("event_id", KEY_TEXT, primary_key=True, unique=True),
    Column("behaviour", Text, nullable=False),
    Column("known_at", UtcSecond, nullable=False),
    Column("actor", Text, nullable=False),
    Column("amount", Double),
    CheckConstraint(_one_of("actor", ACTORS), name="actor"),
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    METADATA,
    _lead_key(),
    Column("stage", KEY_TEXT, primary_key=True),
    Column("occurred_at", UtcSecond, primary_key=True),
    Column("known_at", UtcSecond, nullable=False),
    Column("reason", Text),
    Column("comment", Text),
    Column("easy_to_act_on", Boolean),
    Column("by", Text),
    Column("value", Double),
    CheckConstraint(_one_of("stage", STAGES), name="stage"),
    sqlite_with_rowid=False,
)

hand_over = Table(
    "hand_over",
    METADATA,
    _lead_key(),
    Column("cycle", Integer, primary_key=True),
    Column("handed_over_at", UtcSecond, nullable=False),
    Column("qualification", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("propensity", Double),
    Column("definition_version", Text),
    Column("release_id", Text),
    CheckConstraint(_one_of("qualification", QUALIFICATIONS), name="qualification"),
    # "by" is a reserved word in PostgreSQL.
    CheckConstraint(_one_of('"by"', HANDED_OVER_BY), name="by"),
    sqlite_with_rowid=False,
)

definition_version = Table(
    "definition_version",
    METADATA,
    Column("version", KEY_TEXT, primary_key=True),
    Column("model_fingerprint", Text, nullable=False),
    Column("agreement_fingerprint", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("recorded_at", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
)

release = Table(
    "release",
    METADATA,
    Column("release_id", KEY_TEXT, primary_key=True),
    Column(
        "definition_version", KEY_TEXT, ForeignKey("definition_version.version"), nullable=False
    ),
    Column("made_at", UtcSecond, nullable=False),
    Column("data_cutoff", UtcSecond),
    Column("folder", Text, nullable=False),
    Column("passed_gate", Boolean, nullable=False),
    Column("record", Text, nullable=False),
)

champion = Table(
    "champion",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("release_id", KEY_TEXT, ForeignKey("release.release_id"), nullable=False),
    Column("since", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint('"only" = 1', name="one_row"),
)

promotion = Table(
    "promotion",
    METADATA,
    Column("promotion_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("release_id", KEY_TEXT, ForeignKey("release.release_id"), nullable=False),
    Column("promoted_at", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
)

# No foreign keys here: a decision outlives its lead's erasure, and is written in bulk.
decision = Table(
    "decision",
    METADATA,
    Column("decision_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("lead_id", KEY_TEXT, nullable=False),
    Column("as_of", UtcSecond, nullable=False),
    Column("decided_at", UtcSecond, nullable=False),
    Column("run_id", Text),
    Column("definition_version", Text, nullable=False),
    Column("release_id", Text),
    Column("probability", Double),
    Column("qualification", Text, nullable=False),
    Column("rulebook_points", Double, nullable=False),
    Column("rulebook_qualification", Text, nullable=False),
    Column("feature_vector", LargeBinary),
    Index("ix_decision_lead_id_decision_id", "lead_id", "decision_id"),
)

run = Table(
    "run",
    METADATA,
    Column("run_id", KEY_TEXT, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("started_at", UtcSecond, nullable=False),
    Column("finished_at", UtcSecond),
    Column("state", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("detail", Text),
    CheckConstraint("state IN ('running', 'done', 'refused', 'failed')", name="state"),
)
# One run at a time: the second row in this state breaks the index, on both databases.
Index(
    "ix_run_running",
    run.c.state,
    unique=True,
    sqlite_where=text("state = 'running'"),
    postgresql_where=text("state = 'running'"),
)

user = Table(
    "user",
    METADATA,
    Column("login", KEY_TEXT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # The team whose leads a member of sales sees, a value of the attribute with that role.
    Column("team", Text),
    Column("language", Text),
    Column("password_hash", Text, nullable=False),
    Column("made_at", UtcSecond, nullable=False),
    Column("disabled_at", UtcSecond),
    CheckConstraint("role IN ('sales', 'marketing', 'data_science', 'admin')", name="role"),
)

# Kept here and not in the cookie, so that signing out and disabling an account work at once.
session = Table(
    "session",
    METADATA,
    Column("token_hash", KEY_TEXT, primary_key=True),
    Column("login", KEY_TEXT, ForeignKey("user.login", ondelete="CASCADE"), nullable=False),
    Column("started_at", UtcSecond, nullable=False),
    Column("ends_at", UtcSecond, nullable=False),
    Index("ix_session_login", "login"),
)

# Failed attempts only; what was typed is kept as a hash, since people type passwords there too.
sign_in_failure = Table(
    "sign_in_failure",
    METADATA,
    Column("failure_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("login_hash", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("failed_at", UtcSecond, nullable=False),
    Index("ix_sign_in_failure_failed_at", "failed_at"),
)

api_key = Table(
    "api_key",
    METADATA,
    Column("prefix", KEY_TEXT, primary_key=True),
    Column("secret_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("made_at", UtcSecond, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ends_at", UtcSecond, nullable=False),
    Column("revoked_at", UtcSecond),
    CheckConstraint("scope IN ('read', 'write')", name="scope"),
)

audit = Table(
    "audit",
    METADATA,
    Column("audit_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("happened_at", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text),
)

# Where each lead stands today, gathered from the ledger so that a list of a million leads is one
# walk along an index. Everything in it can be made again (see standing.py).
standing = Table(
    "standing",
    METADATA,
    Column("lead_id", KEY_TEXT, primary_key=True),
    Column("decision_id", BigInteger, nullable=False),
    Column("as_of", UtcSecond, nullable=False),
    Column("priority", Double, nullable=False),
    Column("probability", Double),
    Column("probability_before", Double),
    Column("qualification", Text, nullable=False),
    Column("qualification_before", Text),
    Column("rulebook_points", Double, nullable=False),
    Column("rulebook_qualification", Text, nullable=False),
    Column("cycle", Integer),
    Column("handed_over_at", UtcSecond),
    Column("verdict", Text),
    Column("verdict_at", UtcSecond),
    Column("reached", Text, nullable=False),
    Column("owner", Text),
    Column("team", Text),
    Column("listed", Boolean, nullable=False),
    Index("ix_standing_listed_priority_lead_id", "listed", "priority", "lead_id"),
    Index("ix_standing_team_listed_priority_lead_id", "team", "listed", "priority", "lead_id"),
    # Few of a million leads may have come so far: without this the walk for them is long.
    Index(
        "ix_standing_listed_reached_priority_lead_id", "listed", "reached", "priority", "lead_id"
    ),
    sqlite_with_rowid=False,
)
_IS_WAITING = "verdict IS NULL AND handed_over_at IS NOT NULL"
Index(
    "ix_standing_waiting",
    standing.c.listed,
    standing.c.priority,
    standing.c.lead_id,
    sqlite_where=text(_IS_WAITING),
    postgresql_where=text(_IS_WAITING),
)
