"""The one relational store: SQLite by default, PostgreSQL by URL; whole tables as Arrow."""

from features.store.store import Store
from features.store.writing.upsert import Written

__all__ = ["Store", "Written"]
