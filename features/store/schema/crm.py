"""How far a pull from a CRM has come, and what was last written back to it."""

from sqlalchemy import Boolean, Column, Integer, Table, Text

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

# One row a stream of records; moved in the transaction that stores what was read up to there.
crm_cursor = Table(
    "crm_cursor",
    METADATA,
    Column("vendor", KEY_TEXT, primary_key=True),
    Column("stream", KEY_TEXT, primary_key=True),
    Column("position", Text, nullable=False),
    Column("moved_at", UtcSecond, nullable=False),
    sqlite_with_rowid=False,
)

# The account a workspace reads and writes: another one's records would be taken for its leads.
crm_account = Table(
    "crm_account",
    METADATA,
    Column("vendor", KEY_TEXT, primary_key=True),
    # HubSpot's portal, Salesforce's organisation.
    Column("account_id", Text, nullable=False),
    Column("is_sandbox", Boolean, nullable=False),
    Column("first_met_at", UtcSecond, nullable=False),
    sqlite_with_rowid=False,
)

# What the CRM was last told about each lead: only what differs from it is sent. No foreign key:
# a lead that is erased here must still be known as told, until the CRM's record is cleared too.
crm_push = Table(
    "crm_push",
    METADATA,
    Column("vendor", KEY_TEXT, primary_key=True),
    Column("lead_id", KEY_TEXT, primary_key=True),
    Column("record_id", Text, nullable=False),
    # Of the fields that were written; null while nothing was.
    Column("fingerprint", Text),
    Column("pushed_at", UtcSecond),
    # The newest cycle whose arrival is in the CRM's log.
    Column("logged_cycle", Integer),
    # Fields and names of reasons as JSON: what a next push would change is seen from it.
    Column("written", Text),
    sqlite_with_rowid=False,
)
