"""How much is worked on at a time where all of it need not fit in memory."""

IMPORT_SLICE_MB = 256
"""Megabytes of files that an import checks at a time; checking takes about eight times as much
memory. Files that hold less in all are not cut."""
