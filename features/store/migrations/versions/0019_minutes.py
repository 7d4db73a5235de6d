"""What meetings decided, and changes of the agreement that somebody proposed.

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
    """Create the tables."""
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
    _proposals()


def _proposals() -> None:
    op.create_table(
        "change_proposal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("effective", sa.Text()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_change_proposal")),
        sa.ForeignKeyConstraint(
            ["replaces"], ["agreed_version.number"], name=op.f("fk_change_proposal_replaces")
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["agreed_version.number"], name=op.f("fk_change_proposal_version")
        ),
    )
    op.create_table(
        "proposal_remark",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("approves_for", sa.Text()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proposal_remark")),
        sa.ForeignKeyConstraint(
            ["proposal"], ["change_proposal.number"], name=op.f("fk_proposal_remark_proposal")
        ),
    )
    op.create_index("ix_proposal_remark_proposal", "proposal_remark", ["proposal"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("proposal_remark")
    op.drop_table("change_proposal")
    op.drop_table("meeting_decision")
