"""Messages to other systems, and the channels they go through.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out again, not imported: a migration must not change when today's schema does.
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "outbox_channel",
        sa.Column("channel", KEY_TEXT, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("pause_reason", sa.Text()),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_outbox_channel")),
    )
    _create_outbox()
    op.create_index("ix_outbox_lead_id", "outbox", ["lead_id"])
    op.create_index(
        "ix_outbox_channel_record_message_id", "outbox", ["channel", "record", "message_id"]
    )
    op.create_index("ix_outbox_state_settled_at", "outbox", ["state", "settled_at"])
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "due_at", "message_id"],
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("outbox")
    op.drop_table("outbox_channel")


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("message_id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("channel", KEY_TEXT, nullable=False),
        sa.Column("external_id", KEY_TEXT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead_id", KEY_TEXT),
        sa.Column("record", KEY_TEXT),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text()),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("answer", sa.Text()),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'superseded', 'dead')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_outbox_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_outbox_channel_external_id")),
    )
