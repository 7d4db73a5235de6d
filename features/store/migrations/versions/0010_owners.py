"""Owners found without walking through all that they own.

Revision: 0010, after 0009.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index where leads stand by their owner."""
    op.create_index("ix_standing_owner", "standing", ["owner"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_standing_owner", "standing")
