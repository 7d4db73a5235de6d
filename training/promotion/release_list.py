"""Which releases there are, read without what releases are made of.

Why a file of its own: whoever lists releases, or names one, waits neither for learners nor for lead
definitions to be imported.
"""

from dataclasses import dataclass
from datetime import datetime

from features.core.errors import LeadDataError
from features.core.estimate import Measured
from features.core.json_records import from_json
from features.store import Store
from features.store.releases import Promotion, read_champion, read_promotions, read_releases


@dataclass(frozen=True, kw_only=True)
class _ListedMetrics:
    log_loss: Measured


@dataclass(frozen=True, kw_only=True)
class _ListedCard:
    """What a list shows of a release's card."""

    metrics: _ListedMetrics


@dataclass(frozen=True, kw_only=True)
class ReleaseLine:
    """One release as a list shows it; ``record`` is its card as JSON."""

    release_id: str
    made_at: datetime
    data_cutoff: datetime | None
    definition_version: str
    passed_gate: bool
    is_champion: bool
    promotions: tuple[Promotion, ...]
    record: str

    @property
    def log_loss(self) -> Measured:
        """Of the test that the release was judged by."""
        return from_json(_ListedCard, self.record, f"release {self.release_id}").metrics.log_loss


def list_releases(store: Store) -> tuple[ReleaseLine, ...]:
    """Every release, newest first, with each time it was promoted."""
    promotions = read_promotions(store)
    champion = read_champion(store)
    return tuple(
        ReleaseLine(
            release_id=entry.release_id,
            made_at=entry.made_at,
            data_cutoff=entry.data_cutoff,
            definition_version=entry.definition_version,
            passed_gate=entry.passed_gate,
            is_champion=champion is not None and champion.release_id == entry.release_id,
            promotions=tuple(p for p in promotions if p.release_id == entry.release_id),
            record=entry.record,
        )
        for entry in read_releases(store)
    )


def find_release(store: Store, name: str) -> ReleaseLine:
    """The release of an id, or of a beginning that only one has; ``champion`` names the one in use.

    Raises
    ------
    LeadDataError
        If none is called so, or several.
    """
    lines = list_releases(store)
    if name == "champion":
        found = [line for line in lines if line.is_champion]
    else:
        found = [line for line in lines if line.release_id.startswith(name)]
    if len(found) != 1:
        known = ", ".join(line.release_id for line in lines[:3]) or "none yet"
        msg = (
            f"a release is named by its id or by a beginning only it has; got {name!r}, which "
            f"names {len(found)} of {len(lines)} (newest: {known}). Write more of the id."
        )
        raise LeadDataError(msg)
    return found[0]
