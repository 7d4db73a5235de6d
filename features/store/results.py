"""Findings: records of runs, kept so that a page shows in milliseconds what took minutes to find.

A finding is about one subject (a release, a month) and replaces the one before it. Its ``stamp``
says what it was made from: who reads it can tell whether that has changed since.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from features.store.schema import finding
from features.store.store import Store


@dataclass(frozen=True, kw_only=True)
class StoredResult:
    """One record as the ledger keeps it.

    Attributes
    ----------
    kind : str
        Which record ``record`` holds.
    subject : str
        What it is about.
    stamp : str
        What it was made from.
    record : str
        JSON.
    """

    kind: str
    subject: str
    found_at: datetime
    stamp: str
    record: str


def write_finding(store: Store, kind: str, subject: str, *, record: str, stamp: str = "") -> None:
    """Store a result in place of the one before it of the same kind and subject.

    Parameters
    ----------
    store : Store
    kind : str
        Which record ``record`` holds.
    subject : str
        What it is about, such as the id of a release.
    record : str
        JSON.
    stamp : str
        What it was made from, so that a reader can tell whether it is out of date.
    """
    row = {
        "kind": kind,
        "subject": subject,
        "found_at": datetime.now(UTC).replace(microsecond=0),
        "stamp": stamp,
        "record": record,
    }
    same = (finding.c.kind == kind) & (finding.c.subject == subject)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        connection.execute(delete(finding).where(same))
        connection.execute(insert(finding).values(**row))
        connection.commit()


def read_finding(store: Store, kind: str, subject: str) -> StoredResult | None:
    """Read the stored result of a kind about a subject; None where there is none.

    Parameters
    ----------
    store : Store
    kind : str
        Which record it holds.
    subject : str
        What it is about, such as the id of a release.
    """
    query = select(finding).where(finding.c.kind == kind, finding.c.subject == subject)
    with store.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else StoredResult(**row)


def list_subjects(store: Store, kind: str) -> tuple[str, ...]:
    """Subjects of a kind that were found out about, in order."""
    query = select(finding.c.subject).where(finding.c.kind == kind).order_by(finding.c.subject)
    with store.engine.connect() as connection:
        return tuple(connection.scalars(query))


def newest_subject(store: Store, kind: str) -> str | None:
    """The subject of a kind that was found out about last, or None."""
    query = (
        select(finding.c.subject)
        .where(finding.c.kind == kind)
        .order_by(finding.c.found_at.desc(), finding.c.subject.desc())
        .limit(1)
    )
    with store.engine.connect() as connection:
        return connection.execute(query).scalar()
