"""What deals said of their leads, so that a later export can take it back.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the history of outcomes by deal."""
    op.create_table(
        "outcome_history",
        sa.Column(
            "lead_id",
            KEY_TEXT,
            sa.ForeignKey(
                "lead.lead_id", name=op.f("fk_outcome_history_lead_id"), ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("stage", KEY_TEXT, nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("deal", KEY_TEXT, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("by", sa.Text()),
        sa.Column("value", sa.Double()),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "lead_id", "stage", "occurred_at", "deal", name=op.f("pk_outcome_history")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outcome_history_deal", "outcome_history", ["deal"])


def downgrade() -> None:
    """Forget what was taken back."""
    op.drop_table("outcome_history")
