"""What remains of leads that were forgotten: counts that name nobody."""

from sqlalchemy import Column, Integer, Table

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

# Only the hash of the id: enough to know the lead again when an old export brings it back.
forgotten_lead = Table(
    "forgotten_lead",
    METADATA,
    Column("lead_hash", KEY_TEXT, primary_key=True),
    Column("forgotten_at", UtcSecond, nullable=False),
)

forgotten_count = Table(
    "forgotten_count",
    METADATA,
    # First second of the month, in the definition's time zone.
    Column("month", UtcSecond, primary_key=True),
    # lead, event, hand_over or outcome; and of them the behaviour, qualification or stage.
    Column("kind", KEY_TEXT, primary_key=True),
    Column("name", KEY_TEXT, primary_key=True),
    Column("n_rows", Integer, nullable=False),
)
