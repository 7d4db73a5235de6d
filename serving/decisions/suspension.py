"""Cut-offs that are suspended, because an input has left the range the champion learned from.

Then not even the order of probabilities means anything, so none is published: leads are decided on
by the rulebook, as both teams agreed it before there was a model, and every place that shows
decisions says so. Nothing has to be switched back. Each scoring looks anew, and a release that has
relearned on the new values is another one, about which nothing was found.

Why the finding is kept: one lead's row, as the API sees it, cannot tell whether most leads have
left the range. The last scoring could.
"""

from dataclasses import dataclass

from features.core.arrays import SecondArray
from features.core.text import Text
from features.definition import LeadDefinition
from features.history import History
from features.store import Store
from features.store.releases import read_champion
from features.store.results import read_finding, write_finding
from training.model.out_of_range import OutOfRange, out_of_range_at
from training.model.release import Release
from training.results.records import from_json, to_json

SUSPENSION = "suspension"
"""Kind of a finding; its subject is the release."""


@dataclass(frozen=True, kw_only=True)
class Suspension:
    """What the newest scoring found about a release's inputs; lifted where nothing was outside."""

    release_id: str
    as_of: int
    inputs: tuple[OutOfRange, ...]

    @property
    def is_lifted(self) -> bool:
        """Whether the cut-offs are in force."""
        return not self.inputs

    @property
    def sentence(self) -> Text:
        """What happened, what decides meanwhile, and what to do."""
        return Text(
            ja=f"モデルの基準を停止しています。{self._told('ja')}"
            "学び直すまではルールブックで判定します。",
            en=f"The model's cut-offs are suspended. {self._told('en')}"
            "Until it has relearned, the rulebook decides.",
        )

    def _told(self, language: str) -> str:
        if language == "ja":
            return "".join(out.sentence.ja for out in self.inputs)
        return "".join(f"{out.sentence.en} " for out in self.inputs)


def find_suspension(
    release: Release,
    ended: SecondArray,
    *,
    history: History,
    definition: LeadDefinition,
    as_of: int,
) -> Suspension:
    """Find whether a release's cut-offs may be used at an instant.

    Parameters
    ----------
    release : Release
    ended : ndarray of shape (n_leads,)
        When each lead ended: only open ones count.
    history : History
        Of all leads.
    definition : LeadDefinition
    as_of : int
        Instant to look from, in seconds since 1970 UTC.
    """
    beyond: tuple[OutOfRange, ...] = ()
    if definition.dated:
        beyond = out_of_range_at(
            ended, history, as_of=as_of, definition=definition, fit=release.fit
        )
    return Suspension(release_id=release.release_id, as_of=as_of, inputs=beyond)


def keep_suspension(store: Store, found: Suspension) -> None:
    """Keep what a scoring found, for the pages; nothing where nothing is and was outside.

    Parameters
    ----------
    store : Store
    found : Suspension
    """
    if found.inputs or suspension_of(store, found.release_id) is not None:
        write_finding(store, SUSPENSION, found.release_id, record=to_json(found))


def suspension_of(store: Store, release_id: str) -> Suspension | None:
    """The suspension of a release as the newest scoring found it; None while it is in force."""
    finding = read_finding(store, SUSPENSION, release_id)
    if finding is None:
        return None
    found = from_json(Suspension, finding.record, "finding suspension")
    return None if found.is_lifted else found


def current_suspension(store: Store) -> Suspension | None:
    """The champion's suspension, if its cut-offs are suspended."""
    champion = read_champion(store)
    return None if champion is None else suspension_of(store, champion.release_id)
