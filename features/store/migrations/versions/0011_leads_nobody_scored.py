"""Every lead stands somewhere, also one that was never decided about; and how a lead ended.

Revision: 0011, after 0010.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

OF_A_DECISION: dict[str, sa.types.TypeEngine[Any]] = {
    "decision_id": sa.BigInteger(),
    "as_of": sa.BigInteger(),
    "qualification": sa.Text(),
    "rulebook_points": sa.Double(),
    "rulebook_qualification": sa.Text(),
    "reached": sa.Text(),
}
"""Columns that say nothing of a lead nobody scored."""

INDEXES = {
    "ix_standing_listed_priority_lead_id": ["listed", "priority", "lead_id"],
    "ix_standing_team_listed_priority_lead_id": ["team", "listed", "priority", "lead_id"],
    "ix_standing_listed_reached_priority_lead_id": ["listed", "reached", "priority", "lead_id"],
    "ix_standing_owner": ["owner"],
}


def upgrade() -> None:
    """Let those columns be empty, and add how a lead ended."""
    _alter(nullable=True)


def downgrade() -> None:
    """Leave only leads that were decided about."""
    op.execute("DELETE FROM standing WHERE decision_id IS NULL OR reached IS NULL")
    _alter(nullable=False)


def _alter(*, nullable: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _copy(nullable=nullable)
        return
    for name, kind in OF_A_DECISION.items():
        op.alter_column("standing", name, existing_type=kind, nullable=nullable)
    if nullable:
        op.add_column("standing", sa.Column("ended", sa.Text()))
    else:
        op.drop_column("standing", "ended")


def _copy(*, nullable: bool) -> None:
    """SQLite changes a column only by copying its table."""
    for index in (*INDEXES, "ix_standing_waiting"):
        op.drop_index(index, "standing")
    op.rename_table("standing", "standing_before")
    columns = _columns(nullable=nullable)
    kept = ", ".join(column.name for column in columns if column.name != "ended")
    op.create_table(
        "standing",
        *columns,
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_standing")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO standing ({kept}) SELECT {kept} FROM standing_before")
    op.drop_table("standing_before")
    for index, indexed in INDEXES.items():
        op.create_index(index, "standing", indexed)
    op.create_index(
        "ix_standing_waiting",
        "standing",
        ["listed", "priority", "lead_id"],
        sqlite_where=sa.text("verdict IS NULL AND handed_over_at IS NOT NULL"),
    )


def _columns(*, nullable: bool) -> list[sa.Column[Any]]:
    decided = {
        name: sa.Column(name, kind, nullable=nullable) for name, kind in OF_A_DECISION.items()
    }
    return [
        sa.Column("lead_id", KEY_TEXT, nullable=False),
        decided["decision_id"],
        decided["as_of"],
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("probability_before", sa.Double()),
        decided["qualification"],
        sa.Column("qualification_before", sa.Text()),
        decided["rulebook_points"],
        decided["rulebook_qualification"],
        sa.Column("cycle", sa.Integer()),
        sa.Column("handed_over_at", sa.BigInteger()),
        sa.Column("verdict", sa.Text()),
        sa.Column("verdict_at", sa.BigInteger()),
        decided["reached"],
        *([sa.Column("ended", sa.Text())] if nullable else []),
        sa.Column("owner", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("listed", sa.Boolean(), nullable=False),
    ]
