"""What is in force, held once a process: agreement, release and its tables, swapped whole.

Pages, API and background work ask the same holder. The agreement is read again whenever a version
or a champion came; the release that decides is loaded beside the old one.

A thread looks every second whether the champion or the definition has changed. What is new is
loaded and tried beside the old; requests go on with the old until the new one is ready, so a
promotion costs no request. What cannot be loaded is refused: what was in force stays, and
readiness and metrics say why.
"""

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from features.core.errors import AwaseError, LeadDataError
from features.store import Store
from features.store.releases import read_champion
from serving.decisions.in_force.apply import InForce, apply_agreement
from serving.decisions.suspension import suspension_of
from serving.ledger.agreements import AgreedVersions, state_of_agreement
from serving.workspace.workspace import AgreementVersion, Workspace, agreed_text
from training.model.release import load_release

LOG = logging.getLogger("awase.api")

SECONDS_BETWEEN_LOOKS = 1.0

RELEASES_KEPT = 4
"""Releases ready in memory: the champion, the one before it, and two that old cards name."""


class NotReady(Exception):
    """There is nothing yet to decide with: the first definition or release cannot be loaded."""


@dataclass(frozen=True, kw_only=True)
class CurrentAgreement:
    """What is agreed, as it was read.

    Attributes
    ----------
    versions : AgreedVersions
        All of them, newest first.
    in_force : AgreementVersion
        The one that qualifies leads, with its definition.
    state : (int, str or None)
        Newest number and champion when it was read.
    until : datetime or None
        When a planned version begins; None where none is planned.
    """

    versions: AgreedVersions
    in_force: AgreementVersion
    state: tuple[int, str | None]
    until: datetime | None

    def holds(self, state: tuple[int, str | None], now: datetime) -> bool:
        """Whether nothing else can be in force yet."""
        return self.state == state and (self.until is None or now < self.until)


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """What was loaded last, or could not be: of which agreement, and unless suspended."""

    agreement: CurrentAgreement
    release_id: str | None


class InForceHolder:
    """Keeps what is in force, and looks for what comes next; safe to share between threads."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace = workspace
        self.store = store
        self.refused: str | None = None
        self.n_swaps = 0
        self._current: InForce | None = None
        self._tried: _Tried | None = None
        self._agreement: CurrentAgreement | None = None
        self._reading, self._looking = threading.RLock(), threading.Lock()
        self._readable = lru_cache(maxsize=RELEASES_KEPT)(self._read_release)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> InForce:
        """Return what is in force; a request takes it once and keeps it.

        Raises
        ------
        NotReady
            If none could be loaded so far.
        """
        if self._current is None:
            self.refresh()
        if self._current is None:
            raise NotReady
        return self._current

    def at(self, instant: datetime | None) -> InForce:
        """Return what qualifies leads at an instant: today's boosters, the agreement of then.

        Parameters
        ----------
        instant : datetime or None
            None for now.
        """
        in_force = self.current()
        return in_force if instant is None else in_force.at(self.agreement().versions, instant)

    def agreement(self) -> CurrentAgreement:
        """What is agreed; read again once a version or a champion came, or a plan has begun."""
        state, now = state_of_agreement(self.store), datetime.now(UTC)
        with self._reading:
            found = self._agreement
            if found is None or not found.holds(state, now):
                versions = self.workspace.agreed_versions(self.store)
                found = CurrentAgreement(
                    versions=versions,
                    in_force=agreed_text(versions.in_force(now)),
                    # Before there was a version, the file has just become the first one.
                    state=(len(versions.versions), state[1]),
                    until=versions.begins_after(now),
                )
                # A version whose day has come takes effect, whoever looks first. A damaged champion
                # stops only those that need it: lists and facts still show.
                with suppress(LeadDataError):
                    apply_agreement(self.workspace, self.store)
                self._agreement = found
            return found

    def readable(self, release_id: str) -> InForce | None:
        """A release, old or in use, under today's agreement; None if it cannot be read with it."""
        agreed = self.agreement().in_force
        current = self._current
        if current is not None and current.release_id == release_id and current.agreed == agreed:
            return current
        with self._reading:
            return self._readable(release_id, agreed.version.number)

    def refresh(self) -> None:
        """Load what has changed since the last look, if anything has."""
        with self._looking:
            try:
                agreement = self.agreement()
                tried = _Tried(agreement=agreement, release_id=self._deciding())
                if tried == self._tried and self.refused is None:
                    return
                self._current, self.refused = self._load(agreement, tried.release_id), None
            except (AwaseError, OSError) as error:
                # The sentence names files and features, never people. Tried again at every look:
                # a folder may still be on its way here.
                if self.refused != str(error):
                    LOG.error("refused: %s", error)
                self.refused = str(error)
                return
            self._tried = tried
            self.n_swaps += 1

    def _deciding(self) -> str | None:
        """The champion, unless its cut-offs are suspended."""
        champion = read_champion(self.store)
        if champion is None or suspension_of(self.store, champion.release_id) is not None:
            return None
        return champion.release_id

    def _load(self, agreement: CurrentAgreement, release_id: str | None) -> InForce:
        release = None
        if release_id is not None:
            release = load_release(self.workspace.releases_dir / release_id)
        found = InForce(agreed=agreement.in_force, release=release, seed=self.workspace.seed)
        if found.explainer is not None:
            # Compiles the look-up, so that no request waits for it.
            found.explainer.explain(np.full((1, len(found.catalogue)), np.nan))
        return found

    def _read_release(self, release_id: str, number: int) -> InForce | None:
        agreed = agreed_text(self.agreement().versions.numbered(number))
        try:
            release = load_release(self.workspace.releases_dir / release_id)
            found = InForce(agreed=agreed, release=release, seed=self.workspace.seed)
            return None if found.explainer is None else found
        except LeadDataError:
            # An old release, or a changed definition: the list and the facts still show.
            return None

    def start(self) -> None:
        """Look now, then again and again until :meth:`stop`."""
        self._look_quietly()
        self._thread = threading.Thread(target=self._run, name="awase-desks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=SECONDS_BETWEEN_LOOKS + 5)

    def _run(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS):
            self._look_quietly()

    def _look_quietly(self) -> None:
        try:
            self.refresh()
        except (SQLAlchemyError, OSError) as error:
            # No database for the moment: readiness says so, and the next look tries again.
            LOG.warning("cannot look for a new champion: %s", type(error).__name__)
