"""Notes on leads, apart from what sales answer.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "note",
        sa.Column(
            "lead_id",
            KEY_TEXT,
            sa.ForeignKey("lead.lead_id", name=op.f("fk_note_lead_id"), ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "written_at", name=op.f("pk_note")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("note")
