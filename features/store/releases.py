"""Definition versions, releases and the champion, as the ledger keeps them.

Why the champion is one row: promoting is then one step, and a retrain that is killed has either
moved it or not. Every promotion is also a row of its own, for going back and for asking who did it.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from features.core.errors import LeadDataError
from features.store.schema import champion, definition_version, promotion, release
from features.store.store import Store

FINGERPRINT_LETTERS = 10
"""How much of each fingerprint a version's name shows: 40 bits, no clash in a firm's lifetime."""

PAST_LEADS = "past_leads"
"""Folder beside that of the releases, with one file per release."""


@dataclass(frozen=True, kw_only=True)
class DefinitionVersion:
    """A lead definition as it was agreed: its text and what it means."""

    version: str
    model_fingerprint: str
    agreement_fingerprint: str
    definition: str
    recorded_at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class ReleaseEntry:
    """One release: where its folder is, what it was made from, whether it passed the gate."""

    release_id: str
    definition_version: str
    made_at: datetime
    data_cutoff: datetime | None  # None: a data set without dates
    folder: str
    passed_gate: bool
    record: str  # release.json


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A release that became champion: when, who said so and why."""

    release_id: str
    promoted_at: datetime
    by: str
    why: str


def definition_key(model: str, agreement: str) -> str:
    """The name of what a definition means, from both fingerprints."""
    return f"{model[:FINGERPRINT_LETTERS]}-{agreement[:FINGERPRINT_LETTERS]}"


def record_definition(store: Store, definition: str, *, model: str, agreement: str, by: str) -> str:
    """Record a definition and return the name of its version; the same meaning is the same version.

    Parameters
    ----------
    store : Store
    definition : str
        The YAML text.
    model, agreement : str
        Both fingerprints, hexadecimal.
    by : str
        Who recorded it.
    """
    version = definition_key(model, agreement)
    row = DefinitionVersion(
        version=version,
        model_fingerprint=model,
        agreement_fingerprint=agreement,
        definition=definition,
        recorded_at=datetime.now(UTC),
        by=by,
    )
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        _insert_once(connection, definition_version, "version", asdict(row))
        connection.commit()
    return version


def read_definitions(store: Store) -> list[DefinitionVersion]:
    """All versions, newest first."""
    query = select(definition_version).order_by(
        definition_version.c.recorded_at.desc(), definition_version.c.version
    )
    with store.engine.connect() as connection:
        return [DefinitionVersion(**row) for row in connection.execute(query).mappings()]


def record_release(store: Store, entry: ReleaseEntry) -> None:
    """Keep a release; recording it again changes nothing."""
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        _insert_once(connection, release, "release_id", asdict(entry))
        connection.commit()


def read_releases(store: Store) -> list[ReleaseEntry]:
    """All releases, newest first."""
    query = select(release).order_by(release.c.made_at.desc(), release.c.release_id)
    with store.engine.connect() as connection:
        return [ReleaseEntry(**row) for row in connection.execute(query).mappings()]


def set_champion(
    store: Store, release_id: str, *, by: str, why: str, instead_of: str | None = None
) -> None:
    """Make a release the champion, in one step, and record who did it and why.

    Parameters
    ----------
    store : Store
    release_id : str
        Of a recorded release.
    by, why : str
        Who promotes it, and the reason; both are kept with the promotion.
    instead_of : str, optional
        The champion it was made from: another one in between must not be lost.

    Raises
    ------
    LeadDataError
        If no such release is recorded, or the champion is another one by now.
    """
    now = datetime.now(UTC)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        known = select(release.c.release_id).where(release.c.release_id == release_id)
        if connection.execute(known).first() is None:
            msg = f"a champion must be a recorded release; got {release_id!r}. Record it first."
            raise LeadDataError(msg)
        present = connection.scalar(select(champion.c.release_id))
        if instead_of is not None and present != instead_of:
            msg = f"the champion must still be {instead_of}; got {present}. Look again."
            raise LeadDataError(msg)
        connection.execute(delete(champion))
        connection.execute(
            insert(champion).values(only=1, release_id=release_id, since=now, by=by, why=why)
        )
        connection.execute(
            insert(promotion).values(release_id=release_id, promoted_at=now, by=by, why=why)
        )
        connection.commit()


def read_champion(store: Store) -> Promotion | None:
    """The release in use, or None while there is none."""
    query = select(champion.c.release_id, champion.c.since, champion.c.by, champion.c.why)
    with store.engine.connect() as connection:
        row = connection.execute(query).first()
    return (
        None
        if row is None
        else Promotion(release_id=row.release_id, promoted_at=row.since, by=row.by, why=row.why)
    )


def read_promotions(store: Store) -> list[Promotion]:
    """Every promotion, newest first; the second is what a rollback goes back to."""
    columns = [promotion.c[name] for name in Promotion.__dataclass_fields__]
    query = select(*columns).order_by(promotion.c.promotion_id.desc())
    with store.engine.connect() as connection:
        return [Promotion(**row) for row in connection.execute(query).mappings()]


def past_leads_path(releases_dir: Path, release_id: str) -> Path:
    """The file with the past leads that the cards of a release compare with."""
    return releases_dir.parent / PAST_LEADS / f"{release_id}.npz"


def _insert_once(connection: Connection, table: Table, key: str, row: dict[str, object]) -> None:
    # The first text stays: a version is history, even if only a comment in the YAML differs. The
    # database sees to it, as two processes may record the same at the same moment.
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    written = dialect.insert(table).values(**row)
    connection.execute(written.on_conflict_do_nothing(index_elements=[key]))
