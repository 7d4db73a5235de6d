"""People who sign in, keys, what they did, and where each lead stands.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out again, not imported: a migration must not change when today's schema does.
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, those referred to first."""
    _create_user()
    _create_session()
    _create_sign_in_failure()
    _create_api_key()
    _create_audit()
    _create_standing()


def downgrade() -> None:
    """Drop all tables, those that refer first."""
    for table in ("standing", "audit", "api_key", "sign_in_failure", "session", "user"):
        op.drop_table(table)


def _create_user() -> None:
    op.create_table(
        "user",
        sa.Column("login", KEY_TEXT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.CheckConstraint(
            "role IN ('sales', 'marketing', 'data_science', 'admin')", name=op.f("ck_user_role")
        ),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_user")),
    )


def _create_session() -> None:
    op.create_table(
        "session",
        sa.Column("token_hash", KEY_TEXT, nullable=False),
        sa.Column("login", KEY_TEXT, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"], ["user.login"], name=op.f("fk_session_login"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_login", "session", ["login"], unique=False)


def _create_sign_in_failure() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("failure_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("login_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_failed_at", "sign_in_failure", ["failed_at"], unique=False)


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("prefix", KEY_TEXT, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.CheckConstraint("scope IN ('read', 'write')", name=op.f("ck_api_key_scope")),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_api_key")),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("audit_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )


def _create_standing() -> None:
    op.create_table(
        "standing",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("probability_before", sa.Double()),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("qualification_before", sa.Text()),
        sa.Column("rulebook_points", sa.Double(), nullable=False),
        sa.Column("rulebook_qualification", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer()),
        sa.Column("handed_over_at", sa.BigInteger()),
        sa.Column("verdict", sa.Text()),
        sa.Column("verdict_at", sa.BigInteger()),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_standing")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_standing_listed_priority_lead_id",
        "standing",
        ["listed", "priority", "lead_id"],
        unique=False,
    )
    op.create_index(
        "ix_standing_team_listed_priority_lead_id",
        "standing",
        ["team", "listed", "priority", "lead_id"],
        unique=False,
    )
    op.create_index(
        "ix_standing_listed_reached_priority_lead_id",
        "standing",
        ["listed", "reached", "priority", "lead_id"],
        unique=False,
    )
    is_waiting = sa.text("verdict IS NULL AND handed_over_at IS NOT NULL")
    op.create_index(
        "ix_standing_waiting",
        "standing",
        ["listed", "priority", "lead_id"],
        unique=False,
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
