"""A third judge of a trial: what the learned rulebook says of a lead, and what it hands over.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

from features.store.schema.columns import KEY_TEXT

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TODAY = ("rulebook", "model", "exploration", "person")
WITH_LEARNED = ("rulebook", "model", "learned_rulebook", "exploration", "person")


def upgrade() -> None:
    """Add its points and its qualification to decisions, and its name to hand-overs."""
    op.add_column("decision", sa.Column("learned_points", sa.Double()))
    op.add_column("decision", sa.Column("learned_qualification", sa.Text()))
    _allow(WITH_LEARNED)


def downgrade() -> None:
    """Take both away; what it handed over counts as the rulebook's."""
    op.execute("UPDATE hand_over SET \"by\" = 'rulebook' WHERE \"by\" = 'learned_rulebook'")
    _allow(TODAY)
    op.drop_column("decision", "learned_qualification")
    op.drop_column("decision", "learned_points")


def _allow(names: tuple[str, ...]) -> None:
    """Let only some hand leads over."""
    listed = ", ".join(f"'{name}'" for name in names)
    rule = f'"by" IN ({listed})'
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_hand_over_by"), "hand_over", type_="check")
        op.create_check_constraint(op.f("ck_hand_over_by"), "hand_over", rule)
        return
    # SQLite changes no constraint: the table is made anew, all of it.
    op.drop_index("ix_hand_over_handed_over_at", "hand_over")
    op.rename_table("hand_over", "hand_over_before")
    _create(rule)
    op.execute("INSERT INTO hand_over SELECT * FROM hand_over_before")
    op.drop_table("hand_over_before")
    op.create_index("ix_hand_over_handed_over_at", "hand_over", ["handed_over_at"])


def _create(rule: str) -> None:
    op.create_table(
        "hand_over",
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", sa.BigInteger(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Double()),
        sa.Column("definition_version", sa.Text()),
        sa.Column("release_id", sa.Text()),
        sa.CheckConstraint(
            "qualification IN ('MQL', 'SQL')", name=op.f("ck_hand_over_qualification")
        ),
        sa.CheckConstraint(rule, name=op.f("ck_hand_over_by")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.lead_id"], name=op.f("fk_hand_over_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead_id", "cycle", name=op.f("pk_hand_over")),
        sqlite_with_rowid=False,
    )
