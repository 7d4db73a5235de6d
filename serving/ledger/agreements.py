"""Agreed versions of the lead definition: which one holds when, and adding the next.

Versions are counted 1, 2, 3 and never changed. At an instant the highest number that has taken
effect by then is due. Why the number decides and not the date: a decision made today replaces one
that was planned for next month, and does not come undone when that month begins.

A version whose model part the champion has not learned waits: until a retrain has learned it, the
newest due version that the champion can read stays in force.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from features.core.errors import LeadDataError
from features.store.releases import record_definition
from features.store.schema import agreed_version, champion, definition_version, release
from features.store.store import Store
from serving.ledger.access.audit import write_audit

EVER = datetime.fromtimestamp(0, tz=UTC)
"""The first version holds for everything before it, too."""


@dataclass(frozen=True, kw_only=True)
class AgreementDecision:
    """Who was present, what they agreed, and why."""

    by: str
    present: str
    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class AgreedVersion:
    """One version of the agreement.

    Attributes
    ----------
    version : str
        What it means, as decisions and releases name it.
    definition : str
        The YAML text.
    effective_from : datetime
        From when it holds.
    replaces : int or None
        The version it was made from; None for the first.
    """

    number: int
    version: str
    definition: str
    effective_from: datetime
    adopted_at: datetime
    decision: AgreementDecision
    replaces: int | None
    model_fingerprint: str
    agreement_fingerprint: str


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """What is to become the next version.

    Attributes
    ----------
    model, agreement : str
        Both fingerprints of the text.
    replaces : int or None
        The newest version its author had seen; None before there is any.
    """

    definition: str
    model: str
    agreement: str
    decision: AgreementDecision
    effective_from: datetime
    replaces: int | None


@dataclass(frozen=True, kw_only=True)
class AgreedVersions:
    """All versions, newest first, and the model part that the champion has learned.

    Attributes
    ----------
    learned : str or None
        Fingerprint; None while there is no champion.
    """

    versions: tuple[AgreedVersion, ...]
    learned: str | None

    @property
    def newest(self) -> AgreedVersion | None:
        """The version with the highest number, whether it has begun or not."""
        return self.versions[0] if self.versions else None

    def numbered(self, number: int) -> AgreedVersion:
        """The version of a number.

        Raises
        ------
        LeadDataError
            If there is none.
        """
        for version in self.versions:
            if version.number == number:
                return version
        msg = f"a version must be one of 1 to {len(self.versions)}; got {number}. See the history."
        raise LeadDataError(msg)

    def due(self, at: datetime) -> AgreedVersion:
        """What has been agreed for an instant, learned or not.

        Raises
        ------
        LeadDataError
            If there is no version at all.
        """
        return self._begun(at)[0]

    def in_force(self, at: datetime) -> AgreedVersion:
        """What qualifies leads at an instant: the newest due version the champion can read."""
        begun = self._begun(at)
        readable = (version for version in begun if version.model_fingerprint == self.learned)
        return next(readable, begun[0])

    def begins_after(self, at: datetime) -> datetime | None:
        """When the next planned version takes effect; None where none is planned."""
        later = [v.effective_from for v in self.versions if v.effective_from > at]
        return min(later, default=None)

    def _begun(self, at: datetime) -> list[AgreedVersion]:
        begun = [version for version in self.versions if version.effective_from <= at]
        if not self.versions:
            msg = "a store must hold an agreed definition; got none. Adopt a definition first."
            raise LeadDataError(msg)
        return begun or [self.versions[-1]]


def read_agreed(store: Store) -> AgreedVersions:
    """All agreed versions, and what the champion has learned."""
    query = (
        select(
            agreed_version,
            definition_version.c.model_fingerprint,
            definition_version.c.agreement_fingerprint,
        )
        .join(definition_version, agreed_version.c.version == definition_version.c.version)
        .order_by(agreed_version.c.number.desc())
    )
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
        learned = _learned(connection)
    return AgreedVersions(versions=tuple(_version(row) for row in rows), learned=learned)


_STATE = select(
    select(func.max(agreed_version.c.number)).scalar_subquery(),
    select(champion.c.release_id).scalar_subquery(),
)


def state_of_agreement(store: Store) -> tuple[int, str | None]:
    """What changes whenever another version may be in force: newest number and champion."""
    with store.engine.connect() as connection:
        newest, release_id = connection.execute(_STATE).one()
        return newest or 0, release_id


def add_version(store: Store, *added: NewVersion) -> int:
    """Add the next version, or several of which each replaces the one before; all or none.

    Parameters
    ----------
    store : Store
    *added : NewVersion

    Returns
    -------
    int
        Number of the last.

    Raises
    ------
    OvertakenError
        If another version was added since their author looked.
    """
    keys = [
        record_definition(
            store, new.definition, model=new.model, agreement=new.agreement, by=new.decision.by
        )
        for new in added
    ]
    try:
        with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
            for new, key in zip(added, keys, strict=True):
                newest = connection.scalar(select(func.max(agreed_version.c.number)))
                if newest != new.replaces:
                    raise _overtaken(new.replaces, newest)
                _insert(connection, new, key)
            connection.commit()
    except IntegrityError:
        # Two at the same moment on PostgreSQL: the number is the key, so the second one ends here.
        raise _overtaken(added[0].replaces, (added[0].replaces or 0) + 1) from None
    return (added[-1].replaces or 0) + 1


def _insert(connection: Connection, new: NewVersion, key: str) -> None:
    number = (new.replaces or 0) + 1
    values = {
        "number": number,
        "version": key,
        "definition": new.definition,
        "effective_from": new.effective_from,
        "adopted_at": datetime.now(UTC),
        "replaces": new.replaces,
        **asdict(new.decision),
    }
    connection.execute(insert(agreed_version).values(**values))
    write_audit(
        connection,
        by=new.decision.by,
        action="definition_adopted",
        subject=f"version {number}",
        detail=new.decision.why,
    )


class OvertakenError(LeadDataError):
    """Another version was added since the author of this one looked."""


def _overtaken(seen: int | None, newest: int | None) -> OvertakenError:
    return OvertakenError(
        f"a new version must follow the newest one; got one made from version {seen or 0} while "
        f"version {newest or 0} is there. Look at that one, and decide again."
    )


def _learned(connection: Connection) -> str | None:
    query = (
        select(definition_version.c.model_fingerprint)
        .join(release, release.c.definition_version == definition_version.c.version)
        .join(champion, champion.c.release_id == release.c.release_id)
    )
    return connection.scalar(query)


def _version(row: dict[str, object]) -> AgreedVersion:
    names = AgreementDecision.__dataclass_fields__
    decision = AgreementDecision(**{name: row.pop(name) for name in names})  # type: ignore[arg-type]
    return AgreedVersion(**row, decision=decision)  # type: ignore[arg-type]
