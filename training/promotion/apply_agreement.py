"""A changed agreement as a new release: the champion's boosters, cut-offs by the new rules.

Nothing is learned and no table is read: what the cut-offs were chosen from travels with the
release. The new release's folder is complete before the ledger names it, and the champion's row
moves last, in one step; whoever is killed in between leaves the champion as it was, and the next
one who looks completes what is missing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import (
    ReleaseEntry,
    read_champion,
    read_releases,
    record_release,
    set_champion,
)
from training.cutoffs.choose import choose_cut_offs, follows_rulebook
from training.cutoffs.daily_looks import with_crossings
from training.model.release import Release, load_release
from training.results.records import to_json

TRIES = 3
"""A retrain may promote in between; more often than this nobody promotes within a second."""

Outcome = Literal["no champion", "same", "waits for a retrain", "keeps no past", "promoted"]
"""What became of an agreement: there is nothing to change yet; the champion has its cut-offs; its
model part must be learned first; the champion is too old to choose cut-offs anew; it has a new
release, which is the champion."""


@dataclass(frozen=True, kw_only=True)
class AppliedAgreement:
    """What a version of the agreement meant for the champion."""

    outcome: Outcome
    release: Release | None


@dataclass(frozen=True, kw_only=True)
class AgreedTerms:
    """A version of the agreement, ready to be given to a release.

    Attributes
    ----------
    version : str
        What it means, as the ledger names it.
    by, why : str
        Go into the ledger with a promotion.
    """

    definition: LeadDefinition
    version: str
    by: str
    why: str


def under_agreement(release: Release, definition: LeadDefinition) -> Release | None:
    """The release with its cut-offs chosen by a definition's rules.

    Returns
    -------
    Release or None
        The same one if it was made under this agreement; None if it does not keep what cut-offs
        are chosen from, or a cut-off follows the rulebook's volume, which it never keeps.
    """
    agreement = definition.fingerprint.agreement
    if release.card.agreement_fingerprint == agreement:
        return release
    past = release.past
    # The rulebook's volume needs the tables, which only a retrain reads.
    if past is None or follows_rulebook(definition):
        return None
    tested = choose_cut_offs(past.tested, definition)
    cut_offs = with_crossings(
        choose_cut_offs(past.shipped, definition),
        release.looks,
        tested=tested,
        rules=definition.cut_offs,
    )
    return release.with_agreement(cut_offs, agreement, tested_cut_offs=tested)


def bring_into_force(
    store: Store,
    releases_dir: Path,
    agreement: AgreedTerms,
    *,
    reached: Callable[[str], None] | None = None,
) -> AppliedAgreement:
    """Make the champion a release under an agreement, if it is not one already.

    Parameters
    ----------
    store : Store
    releases_dir : path
        One folder per release.
    agreement : AgreedTerms
    reached : callable, optional
        Told the name of each step before it is taken.

    Raises
    ------
    LeadDataError
        If the champion's folder is damaged; it then stays the champion.
    """
    step = reached or _nobody
    for attempt in range(TRIES):
        champion = read_champion(store)
        if champion is None:
            return AppliedAgreement(outcome="no champion", release=None)
        release = load_release(releases_dir / champion.release_id)
        if release.card.model_fingerprint != agreement.definition.fingerprint.model:
            return AppliedAgreement(outcome="waits for a retrain", release=release)
        new = under_agreement(release, agreement.definition)
        if new is None:
            return AppliedAgreement(outcome="keeps no past", release=release)
        if new.release_id == release.release_id:
            return AppliedAgreement(outcome="same", release=release)
        step("write the release")
        keep_release(store, releases_dir, new, version=agreement.version, like=release.release_id)
        step("move the champion")
        try:
            set_champion(
                store,
                new.release_id,
                by=agreement.by,
                why=agreement.why,
                instead_of=release.release_id,
            )
        except LeadDataError:
            # Somebody promoted another release meanwhile: that one needs the agreement now.
            if attempt == TRIES - 1:
                raise
            continue
        step("done")
        return AppliedAgreement(outcome="promoted", release=new)
    return AppliedAgreement(outcome="no champion", release=None)


def keep_release(
    store: Store, releases_dir: Path, release: Release, *, version: str, like: str
) -> None:
    """Write a release made from another and record it, passing the gate as that one did.

    Parameters
    ----------
    store : Store
    releases_dir : path
        One folder per release.
    release : Release
    version : str
        Of its definition, as the ledger names it.
    like : str
        Id of the release it was made from.
    """
    folder = release.write(releases_dir)
    former = next((e for e in read_releases(store) if e.release_id == like), None)
    record_release(
        store,
        ReleaseEntry(
            release_id=release.release_id,
            definition_version=version,
            made_at=datetime.now(UTC),
            data_cutoff=None if former is None else former.data_cutoff,
            folder=folder.name,
            passed_gate=former is None or former.passed_gate,
            record=to_json(release.card),
        ),
    )


def learned_with(store: Store, release_id: str) -> str:
    """The release by which these boosters were learned; the same id where it is that one."""
    entries = read_releases(store)
    own = next((e for e in entries if e.release_id == release_id), None)
    if own is None:
        return release_id
    wanted = learned_files(own)
    # Newest first, so the last of those with the same files is where they came from.
    return [e.release_id for e in entries if e is own or learned_files(e) == wanted][-1]


def learned_files(entry: ReleaseEntry) -> object:
    """What tells whether two releases learned the same: the hashes of their boosters' files."""
    return json.loads(entry.record).get("files", entry.release_id)


def _nobody(_: str) -> None:
    """Nobody asked to be told."""
