"""What meetings decided: by whom, until when, and which KPI it is meant to move.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Written out again, not imported: a migration must not change when today's schema does.
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "meeting_decision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("month", KEY_TEXT, nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due", sa.Text()),
        sa.Column("kpi", sa.Text()),
        sa.Column("version", sa.Integer()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_meeting_decision")),
        sa.ForeignKeyConstraint(
            ["version"], ["agreed_version.number"], name=op.f("fk_meeting_decision_version")
        ),
    )
    op.create_index("ix_meeting_decision_month", "meeting_decision", ["month"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("meeting_decision")
