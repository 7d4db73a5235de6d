"""Facts found by their value: the leads of one account.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SHORT_VALUE = sa.text("length(value) <= 200")


def upgrade() -> None:
    """Index short values of facts."""
    op.create_index(
        "ix_fact_attribute_value",
        "fact",
        ["attribute", "value"],
        sqlite_where=SHORT_VALUE,
        postgresql_where=SHORT_VALUE,
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_fact_attribute_value", "fact")
