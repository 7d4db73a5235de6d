"""What the pages work with: the store, the definition, and releases ready to explain leads."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from serving.decisions.in_force.apply import apply_agreement
from serving.decisions.in_force.change import file_notice
from serving.ledger.access.audit_queue import AuditQueue
from serving.ledger.agreements import AgreedVersions, state_of_agreement
from serving.reasons.card import CardMaker
from serving.reasons.explainer import Explainer
from serving.reasons.similar.past_points import PastPoints
from serving.web.sign_in.oidc_client import OidcClient
from serving.web.sign_in.passwords import PasswordChecker
from serving.web.web_settings import WebSettings
from serving.workspace.workspace import AgreementVersion, Workspace, agreed_text
from training.cutoffs.capacity import Outlook
from training.dataset.past_leads import PastLeads
from training.model.release import load_release
from training.results.proposal_records import Proposals
from training.results_store import read_proposals

RELEASES_KEPT = 4
"""Releases ready in memory: the champion, the one before it, and two that old cards name."""


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What was read of the agreement, and until when nothing else can be in force."""

    state: tuple[int, str | None]
    agreed: AgreedVersions
    in_force: AgreementVersion
    until: datetime | None

    def holds(self, state: tuple[int, str | None], now: datetime) -> bool:
        return self.state == state and (self.until is None or now < self.until)


class PageServices:
    """Opens what pages need once and keeps it; safe to share between threads."""

    def __init__(self, workspace: Workspace, settings: WebSettings) -> None:
        self.workspace = workspace
        self.settings = settings
        self.oidc_client = (
            None if workspace.oidc_settings is None else OidcClient(workspace.oidc_settings)
        )
        self.store: Store = workspace.store()
        self.passwords = PasswordChecker(self.store)
        self.audit_queue = AuditQueue(self.store)
        self._lock = threading.RLock()
        self._read: _Read | None = None
        self._makers = lru_cache(maxsize=RELEASES_KEPT)(self._make)
        self._file_notices = lru_cache(maxsize=1)(self._read_file_notice)
        self._outlooks = lru_cache(maxsize=1)(self._read_outlook)

    def definition(self) -> LeadDefinition:
        """The lead definition in force."""
        return self.in_force().definition

    def in_force(self) -> AgreementVersion:
        """The version in force, with its definition."""
        return self._current().in_force

    def agreed(self) -> AgreedVersions:
        """All versions, newest first."""
        return self._current().agreed

    def _current(self) -> _Read:
        """What is agreed, read again once a version or a champion came, or a plan has begun."""
        state, now = state_of_agreement(self.store), datetime.now(UTC)
        with self._lock:
            if self._read is None or not self._read.holds(state, now):
                agreed = self.workspace.agreed_versions(self.store)
                self._read = _Read(
                    # Before there was a version, the file has just become the first one.
                    state=(len(agreed.versions), state[1]),
                    agreed=agreed,
                    in_force=agreed_text(agreed.in_force(now)),
                    until=agreed.begins_after(now),
                )
                self._apply()
                # Words and features of every card come from the definition.
                self._makers.cache_clear()
            return self._read

    def file_notice(self) -> Text | None:
        """Say that the YAML file of the workspace is not what decides; None where it is."""
        try:
            file = self.workspace.definition_path.stat()
        except OSError:  # a server may run without the file
            return None
        current = self._current()
        numbers = (current.agreed.versions[0].number, current.in_force.version.number)
        return self._file_notices((file.st_mtime_ns, file.st_size), numbers)

    def _read_file_notice(self, _file: tuple[int, int], _numbers: tuple[int, int]) -> Text | None:
        try:
            return file_notice(self.workspace, self.agreed())
        except OSError:
            return None

    def _apply(self) -> None:
        """Let a version whose day has come take effect, whoever looks first."""
        with suppress(LeadDataError):  # a damaged champion: lists and facts still show
            apply_agreement(self.workspace, self.store)

    def outlook(self) -> Outlook | None:
        """What any capacity would bring; None without a champion that keeps its past."""
        champion, newest = read_champion(self.store), self.agreed().versions[0]
        return None if champion is None else self._outlooks(champion.release_id, newest.number)

    def proposals(self) -> Proposals | None:
        """What the champion's retrain proposes to agree on next."""
        champion = read_champion(self.store)
        return None if champion is None else read_proposals(self.store, champion.release_id)

    def _read_outlook(self, release_id: str, number: int) -> Outlook | None:
        try:
            past = load_release(self.workspace.releases_dir / release_id).past
        except LeadDataError:
            return None
        if past is None or not len(past.shipped):
            return None
        return Outlook(past.shipped, agreed_text(self.agreed().numbered(number)).definition)

    def card_maker(self, release_id: str) -> CardMaker | None:
        """A release ready to explain leads; None if it cannot be read with today's definition."""
        self._current()
        with self._lock:
            return self._makers(release_id)

    def _make(self, release_id: str) -> CardMaker | None:
        definition = self.definition()
        try:
            release = load_release(self.workspace.releases_dir / release_id)
            explainer = Explainer.of(release.fit, definition)
        except LeadDataError:
            # An old release, or a changed definition: the list and the facts still show.
            return None
        return CardMaker(
            release=release, explainer=explainer, past=self._past(release_id, explainer)
        )

    def _past(self, release_id: str, explainer: Explainer) -> PastPoints | None:
        # Gathering takes seconds and is the command line's work; a page only reads the file.
        path = self.workspace.past_leads_path(release_id)
        return PastPoints.of(PastLeads.read(path), explainer) if path.is_file() else None
