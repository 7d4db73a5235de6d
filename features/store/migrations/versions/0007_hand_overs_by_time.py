"""Hand-overs found by their time: how many there were this month.

Revision: 0007, after 0006.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the time of hand-overs."""
    op.create_index("ix_hand_over_handed_over_at", "hand_over", ["handed_over_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_hand_over_handed_over_at", "hand_over")
