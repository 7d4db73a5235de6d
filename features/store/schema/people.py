"""Who signs in and which programs call: people, sessions, keys."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    false,
)

from features.store.schema.columns import KEY_TEXT, METADATA, ROW_NUMBER, UtcSecond

user = Table(
    "user",
    METADATA,
    Column("login", KEY_TEXT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # The team whose leads a member of sales sees, a value of the attribute with that role.
    Column("team", Text),
    Column("language", Text),
    Column("password_hash", Text, nullable=False),
    Column("made_at", UtcSecond, nullable=False),
    Column("disabled_at", UtcSecond),
    # Somebody else chose the password: the next sign-in asks for another.
    Column("must_set_password", Boolean, nullable=False, server_default=false()),
    # Of an authenticator app; the step of its last code, which no second sign-in may use.
    Column("totp_secret", Text),
    Column("totp_step", BigInteger),
    # By the link in a digest; null: gets it.
    Column("digest_stopped_at", UtcSecond),
    CheckConstraint("role IN ('sales', 'marketing', 'data_science', 'admin')", name="role"),
)

# Kept here and not in the cookie, so that signing out and disabling an account work at once.
session = Table(
    "session",
    METADATA,
    Column("token_hash", KEY_TEXT, primary_key=True),
    Column("login", KEY_TEXT, ForeignKey("user.login", ondelete="CASCADE"), nullable=False),
    Column("started_at", UtcSecond, nullable=False),
    Column("ends_at", UtcSecond, nullable=False),
    Column("seen_at", UtcSecond, nullable=False, server_default="0"),
    Index("ix_session_login", "login"),
)

one_time_token = Table(
    "one_time_token",
    METADATA,
    Column("token_hash", KEY_TEXT, primary_key=True),
    Column("login", KEY_TEXT, ForeignKey("user.login", ondelete="CASCADE"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("ends_at", UtcSecond, nullable=False),
    CheckConstraint("purpose IN ('password', 'code')", name="purpose"),
)

# Failed attempts only; what was typed is kept as a hash, since people type passwords there too.
sign_in_failure = Table(
    "sign_in_failure",
    METADATA,
    Column("failure_id", ROW_NUMBER, Identity(), primary_key=True),
    Column("login_hash", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("failed_at", UtcSecond, nullable=False),
    Index("ix_sign_in_failure_failed_at", "failed_at"),
)

api_key = Table(
    "api_key",
    METADATA,
    Column("prefix", KEY_TEXT, primary_key=True),
    Column("secret_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("made_at", UtcSecond, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ends_at", UtcSecond, nullable=False),
    Column("revoked_at", UtcSecond),
    CheckConstraint("scope IN ('read', 'write')", name="scope"),
)
