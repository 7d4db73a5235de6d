"""What must still reach other systems: channels and the messages that wait for them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from features.store.schema.columns import (
    KEY_TEXT,
    MESSAGE_STATES,
    METADATA,
    ROW_NUMBER,
    UtcSecond,
    one_of,
)

# In the database and not in the settings, so that whoever writes in a transaction knows for whom
# to leave a message, and so that all deliverers hold back when a vendor asks for a pause.
outbox_channel = Table(
    "outbox_channel",
    METADATA,
    Column("channel", KEY_TEXT, primary_key=True),
    Column("opened_at", UtcSecond, nullable=False),
    Column("paused_until", UtcSecond),
    Column("pause_reason", Text),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("message_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("channel", KEY_TEXT, nullable=False),
    Column("external_id", KEY_TEXT, nullable=False),
    Column("kind", Text, nullable=False),
    # Messages about a lead go when their lead goes.
    Column("lead_id", KEY_TEXT, ForeignKey("lead.lead_id", ondelete="CASCADE")),
    # Of messages with the same record only the newest is worth sending.
    Column("record", KEY_TEXT),
    Column("payload", Text, nullable=False),
    Column("made_at", UtcSecond, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcSecond, nullable=False),
    Column("lease", Text),
    Column("leased_until", UtcSecond),
    Column("settled_at", UtcSecond),
    Column("answer", Text),
    UniqueConstraint("channel", "external_id"),
    CheckConstraint(one_of("state", MESSAGE_STATES), name="state"),
    Index("ix_outbox_lead_id", "lead_id"),
    Index("ix_outbox_channel_record_message_id", "channel", "record", "message_id"),
    Index("ix_outbox_state_settled_at", "state", "settled_at"),
)
_IS_WAITING = text("state = 'waiting'")
Index(
    "ix_outbox_waiting",
    outbox.c.channel,
    outbox.c.due_at,
    outbox.c.message_id,
    sqlite_where=_IS_WAITING,
    postgresql_where=_IS_WAITING,
)
