"""What is past is counted along an index, and so is the newest instant.

Revision: 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes: without them every page of the worklist walks through all leads."""
    op.create_index("ix_standing_as_of", "standing", ["as_of"])
    for name in ("ended", "verdict"):
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_standing_{name}",
            "standing",
            [name, "listed", "priority", "lead_id"],
            sqlite_where=given,
            postgresql_where=given,
        )


def downgrade() -> None:
    """Drop them."""
    for name in ("verdict", "ended", "as_of"):
        op.drop_index(f"ix_standing_{name}", "standing")
