"""The column type for instants: whole seconds since 1970 UTC on disk, aware datetimes in Python.

Why not the databases' own timestamps: SQLite has none and drops time zones, PostgreSQL keeps
microseconds. A BIGINT compares the same in both, and goes to Arrow and numpy as it is.
"""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from features.clock import from_second, to_second


class UtcSecond(TypeDecorator[datetime]):
    """A timezone-aware datetime, kept as a BIGINT of whole seconds, rounded down."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Turn an aware datetime into its second; a naive one is refused."""
        return None if value is None else to_second(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """Turn a second into an aware UTC datetime."""
        return None if value is None else from_second(value)
