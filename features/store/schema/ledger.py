"""The ledger: definitions, releases, decisions, runs, and who did what."""

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
    LargeBinary,
    Table,
    Text,
    text,
)

from features.store.schema.columns import KEY_TEXT, METADATA, ROW_NUMBER, UtcSecond

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
        # What the third judge of a trial says; null unless one is agreed.
        pa.field("learned_points", pa.float64()),
        pa.field("learned_qualification", pa.string()),
    ]
)
"""Arrow columns of the decision table, without the number the database gives each row."""

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
    Column("learned_points", Double),
    Column("learned_qualification", Text),
    Index("ix_decision_lead_id_decision_id", "lead_id", "decision_id"),
    # A month's probabilities without touching the rows, which carry a vector of every feature.
    Index("ix_decision_as_of_lead_id", "as_of", "lead_id", "decision_id", "probability"),
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

# Entries are only ever added: triggers of the migration refuse everything else, but for the
# forgetting of a lead. serving/ledger/access/audit.py says what the hashes are of.
audit = Table(
    "audit",
    METADATA,
    Column("audit_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("happened_at", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text),
    Column("on_behalf_of", Text),
    Column("nonce", Text),
    Column("content_hash", Text, nullable=False),
    Column("chain_hash", Text, nullable=False),
)
