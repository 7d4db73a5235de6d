"""Passwords of one's own, a second factor, when a session was last used, and one-time tokens.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

OF_USER = ("must_set_password", "totp_secret", "totp_step")


def upgrade() -> None:
    """Add columns and table; who is signed in signs in once again."""
    # Added one by one and not by copying the table, whose sessions would go with it on SQLite.
    op.add_column(
        "user",
        sa.Column("must_set_password", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("user", sa.Column("totp_secret", sa.Text()))
    op.add_column("user", sa.Column("totp_step", sa.BigInteger()))
    op.add_column(
        "session", sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "one_time_token",
        sa.Column("token_hash", KEY_TEXT, nullable=False),
        sa.Column("login", KEY_TEXT, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('password', 'code')", name=op.f("ck_one_time_token_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["login"],
            ["user.login"],
            name=op.f("fk_one_time_token_login"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_token")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("one_time_token")
    op.drop_column("session", "seen_at")
    for name in reversed(OF_USER):
        op.drop_column("user", name)
