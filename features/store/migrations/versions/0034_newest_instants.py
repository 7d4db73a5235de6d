"""The first and newest instants of leads and outcomes are the ends of an index.

Revision: 0034, after 0033.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes: without them home and review read all leads and outcomes."""
    op.create_index("ix_lead_created_at", "lead", ["created_at"])
    op.create_index("ix_outcome_known_at", "outcome", ["known_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_outcome_known_at", "outcome")
    op.drop_index("ix_lead_created_at", "lead")
