"""What the tables of every group are declared with: names, keys, allowed words."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from features.core.clock import from_second, to_second

STAGES = ("accepted", "returned", "opportunity", "won", "lost")
"""What may become of a lead."""

QUALIFICATIONS = ("MQL", "SQL")
"""What a lead may be handed over as."""

HANDED_OVER_BY = ("rulebook", "model", "learned_rulebook", "exploration", "person")
"""Who may have handed a lead over."""

ACTORS = ("lead", "sales")
"""Who may have done something."""

MESSAGE_STATES = ("waiting", "delivered", "superseded", "dead")
"""What may have become of a message to another system."""

ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "event": {"actor": ACTORS},
    "outcome": {"stage": STAGES},
    "hand_over": {"qualification": QUALIFICATIONS, "by": HANDED_OVER_BY},
}
"""Columns with a list of words, by table."""


class UtcSecond(TypeDecorator[datetime]):
    """A timezone-aware datetime, kept as a BIGINT of whole seconds, rounded down."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Turn an aware datetime into its second; a naive one is refused."""
        return None if value is None else to_second(value)

    def result_processor(
        self, _dialect: Dialect, _coltype: object
    ) -> Callable[[int | None], datetime | None]:
        """Turn a second into an aware UTC datetime.

        Lists read thousands; through ``process_result_value`` each would take twice as long.
        """
        return lambda value: None if value is None else from_second(value)


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
