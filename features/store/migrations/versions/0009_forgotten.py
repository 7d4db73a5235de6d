"""What remains of leads that were forgotten.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "forgotten_lead",
        sa.Column("lead_hash", KEY_TEXT, nullable=False),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lead_hash", name=op.f("pk_forgotten_lead")),
    )
    op.create_table(
        "forgotten_count",
        sa.Column("month", sa.BigInteger(), nullable=False),
        sa.Column("kind", KEY_TEXT, nullable=False),
        sa.Column("name", KEY_TEXT, nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "kind", "name", name=op.f("pk_forgotten_count")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("forgotten_count")
    op.drop_table("forgotten_lead")
