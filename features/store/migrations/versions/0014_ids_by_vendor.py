"""A lead's ids in the CRMs by vendor, so that one more CRM is no more column.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

VENDORS = ("hubspot", "salesforce")
"""The CRMs that had a column of the lead table each."""


def upgrade() -> None:
    """Move the columns' ids into a table of their own."""
    op.create_table(
        "lead_external_id",
        sa.Column(
            "lead_id",
            KEY_TEXT,
            sa.ForeignKey(
                "lead.lead_id",
                name=op.f("fk_lead_external_id_lead_id"),
                ondelete="CASCADE",
            ),
            nullable=False,
        ),
        sa.Column("vendor", KEY_TEXT, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "vendor", name=op.f("pk_lead_external_id")),
        sqlite_with_rowid=False,
    )
    for vendor in VENDORS:
        op.execute(
            "INSERT INTO lead_external_id (lead_id, vendor, external_id) "
            f"SELECT lead_id, '{vendor}', {vendor}_id FROM lead WHERE {vendor}_id IS NOT NULL"
        )
        # Not a batch, which would drop SQLite's table and with it every row that refers to it.
        op.execute(f"ALTER TABLE lead DROP COLUMN {vendor}_id")


def downgrade() -> None:
    """Give the ids back to the columns."""
    for vendor in VENDORS:
        op.execute(f"ALTER TABLE lead ADD COLUMN {vendor}_id TEXT")
        op.execute(
            f"UPDATE lead SET {vendor}_id = (SELECT external_id FROM lead_external_id AS known "
            f"WHERE known.lead_id = lead.lead_id AND known.vendor = '{vendor}')"
        )
    op.drop_table("lead_external_id")
