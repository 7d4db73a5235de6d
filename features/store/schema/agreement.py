"""What was agreed, when, by whom and why."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from features.store.schema.columns import KEY_TEXT, METADATA, UtcSecond

# Rows are only ever added: going back to an earlier version is a new row, with its own reason.
agreed_version = Table(
    "agreed_version",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # What it means; two rows may mean the same, with other comments in their text.
    Column("version", KEY_TEXT, ForeignKey("definition_version.version"), nullable=False),
    Column("definition", Text, nullable=False),
    Column("effective_from", UtcSecond, nullable=False),
    Column("adopted_at", UtcSecond, nullable=False),
    Column("by", Text, nullable=False),
    Column("present", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("replaces", Integer, ForeignKey("agreed_version.number")),
    CheckConstraint("number >= 1", name="counted"),
)

# What a meeting decided; most of it changes no agreement, so that it is no version of one.
meeting_decision = Table(
    "meeting_decision",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("month", KEY_TEXT, nullable=False),
    Column("screen", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", Text),
    Column("kpi", Text),
    # Where it changed the agreement: the version it became.
    Column("version", Integer, ForeignKey("agreed_version.number")),
    Column("by", Text, nullable=False),
    Column("decided_at", UtcSecond, nullable=False),
    Index("ix_meeting_decision_month", "month"),
)

# A change that somebody proposed; it holds once both teams have approved it.
change_proposal = Table(
    "change_proposal",
    METADATA,
    Column("number", Integer, primary_key=True),
    # The newest version its author had seen.
    Column("replaces", Integer, ForeignKey("agreed_version.number"), nullable=False),
    # What is to change, as the fields of the form (JSON).
    Column("fields", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("effective", Text),
    Column("by", Text, nullable=False),
    Column("proposed_at", UtcSecond, nullable=False),
    Column("withdrawn_by", Text),
    Column("version", Integer, ForeignKey("agreed_version.number")),
)

# What people say about a proposed change; an approval names the team it is given for.
proposal_remark = Table(
    "proposal_remark",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("proposal", Integer, ForeignKey("change_proposal.number"), nullable=False),
    Column("by", Text, nullable=False),
    Column("said_at", UtcSecond, nullable=False),
    Column("text", Text, nullable=False),
    Column("approves_for", Text),
    Index("ix_proposal_remark_proposal", "proposal"),
)
