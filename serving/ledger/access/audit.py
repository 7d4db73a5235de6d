"""Who did what, written so that a change of it afterwards shows.

Each entry carries a hash of what it says and a hash that chains it to the entry before. The
database refuses to delete an entry or to change one; the single exception is forgetting a lead,
which takes the lead's id out of an entry. To let the chain hold nonetheless, an entry is hashed
together with a nonce of its own: once that is gone, nobody can guess the id from the hash. The
entry that records the forgetting names each one changed, with a hash of what it says now.

Who may write in the database and recomputes the whole chain is recognised by an anchor: number and
hash of the last entry, as an earlier check printed them and somebody kept them elsewhere.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, false, func, insert, or_, select, update

from features.core.clock import to_second
from features.core.errors import LeadDataError
from features.store.schema import audit
from features.store.store import Store

FIRST_LINK = "0" * 64
"""What the first entry is chained to."""

FORGOTTEN = "forgotten"
"""Action of the entry that names those a forgotten lead was taken out of."""

_CHAIN_LOCK = 7_205_745
"""Number under which PostgreSQL lets one transaction at a time add an entry."""

_NONCE_BYTES = 16
_SAID = ("happened_at", "by", "on_behalf_of", "action", "subject", "detail")
_ROWS_READ = 10_000


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """Something a person or a program did, and to what.

    Attributes
    ----------
    on_behalf_of : str or None
        Whom a program says it acted for; nobody has verified it.
    """

    happened_at: datetime
    by: str
    on_behalf_of: str | None
    action: str
    subject: str
    detail: str | None


@dataclass(frozen=True, kw_only=True)
class AuditAnchor:
    """An entry that was once the last one: its number and its hash."""

    number: int
    link: str

    def __str__(self) -> str:
        return f"{self.number}:{self.link}"


@dataclass(frozen=True, kw_only=True)
class AuditCheck:
    """What a walk along the chain found.

    Attributes
    ----------
    n_redacted : int
        Entries that a forgotten lead was taken out of.
    broken : tuple of int
        Numbers of the entries that are not as they were written, or follow a gap.
    is_anchored : bool
        Whether the entry of the anchor is there unchanged; True where no anchor was given.
    last : AuditAnchor or None
        None without any entry.
    """

    n_entries: int
    n_redacted: int
    broken: tuple[int, ...]
    is_anchored: bool
    last: AuditAnchor | None


def write_audit(
    connection: Connection,
    *,
    by: str,
    action: str,
    subject: str,
    detail: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Record what somebody did, in the transaction in which it happens.

    Parameters
    ----------
    connection : Connection
        Its transaction makes the change that is recorded. On PostgreSQL it is the last one to lock
        anything that others wait for: entries come one after the other.
    by : str
        Who did it.
    action : str
        What was done, such as ``user_added``.
    subject : str
        What it was done to, such as a login.
    detail : str, optional
        Further text to keep with the entry.
    on_behalf_of : str, optional
        Whom a program says it acted for.
    """
    _lock_chain(connection)
    newest = select(audit.c.chain_hash).order_by(audit.c.audit_id.desc()).limit(1)
    before = connection.scalar(newest) or FIRST_LINK
    said = {
        "happened_at": datetime.now(UTC),
        "by": by,
        "on_behalf_of": on_behalf_of,
        "action": action,
        "subject": subject,
        "detail": detail,
    }
    nonce = secrets.token_hex(_NONCE_BYTES)
    content_hash = hash_content(said, nonce)
    hashes = {"nonce": nonce, "content_hash": content_hash}
    row = said | hashes | {"chain_hash": chain(before, content_hash)}
    connection.execute(insert(audit).values(**row))


def _lock_chain(connection: Connection) -> None:
    """Let nobody else add an entry until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    else:
        # SQLite locks for writing at the first statement that might write, whatever it changes.
        connection.execute(update(audit).where(false()).values(detail=None))


def hash_content(said: Mapping[str, Any], nonce: str | None) -> str:
    """SHA-256 of what an entry says, with its nonce.

    Parameters
    ----------
    said : mapping
        The entry by column.
    nonce : str or None
        None once the entry says a pseudonym.
    """
    parts = [said[name] for name in _SAID]
    parts[0] = to_second(parts[0])
    written = json.dumps([nonce, *parts], ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()


def chain(before: str, content_hash: str) -> str:
    """Link of an entry to the one before it."""
    return hashlib.sha256(f"{before}{content_hash}".encode()).hexdigest()


def redact_audit(connection: Connection, lead_id: str, pseudonym: str, *, by: str) -> None:
    """Replace a lead's id by a pseudonym wherever an entry names it, and record that.

    Parameters
    ----------
    connection : Connection
    lead_id : str
        Lead that is being forgotten.
    pseudonym : str
        Under which its decisions are kept.
    by : str
        Who forgets it.
    """
    _lock_chain(connection)
    written = {json.dumps(lead_id), json.dumps(lead_id, ensure_ascii=False)}
    sides = (f"{lead_id} into ", f" into {lead_id}")
    names_it = or_(
        audit.c.subject == lead_id,
        audit.c.subject.startswith(sides[0], autoescape=True),
        audit.c.subject.endswith(sides[1], autoescape=True),
        *(audit.c.detail.contains(spelling, autoescape=True) for spelling in written),
    )
    redacted: dict[int, str] = {}
    for row in connection.execute(select(audit).where(names_it)).mappings().all():
        said = {name: row[name] for name in _SAID}
        said["subject"] = _replaced(said["subject"], lead_id, pseudonym)
        for spelling in written:
            said["detail"] = said["detail"] and said["detail"].replace(spelling, f'"{pseudonym}"')
        new = {"subject": said["subject"], "detail": said["detail"], "nonce": None}
        connection.execute(update(audit).where(audit.c.audit_id == row["audit_id"]).values(**new))
        redacted[row["audit_id"]] = hash_content(said, None)
    detail = json.dumps({"redacted": redacted})
    write_audit(connection, by=by, action=FORGOTTEN, subject=pseudonym, detail=detail)


def _replaced(subject: str, lead_id: str, pseudonym: str) -> str:
    """The subject of an entry with the pseudonym in the lead's place."""
    if subject == lead_id:
        return pseudonym
    if subject.startswith(f"{lead_id} into "):
        subject = pseudonym + subject[len(lead_id) :]
    if subject.endswith(f" into {lead_id}"):
        subject = subject[: -len(lead_id)] + pseudonym
    return subject


def check_audit(store: Store, anchor: AuditAnchor | None = None) -> AuditCheck:
    """Walk along the whole chain and compare every entry with its hashes.

    Parameters
    ----------
    store : Store
    anchor : AuditAnchor, optional
        Of an earlier check: the entry must still be there, with the same hash.
    """
    before, last, n_entries = FIRST_LINK, None, 0
    broken: list[int] = []
    redacted: dict[int, str] = {}
    named: dict[int, str] = {}
    is_anchored = anchor is None
    for row in _entries(store):
        number, n_entries = row["audit_id"], n_entries + 1
        content_hash = hash_content(dict(row), row["nonce"])
        if row["nonce"] is None:
            redacted[number] = content_hash
        is_own = row["nonce"] is None or content_hash == row["content_hash"]
        if not is_own or chain(before, row["content_hash"]) != row["chain_hash"]:
            broken.append(number)
        if row["action"] == FORGOTTEN:
            named |= _named(row["detail"])
        before = row["chain_hash"]
        last = AuditAnchor(number=number, link=before)
        is_anchored = is_anchored or last == anchor
    broken += [number for number, said in redacted.items() if named.get(number) != said]
    return AuditCheck(
        n_entries=n_entries,
        n_redacted=len(redacted),
        broken=tuple(sorted(set(broken))),
        is_anchored=is_anchored,
        last=last,
    )


def _named(detail: str | None) -> dict[int, str]:
    """Which entries the record of a forgetting names, with the hash of what each says since."""
    try:
        found = json.loads(detail or "{}")["redacted"]
        return {int(number): str(said) for number, said in found.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}


def _entries(store: Store) -> Iterator[RowMapping]:
    with store.engine.connect() as connection:
        query = select(audit).order_by(audit.c.audit_id)
        stream = connection.execution_options(yield_per=_ROWS_READ).execute(query)
        yield from stream.mappings()


def parse_anchor(text: str) -> AuditAnchor:
    """Read an anchor as a check printed it: ``number:hash``.

    Raises
    ------
    LeadDataError
        If it is not of that form.
    """
    number, _, link = text.strip().partition(":")
    if not number.isdecimal() or len(link) != len(FIRST_LINK):
        msg = (
            "an anchor is NUMBER:HASH as `awase check --audit` printed it; got something else. "
            "Copy it whole."
        )
        raise LeadDataError(msg)
    return AuditAnchor(number=int(number), link=link)


def read_audit(store: Store, limit: int = 200) -> list[AuditEntry]:
    """The newest entries first."""
    columns = [audit.c[name] for name in AuditEntry.__dataclass_fields__]
    query = select(*columns).order_by(audit.c.audit_id.desc()).limit(limit)
    with store.engine.connect() as connection:
        return [AuditEntry(**row) for row in connection.execute(query).mappings()]
