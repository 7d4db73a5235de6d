"""What the pages work with: the store, the definition, and releases ready to explain leads."""

from datetime import timedelta
from functools import lru_cache

import numpy as np

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from serving.agreement.draft import DraftAgreement
from serving.agreement.effect import ChangeEffect, effect_of_text, probabilities_waiting
from serving.decisions.in_force.apply import InForce
from serving.decisions.in_force.holder import RELEASES_KEPT, InForceHolder
from serving.decisions.in_force.written_file import file_notice
from serving.decisions.suspension import current_suspension
from serving.ledger.access.background_writes import BackgroundWriter
from serving.ledger.agreements import AgreedVersions
from serving.ledger.decisions import read_open_decisions
from serving.ledger.hand_overs import read_never_handed_over
from serving.ledger.leads.lead_state import newest_as_of
from serving.ledger.leads.queues import Clock, waiting_until
from serving.reasons.card import CardMaker
from serving.reasons.similar.past_points import PastPoints
from serving.web.sign_in.oidc_client import OidcClient
from serving.web.sign_in.passwords import PasswordChecker
from serving.web.web_settings import WebSettings
from serving.workspace.workspace import AgreementVersion, Workspace, agreed_text
from training.cutoffs.capacity import Outlook
from training.dataset.past_leads import PastLeads
from training.model.release import load_release
from training.reports.document.pdf import can_write_pdf
from training.results.proposal_records import Proposals
from training.results_store import read_proposals

EFFECTS_KEPT = 16
"""Drafts whose effect is found already; each found again costs half a second."""


NOBODY: FloatArray = np.empty(0)


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
        self.writer = BackgroundWriter(self.store)
        self.in_force_holder = InForceHolder(workspace, self.store)
        self._makers = lru_cache(maxsize=RELEASES_KEPT)(self._make)
        self._past_written_at: int | None = None
        self._file_notices = lru_cache(maxsize=1)(self._read_file_notice)
        # By the newest version and by the one in force, where the newest waits.
        self._outlooks = lru_cache(maxsize=2)(self._read_outlook)
        self._waiting = lru_cache(maxsize=1)(self._find_waiting)
        self._effects = lru_cache(maxsize=EFFECTS_KEPT)(self._find_effect)

    def definition(self) -> LeadDefinition:
        """The lead definition in force."""
        return self.in_force().definition

    def in_force(self) -> AgreementVersion:
        """The version in force, with its definition."""
        return self.in_force_holder.agreement().in_force

    def agreed(self) -> AgreedVersions:
        """All versions, newest first."""
        return self.in_force_holder.agreement().versions

    def waiting_clock(self) -> Clock:
        """From when waiting counts: the clock, or the newest decision where that lies long ago."""
        with self.store.engine.connect() as connection:
            newest = newest_as_of(connection)
        agreed = self.definition().sales
        return Clock(
            now=waiting_until(newest),
            response_time=None if agreed is None else timedelta(hours=agreed.response_time_hours),
        )

    def file_notice(self) -> Text | None:
        """Say that the YAML file of the workspace is not what decides; None where it is."""
        try:
            file = self.workspace.definition_path.stat()
        except OSError:  # a server may run without the file
            return None
        current = self.in_force_holder.agreement()
        numbers = (current.versions.versions[0].number, current.in_force.version.number)
        return self._file_notices((file.st_mtime_ns, file.st_size), numbers)

    def _read_file_notice(self, _file: tuple[int, int], _numbers: tuple[int, int]) -> Text | None:
        try:
            return file_notice(self.workspace, self.agreed())
        except OSError:
            return None

    def outlook(self) -> Outlook | None:
        """What any capacity would bring; None without a champion that keeps its past."""
        champion, newest = read_champion(self.store), self.agreed().versions[0]
        return None if champion is None else self._outlooks(champion.release_id, newest.number)

    def prepare(self) -> None:
        """Load and find what the first visitors would wait for: drivers, what cut-offs bring."""
        can_write_pdf()
        with self.store.bulk():  # imports the driver
            pass
        outlook = self.outlook()
        if outlook is not None and self.definition().dated:
            outlook.as_agreed()
            self.waiting()

    def effect(self, found: DraftAgreement) -> ChangeEffect | None:
        """What a draft would bring; None where it cannot be adopted or no release decides."""
        champion = read_champion(self.store)
        if champion is None or found.faults:
            return None
        return self._effects(
            found.text,
            found.text_now,
            in_force=found.in_force.number,
            release_id=champion.release_id,
            scored=self._scored(),
        )

    def waiting(self) -> FloatArray:
        """Probabilities of the open leads that were never handed over."""
        champion = read_champion(self.store)
        return NOBODY if champion is None else self._waiting(champion.release_id, self._scored())

    def _scored(self) -> object:
        with self.store.engine.connect() as connection:
            return newest_as_of(connection)

    def _find_waiting(self, release_id: str, _scored: object) -> FloatArray:
        """Read them anew; they hold until a release or a scoring comes."""
        found = self.in_force_holder.readable(release_id)
        if found is None or found.release is None:
            return NOBODY
        fresh = read_never_handed_over(self.store)
        return probabilities_waiting(read_open_decisions(self.store), found.release, fresh)

    def _find_effect(
        self, text: str, text_now: str | None, *, in_force: int, release_id: str, scored: object
    ) -> ChangeEffect | None:
        """Find an effect anew; it holds until a version, a release or a scoring comes."""
        found = self.in_force_holder.readable(release_id)
        if found is None or found.release is None:
            return None
        effect = effect_of_text(
            text if text_now is None else text_now,
            agreed_text(self.agreed().numbered(in_force)),
            found.release,
            outlook=self._outlooks(release_id, in_force),
            decisions=read_open_decisions(self.store),
            waiting=self._waiting(release_id, scored),
        )
        return effect if current_suspension(self.store) is None else effect.while_suspended()

    def proposals(self) -> Proposals | None:
        """What the champion's retrain proposes to agree on next."""
        champion = read_champion(self.store)
        return None if champion is None else read_proposals(self.store, champion.release_id)

    def _read_outlook(self, release_id: str, number: int) -> Outlook | None:
        try:
            release = load_release(self.workspace.releases_dir / release_id)
            past = release.past
        except LeadDataError:
            return None
        if past is None or not len(past.shipped):
            return None
        return Outlook(
            past.shipped,
            agreed_text(self.agreed().numbered(number)).definition,
            tested=past.tested,
            looks=release.looks,
        )

    def card_maker(self, release_id: str) -> CardMaker | None:
        """A release ready to explain leads; None if it cannot be read with today's definition."""
        found = self.in_force_holder.readable(release_id)
        if found is None:
            return None
        folder = self.workspace.past_leads_path("any").parent
        written_at = folder.stat().st_mtime_ns if folder.is_dir() else None
        if written_at != self._past_written_at:
            # Somebody was forgotten: not one matrix from before may stay in memory.
            self._makers.cache_clear()
            self._past_written_at = written_at
        return self._makers(found)

    def _make(self, found: InForce) -> CardMaker | None:
        release, explainer = found.release, found.explainer
        if release is None or explainer is None:
            return None
        # Gathering takes seconds and is the command line's work; a page only reads the file.
        path = self.workspace.past_leads_path(release.release_id)
        past = PastLeads.read(path).explained(release.fit) if path.is_file() else None
        points = None if past is None else PastPoints.of(past, explainer)
        return CardMaker(release=release, explainer=explainer, past=points)
