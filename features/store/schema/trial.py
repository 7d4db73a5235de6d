"""The lot of a trial: who judges each lead that entered, kept for good."""

from sqlalchemy import Boolean, Column, Double, Index, Table, Text

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

# No key to the lead: a row outlives it under a pseudonym, or a trial would count fewer leads of the
# arm whose leads are forgotten more often.
trial_lead = Table(
    "trial_lead",
    METADATA,
    Column("trial", KEY_TEXT, primary_key=True),
    Column("lead_id", KEY_TEXT, primary_key=True),
    # What was drawn: account:… or lead:…; anybody can draw it again with the trial's name as key.
    Column("unit", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("entered_at", UtcSecond, nullable=False),
    # Until when the lead is followed, and to which stage: as agreed when it entered.
    Column("followed_until", UtcSecond, nullable=False),
    Column("stage", Text, nullable=False),
    # As it entered: what both arms are held against, before the trial did anything.
    Column("probability", Double),
    Column("rulebook_points", Double),
    # A lead of another arm was merged into this one.
    Column("merged_arms", Boolean, nullable=False),
    # Only of leads that are gone from the tables: what had become of them.
    Column("handed_over", Boolean),
    Column("converted", Boolean),
    Column("won", Boolean),
    Index("ix_trial_lead_lead_id", "lead_id"),
)
