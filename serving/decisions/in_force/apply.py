"""What qualifies leads: the version of the agreement in force, and the release with it.

Whoever qualifies leads asks here, so that a decision made in the browser, a plan whose day has come
and a retrain that was promoted all count from the next decision on, whoever comes first.
"""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from features.store import Store
from features.store.releases import read_champion
from serving.ledger.agreements import AgreedVersions
from serving.workspace.workspace import AgreementVersion, Workspace, agreed_text
from training.dataset.past_leads import PastLeads
from training.model.release import Release, load_release
from training.promotion.apply_agreement import (
    AgreedTerms,
    AppliedAgreement,
    bring_into_force,
    keep_release,
    under_agreement,
)

_ONE_AT_A_TIME = threading.Lock()
"""Two pages may find at the same moment that a version has begun; one of them applies it."""


@dataclass(frozen=True, kw_only=True)
class VersionInForce:
    """A version of the agreement and the release that decides by it; None before there is one."""

    agreed: AgreementVersion
    release: Release | None


def judging_now(workspace: Workspace, store: Store) -> VersionInForce:
    """Find what qualifies leads now; a version that has just come into force is applied first."""
    applied = apply_agreement(workspace, store)
    return VersionInForce(agreed=workspace.in_force(store=store), release=applied.release)


def judging_at(workspace: Workspace, store: Store, at: datetime) -> VersionInForce:
    """Find what qualifies leads at an instant: today's boosters under the agreement of then.

    The one rule of everything that is asked about an instant. Nothing is written.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    at : datetime
        Instant whose agreement counts.
    """
    champion = read_champion(store)
    release = None
    if champion is not None:
        release = load_release(workspace.releases_dir / champion.release_id)
    return release_at(workspace.agreed_versions(store), release, at)


def release_at(versions: AgreedVersions, release: Release | None, at: datetime) -> VersionInForce:
    """Give a release the cut-offs of the agreement of an instant; nothing is written.

    Parameters
    ----------
    versions : AgreedVersions
    release : Release or None
        The champion.
    at : datetime
        Instant whose agreement counts. Where the boosters cannot read what was agreed then, it is
        the agreement of now.
    """
    now = agreed_text(versions.in_force(datetime.now(UTC)))
    # Without dates, every lead is looked at as it is now.
    agreed = agreed_text(versions.in_force(at)) if now.definition.dated else now
    if release is None:
        return VersionInForce(agreed=agreed, release=None)
    if release.card.model_fingerprint != agreed.definition.fingerprint.model:
        return VersionInForce(agreed=now, release=release)
    cut = under_agreement(release, agreed.definition)
    return VersionInForce(agreed=agreed, release=cut or release)


def keep_judging(workspace: Workspace, store: Store, judging: VersionInForce) -> None:
    """Record the release that decides, so that its decisions can be made again.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    judging : VersionInForce
        Its release may be the champion under an earlier agreement.
    """
    champion, release = read_champion(store), judging.release
    if release is None or champion is None or release.release_id == champion.release_id:
        return
    version = judging.agreed.version.version
    keep_release(store, workspace.releases_dir, release, version=version, like=champion.release_id)


def terms_in_force(workspace: Workspace, store: Store) -> AgreedTerms:
    """The version of the agreement in force, ready to be given to a release."""
    agreed = workspace.in_force(store=store)
    version = agreed.version
    return AgreedTerms(
        definition=agreed.definition,
        version=version.version,
        by=version.decision.by,
        why=f"version {version.number} of the agreement: {version.decision.why}",
    )


def apply_agreement(workspace: Workspace, store: Store) -> AppliedAgreement:
    """Give the champion the cut-offs of the version in force, if it has not got them yet."""
    with _ONE_AT_A_TIME:
        # Read only now: who waited here must not apply what was in force before.
        before = read_champion(store)
        agreement = terms_in_force(workspace, store)
        found = bring_into_force(store, workspace.releases_dir, agreement)
        if found.outcome == "promoted" and found.release is not None and before is not None:
            keep_past_leads(workspace, before.release_id, found.release.release_id)
    return found


def keep_past_leads(workspace: Workspace, before: str, after: str) -> None:
    """Copy the past leads of a release to the release that replaces it.

    Both have the same boosters, so the cards of the new release may show them.

    Parameters
    ----------
    workspace : Workspace
    before : str
        Id of the release that is replaced.
    after : str
        Id of the new release.
    """
    path = workspace.past_leads_path(before)
    if path.is_file():
        kept = replace(PastLeads.read(path), release_id=after)
        kept.write(workspace.past_leads_path(after))
