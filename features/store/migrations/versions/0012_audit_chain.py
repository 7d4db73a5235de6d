"""An audit that is only ever added to, each entry chained to the one before.

Revision: 0012, after 0011.
"""

import hashlib
import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NEW = ("on_behalf_of", "nonce", "content_hash", "chain_hash")
HASHES = ("content_hash", "chain_hash")

AUDIT = sa.table(
    "audit",
    *(
        sa.column(name)
        for name in ("audit_id", "happened_at", "by", "action", "subject", "detail", *NEW)
    ),
)

FIXED = ("audit_id", "happened_at", "by", "on_behalf_of", "action", *HASHES)
"""What forgetting a lead leaves as it is."""

WHY_NOT = "entries of the audit are only ever added"


def upgrade() -> None:
    """Add the hashes, chain what is there, and refuse changes from now on."""
    with op.batch_alter_table("audit") as batch:
        for name in NEW:
            batch.add_column(sa.Column(name, sa.Text()))
    _chain()
    with op.batch_alter_table("audit") as batch:
        for name in HASHES:
            batch.alter_column(name, existing_type=sa.Text(), nullable=False)
    if op.get_bind().dialect.name == "postgresql":
        _refuse_in_postgresql()
    else:
        _refuse_in_sqlite()


def downgrade() -> None:
    """Drop the hashes and what guards them."""
    if op.get_bind().dialect.name == "postgresql":
        for trigger in ("audit_kept", "audit_not_emptied"):
            op.execute(f"DROP TRIGGER {trigger} ON audit")
        op.execute("DROP FUNCTION keep_audit()")
    else:
        for trigger in ("audit_not_deleted", "audit_not_changed"):
            op.execute(f"DROP TRIGGER {trigger}")
    with op.batch_alter_table("audit") as batch:
        for name in NEW:
            batch.drop_column(name)


def _chain() -> None:
    """Hash and chain the entries there are, as the ledger does with those to come."""
    bind, before = op.get_bind(), "0" * 64
    for row in bind.execute(sa.select(AUDIT).order_by(AUDIT.c.audit_id)).all():
        nonce = secrets.token_hex(16)
        said = [nonce, row.happened_at, row.by, None, row.action, row.subject, row.detail]
        content = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        before = hashlib.sha256(f"{before}{content}".encode()).hexdigest()
        hashes = {"nonce": nonce, "content_hash": content, "chain_hash": before}
        bind.execute(sa.update(AUDIT).where(AUDIT.c.audit_id == row.audit_id).values(**hashes))


def _refuse_in_sqlite() -> None:
    kept = " OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in FIXED)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{WHY_NOT}'); END"
    op.execute(f"CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit {refuse}")
    op.execute(
        "CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit "
        f"WHEN NEW.nonce IS NOT NULL OR {kept} {refuse}"
    )


def _refuse_in_postgresql() -> None:
    kept = " OR ".join(f'NEW."{name}" IS DISTINCT FROM OLD."{name}"' for name in FIXED)
    op.execute(
        "CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'UPDATE' OR NEW.nonce IS NOT NULL OR {kept} "
        f"THEN RAISE EXCEPTION '{WHY_NOT}'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION keep_audit()"
    )
    op.execute(
        "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()"
    )
