"""What was written into a CRM, and which account it is; refusals are read from the outbox.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from features.store.schema.columns import KEY_TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the values and the account; a dead message of the outbox tells a refusal and why."""
    op.add_column("crm_push", sa.Column("written", sa.Text()))
    op.drop_column("crm_push", "problem")
    op.create_table(
        "crm_account",
        sa.Column("vendor", KEY_TEXT, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("first_met_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", name=op.f("pk_crm_account")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("crm_account")
    op.add_column("crm_push", sa.Column("problem", sa.Text()))
    op.drop_column("crm_push", "written")
