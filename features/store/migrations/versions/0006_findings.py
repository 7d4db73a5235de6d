"""What runs found, as records that pages read, and decisions by the instant they look from.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "finding",
        sa.Column("kind", KEY_TEXT, nullable=False),
        sa.Column("subject", KEY_TEXT, nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_finding")),
    )
    op.create_index(
        "ix_decision_as_of_lead_id",
        "decision",
        ["as_of", "lead_id", "decision_id", "probability"],
        unique=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_decision_as_of_lead_id", table_name="decision")
    op.drop_table("finding")
