"""How far pulls from a CRM have come, and what was last pushed to it.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "crm_cursor",
        sa.Column("vendor", KEY_TEXT, nullable=False),
        sa.Column("stream", KEY_TEXT, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "stream", name=op.f("pk_crm_cursor")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "crm_push",
        sa.Column("vendor", KEY_TEXT, nullable=False),
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("pushed_at", sa.BigInteger()),
        sa.Column("logged_cycle", sa.Integer()),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("vendor", "lead_id", name=op.f("pk_crm_push")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("crm_push")
    op.drop_table("crm_cursor")
