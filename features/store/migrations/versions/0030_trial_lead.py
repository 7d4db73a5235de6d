"""The lot of a trial.

Revision: 0030, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of leads that entered a trial."""
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "trial_lead",
        sa.Column("trial", key, nullable=False),
        sa.Column("lead_id", key, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("followed_until", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("rulebook_points", sa.Double()),
        sa.Column("merged_arms", sa.Boolean(), nullable=False),
        sa.Column("handed_over", sa.Boolean()),
        sa.Column("converted", sa.Boolean()),
        sa.Column("won", sa.Boolean()),
        sa.PrimaryKeyConstraint("trial", "lead_id", name=op.f("pk_trial_lead")),
    )
    op.create_index("ix_trial_lead_lead_id", "trial_lead", ["lead_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("trial_lead")
