"""Rows into tables: merged by key, with what was told before kept."""
