"""The first tables: leads and what is known of them, releases, decisions, runs.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out again, not imported: a migration must not change when today's schema does.
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, those referred to first."""
    _create_lead()
    _create_person()
    _create_fact()
    _create_event()
    _create_outcome()
    _create_hand_over()
    _create_definition_version()
    _create_release()
    _create_champion()
    _create_promotion()
    _create_decision()
    _create_run()


def downgrade() -> None:
    """Drop all tables, those that refer first."""
    for table in (
        "run",
        "decision",
        "promotion",
        "champion",
        "release",
        "definition_version",
        "hand_over",
        "outcome",
        "event",
        "fact",
        "person",
        "lead",
    ):
        op.drop_table(table)


def _create_lead() -> None:
    op.create_table(
        "lead",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("day_only", sa.Boolean(), nullable=False),
        sa.Column("arrival", sa.Double()),
        sa.Column("hubspot_id", sa.Text()),
        sa.Column("salesforce_id", sa.Text()),
        sa.CheckConstraint("lead_id <> ''", name=op.f("ck_lead_named")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_lead")),
        sqlite_with_rowid=False,
    )


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("company", sa.Text()),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_person_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_person")),
        sqlite_with_rowid=False,
    )


def _create_fact() -> None:
    op.create_table(
        "fact",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("attribute", KEY_TEXT, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("honest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_fact_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", "attribute", "known_at", name=op.f("pk_fact")),
        sqlite_with_rowid=False,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", KEY_TEXT, nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double()),
        sa.CheckConstraint("actor IN ('lead', 'sales')", name=op.f("ck_event_actor")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_event_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", "occurred_at", "event_id", name=op.f("pk_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_event_id")),
        sqlite_with_rowid=False,
    )


def _create_outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("stage", KEY_TEXT, nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("comment", sa.Text()),
        sa.Column("easy_to_act_on", sa.Boolean()),
        sa.Column("by", sa.Text()),
        sa.Column("value", sa.Double()),
        sa.CheckConstraint(
            "stage IN ('accepted', 'returned', 'opportunity', 'won', 'lost')",
            name=op.f("ck_outcome_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_outcome_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", "stage", "occurred_at", name=op.f("pk_outcome")),
        sqlite_with_rowid=False,
    )


def _create_hand_over() -> None:
    op.create_table(
        "hand_over",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", sa.BigInteger(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Double()),
        sa.Column("definition_version", sa.Text()),
        sa.Column("release_id", sa.Text()),
        sa.CheckConstraint(
            "qualification IN ('MQL', 'SQL')", name=op.f("ck_hand_over_qualification")
        ),
        sa.CheckConstraint(
            "\"by\" IN ('rulebook', 'model', 'exploration', 'person')", name=op.f("ck_hand_over_by")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_hand_over_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", "cycle", name=op.f("pk_hand_over")),
        sqlite_with_rowid=False,
    )


def _create_definition_version() -> None:
    op.create_table(
        "definition_version",
        sa.Column("version", KEY_TEXT, nullable=False),
        sa.Column("model_fingerprint", sa.Text(), nullable=False),
        sa.Column("agreement_fingerprint", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_definition_version")),
    )


def _create_release() -> None:
    op.create_table(
        "release",
        sa.Column("release_id", KEY_TEXT, nullable=False),
        sa.Column("definition_version", KEY_TEXT, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("data_cutoff", sa.BigInteger()),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("passed_gate", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_version"],
            ["definition_version.version"],
            name=op.f("fk_release_definition_version"),
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
    )


def _create_champion() -> None:
    op.create_table(
        "champion",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("release_id", KEY_TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint('"only" = 1', name=op.f("ck_champion_one_row")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.release_id"], name=op.f("fk_champion_release_id")
        ),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_champion")),
    )


def _create_promotion() -> None:
    op.create_table(
        "promotion",
        sa.Column("promotion_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("release_id", KEY_TEXT, nullable=False),
        sa.Column("promoted_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.release_id"], name=op.f("fk_promotion_release_id")
        ),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotion")),
    )


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("decision_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text()),
        sa.Column("definition_version", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text()),
        sa.Column("probability", sa.Double()),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("rulebook_points", sa.Double(), nullable=False),
        sa.Column("rulebook_qualification", sa.Text(), nullable=False),
        sa.Column("feature_vector", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
    )
    op.create_index(
        "ix_decision_lead_id_decision_id", "decision", ["lead_id", "decision_id"], unique=False
    )


def _create_run() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", KEY_TEXT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'refused', 'failed')", name=op.f("ck_run_state")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index(
        "ix_run_running",
        "run",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
