"""What decides: definition, release and its tables, swapped whole when any of them changes.

A thread looks every second whether the champion or the definition has changed. What is new is
loaded and tried beside the old; requests go on with the old until the new one is ready, so a
promotion costs no request. What cannot be loaded is refused: what was in force stays, and
readiness and metrics say why.
"""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from features.catalogue import Catalogue
from features.core.errors import AwaseError
from features.definition import LeadDefinition
from features.rulebook import RulebookLines
from features.store import Store
from serving.decisions.in_force.apply import apply_agreement, release_at
from serving.decisions.score_leads import catalogue_of
from serving.decisions.suspension import suspension_of
from serving.ledger.agreements import state_of_agreement
from serving.reasons.explainer import Explainer
from serving.workspace.workspace import Workspace, agreed_text
from training.model.release import Release, load_release

LOG = logging.getLogger("awase.api")

SECONDS_BETWEEN_LOOKS = 1.0


class NotReady(Exception):
    """There is nothing yet to decide with: the first definition or release cannot be loaded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class InForce:
    """Everything one decision needs, all of one moment.

    Attributes
    ----------
    release, explainer : optional
        None while there is no champion: the rulebook alone decides.
    """

    definition: LeadDefinition
    definition_version: str
    catalogue: Catalogue
    release: Release | None
    explainer: Explainer | None
    seed: int

    @cached_property
    def rules(self) -> RulebookLines:
        """The definition's rulebook, with the columns of the catalogue found."""
        return RulebookLines.of(self.definition.rulebook, self.catalogue)

    @property
    def release_id(self) -> str | None:
        """The release that decides."""
        return None if self.release is None else self.release.release_id


@dataclass(frozen=True, kw_only=True)
class _Stamp:
    """What is in force was made of this, and until when nothing else can be."""

    agreement: tuple[int, str | None]
    until: datetime | None

    def holds(self, agreement: tuple[int, str | None], now: datetime) -> bool:
        return self.agreement == agreement and (self.until is None or now < self.until)


class InForceHolder:
    """Keeps what is in force, and looks for what comes next; safe to share between threads."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace = workspace
        self.store = store
        self.refused: str | None = None
        self.n_swaps = 0
        self._desk: InForce | None = None
        self._tried: _Stamp | None = None
        self._looking = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> InForce:
        """Return what is in force; a request takes it once and keeps it.

        Raises
        ------
        NotReady
            If none could be loaded so far.
        """
        in_force = self._desk
        if in_force is None:
            self.refresh()
            in_force = self._desk
        if in_force is None:
            raise NotReady
        return in_force

    def at(self, instant: datetime | None) -> InForce:
        """Return what qualifies leads at an instant: today's boosters, the agreement of then.

        Parameters
        ----------
        instant : datetime or None
            None for now.
        """
        in_force = self.current()
        if instant is None:
            return in_force
        versions = self.workspace.agreed_versions(self.store)
        then = release_at(versions, in_force.release, instant)
        return replace(
            in_force,
            definition=then.agreed.definition,
            definition_version=then.agreed.version.version,
            release=then.release,
        )

    def refresh(self) -> None:
        """Load what has changed since the last look, if anything has."""
        with self._looking:
            agreement, now = self._state(), datetime.now(UTC)
            is_tried = self._tried is not None and self._tried.holds(agreement, now)
            if is_tried and self.refused is None:
                return
            try:
                in_force, until = self._load(agreement[1], now)
                # Before there was a version, the file has just become the first one.
                agreement = self._state()
                self._tried = _Stamp(agreement=(agreement[0], in_force.release_id), until=until)
            except (AwaseError, OSError) as error:
                # The sentence names files and features, never people. Tried again at every look:
                # a folder may still be on its way here.
                if self.refused != str(error):
                    LOG.error("refused: %s", error)
                self.refused = str(error)
                return
            self._desk, self.refused = in_force, None
            self.n_swaps += 1

    def _state(self) -> tuple[int, str | None]:
        """How many versions there are, and the champion unless its cut-offs are suspended."""
        n_versions, release_id = state_of_agreement(self.store)
        if release_id is not None and suspension_of(self.store, release_id) is not None:
            release_id = None
        return n_versions, release_id

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

    def _load(self, release_id: str | None, now: datetime) -> tuple[InForce, datetime | None]:
        """Load what is in force at an instant, and say when the next planned version begins."""
        versions = self.workspace.agreed_versions(self.store)
        agreed = agreed_text(versions.in_force(now))
        definition = agreed.definition
        release = None
        if release_id is not None:
            # A planned version may have begun: its cut-offs come with it. The next look sees the
            # new champion.
            applied = apply_agreement(self.workspace, self.store)
            release = applied.release or load_release(self.workspace.releases_dir / release_id)
        explainer = None if release is None else Explainer.of(release.fit, definition)
        if explainer is not None:
            # Compiles the look-up, so that no request waits for it.
            explainer.explain(np.full((1, len(explainer.catalogue)), np.nan))
        in_force = InForce(
            definition=definition,
            definition_version=agreed.version.version,
            catalogue=catalogue_of(None, definition) if explainer is None else explainer.catalogue,
            release=release,
            explainer=explainer,
            seed=self.workspace.seed,
        )
        return in_force, versions.begins_after(now)
