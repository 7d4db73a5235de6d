"""What an import asks of a store."""

from typing import Protocol

import pyarrow as pa


class StoredTables(Protocol):
    """Lead tables that are stored: all of them, or the rows of some leads."""

    def read_table(self, name: str, /) -> pa.Table:
        """Read one lead table in the order of its key."""
