"""What the tables of every group are declared with: names, keys, allowed words."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is part of a key: compared byte by byte on both databases."""

ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database counts up; SQLite does so only for its own INTEGER."""


def one_of(column: str, allowed: tuple[str, ...]) -> str:
    """The text of a check that a column holds one of a few words."""
    return f"{column} IN ({', '.join(repr(word) for word in allowed)})"


def lead_key() -> Column[str]:
    """The column of a table whose rows go when their lead goes."""
    return Column(
        "lead_id",
        KEY_TEXT,
        ForeignKey("lead.lead_id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    )
