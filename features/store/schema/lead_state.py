"""Where each lead stands today, one row a lead."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text, text

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

# Where each lead stands today, gathered from the ledger so that a list of a million leads is one
# walk along an index. Everything in it can be made again. A lead that was never decided about has
# a row as well, without what a decision would say.
lead_state = Table(
    "standing",
    METADATA,
    Column("lead_id", KEY_TEXT, primary_key=True),
    Column("decision_id", BigInteger),
    Column("as_of", UtcSecond),
    Column("priority", Double, nullable=False),
    Column("probability", Double),
    Column("probability_before", Double),
    Column("qualification", Text),
    Column("qualification_before", Text),
    Column("rulebook_points", Double),
    Column("rulebook_qualification", Text),
    Column("cycle", Integer),
    Column("handed_over_at", UtcSecond),
    Column("verdict", Text),
    Column("verdict_at", UtcSecond),
    Column("reached", Text),
    Column("ended", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("listed", Boolean, nullable=False),
    Index("ix_standing_listed_priority_lead_id", "listed", "priority", "lead_id"),
    Index("ix_standing_team_listed_priority_lead_id", "team", "listed", "priority", "lead_id"),
    # Few of a million leads may have come so far: without this the walk for them is long.
    Index(
        "ix_standing_listed_reached_priority_lead_id", "listed", "reached", "priority", "lead_id"
    ),
    # A search looks through the few hundred owners, not through all that they own.
    Index("ix_standing_owner", "owner"),
    Index("ix_standing_as_of", "as_of"),
    sqlite_with_rowid=False,
)
_IS_WAITING = "verdict IS NULL AND handed_over_at IS NOT NULL"
Index(
    "ix_standing_waiting",
    lead_state.c.listed,
    lead_state.c.priority,
    lead_state.c.lead_id,
    sqlite_where=text(_IS_WAITING),
    postgresql_where=text(_IS_WAITING),
)
for _past in (lead_state.c.ended, lead_state.c.verdict):
    # Counted, and paged through, without a walk through all leads.
    Index(
        f"ix_standing_{_past.name}",
        _past,
        lead_state.c.listed,
        lead_state.c.priority,
        lead_state.c.lead_id,
        sqlite_where=_past.is_not(None),
        postgresql_where=_past.is_not(None),
    )
