"""Agreed versions of the definition, in their order.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Written out again, not imported: a migration must not change when today's schema does.
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "agreed_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", KEY_TEXT, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("adopted_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Integer()),
        sa.CheckConstraint("number >= 1", name=op.f("ck_agreed_version_counted")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_agreed_version")),
        sa.ForeignKeyConstraint(
            ["version"], ["definition_version.version"], name=op.f("fk_agreed_version_version")
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["agreed_version.number"], name=op.f("fk_agreed_version_replaces")
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("agreed_version")
