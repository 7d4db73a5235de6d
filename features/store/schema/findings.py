"""What runs found, written down once so that pages only read it."""

from sqlalchemy import Column, Table, Text

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

finding = Table(
    "finding",
    METADATA,
    # retrain, disagreements, backtest, review, ...: says which record the text holds.
    Column("kind", KEY_TEXT, primary_key=True),
    # What it is about: a release, a month, or "all".
    Column("subject", KEY_TEXT, primary_key=True),
    Column("found_at", UtcSecond, nullable=False),
    # What the finding was made from; another stamp today means that it is out of date.
    Column("stamp", Text, nullable=False),
    Column("record", Text, nullable=False),
)
