"""What the pages work with: the store, the definition, and releases ready to explain leads."""

import threading
from dataclasses import dataclass
from functools import lru_cache

from features.definition import LeadDefinition
from features.errors import LeadDataError
from features.store import Store
from serving.explain_lead import PAST_LEADS
from serving.reasons.card import CardMaker
from serving.reasons.explainer import Explainer
from serving.reasons.past_points import PastPoints
from serving.web.web_settings import WebSettings
from serving.workspace import Workspace
from training.past_leads import PastLeads
from training.release import load_release

RELEASES_KEPT = 4
"""Releases ready in memory: the champion, the one before it, and two that old cards name."""


@dataclass(frozen=True, kw_only=True)
class _Stamp:
    modified_ns: int
    size: int


class Office:
    """Opens what pages need once and keeps it; safe to share between threads."""

    def __init__(self, workspace: Workspace, settings: WebSettings) -> None:
        self.workspace = workspace
        self.settings = settings
        self.store: Store = workspace.store()
        self._lock = threading.Lock()
        self._definition: tuple[_Stamp, LeadDefinition] | None = None
        self._makers = lru_cache(maxsize=RELEASES_KEPT)(self._make)

    def definition(self) -> LeadDefinition:
        """The lead definition, read again once its file has changed."""
        stat = self.workspace.definition_path.stat()
        stamp = _Stamp(modified_ns=stat.st_mtime_ns, size=stat.st_size)
        with self._lock:
            if self._definition is None or self._definition[0] != stamp:
                self._definition = (stamp, self.workspace.definition())
                # Words and features of every card come from the definition.
                self._makers.cache_clear()
            return self._definition[1]

    def card_maker(self, release_id: str) -> CardMaker | None:
        """A release ready to explain leads; None if it cannot be read with today's definition."""
        self.definition()
        with self._lock:
            return self._makers(release_id)

    def _make(self, release_id: str) -> CardMaker | None:
        definition = self.workspace.definition()
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
        path = self.workspace.folder / PAST_LEADS / f"{release_id}.npz"
        return PastPoints.of(PastLeads.read(path), explainer) if path.is_file() else None
