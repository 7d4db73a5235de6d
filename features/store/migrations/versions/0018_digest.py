"""Who wants no digest.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; everybody gets the digest until they say otherwise."""
    op.add_column("user", sa.Column("digest_stopped_at", sa.BigInteger()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("user", "digest_stopped_at")
