"""What qualifies leads: the version of the agreement in force, and the release with it.

Whoever qualifies leads asks here, so that a decision made in the browser, a plan whose day has come
and a retrain that was promoted all count from the next decision on, whoever comes first.
"""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from features.catalogue import Catalogue, build_catalogue
from features.definition import LeadDefinition
from features.families.category_levels import levels_in_rules
from features.rulebook import RulebookLines
from features.store import Store
from features.store.releases import read_champion
from serving.ledger.agreements import AgreedVersions
from serving.reasons.explainer import Explainer
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


@dataclass(frozen=True, kw_only=True, eq=False)
class InForce:
    """Everything one decision needs, all of one moment.

    Attributes
    ----------
    agreed : AgreementVersion
        The version of the agreement, with its definition.
    release : Release or None
        None while there is no champion: the rulebook alone decides.
    seed : int
        Of what is drawn by lot.
    """

    agreed: AgreementVersion
    release: Release | None
    seed: int

    @property
    def definition(self) -> LeadDefinition:
        """The lead definition."""
        return self.agreed.definition

    @property
    def definition_version(self) -> str:
        """What decisions name the definition by."""
        return self.agreed.version.version

    @property
    def release_id(self) -> str | None:
        """The release that decides."""
        return None if self.release is None else self.release.release_id

    @cached_property
    def explainer(self) -> Explainer | None:
        """Reasons of the release; made when first asked for, which takes a second."""
        return None if self.release is None else Explainer.of(self.release.fit, self.definition)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The release's own columns; without a release those the rulebook needs."""
        return catalogue_of(self.release, self.definition)

    @cached_property
    def rules(self) -> RulebookLines:
        """The definition's rulebook, with the columns of the catalogue found."""
        return RulebookLines.of(self.definition.rulebook, self.catalogue)

    def at(self, versions: AgreedVersions, instant: datetime) -> "InForce":
        """Give today's boosters the agreement of an instant; nothing is written.

        The one rule of everything that is asked about an instant.

        Parameters
        ----------
        versions : AgreedVersions
        instant : datetime
            Whose agreement counts. Where the boosters cannot read what was agreed then, it is the
            agreement of now; without dates, every lead is looked at as it is now.
        """
        then = agreed_text(versions.in_force(instant))
        if not self.definition.dated:
            return self
        if self.release is None:
            return replace(self, agreed=then)
        if self.release.card.model_fingerprint != then.definition.fingerprint.model:
            return self
        cut = under_agreement(self.release, then.definition)
        found = replace(self, agreed=then, release=cut or self.release)
        # The boosters are the same, and so are their reasons and columns.
        for made in {"explainer", "catalogue"} & self.__dict__.keys():
            found.__dict__[made] = self.__dict__[made]
        return found


def in_force_now(workspace: Workspace, store: Store) -> InForce:
    """Find what qualifies leads now; a version that has just come into force is applied first."""
    applied = apply_agreement(workspace, store)
    agreed = workspace.in_force(store=store)
    return InForce(agreed=agreed, release=applied.release, seed=workspace.seed)


def in_force_at(
    workspace: Workspace, store: Store, at: datetime, *, champion: Release | None
) -> InForce:
    """Find what qualifies leads at an instant, as :meth:`InForce.at`; nothing is written.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    at : datetime
        Instant whose agreement counts.
    champion : Release or None
        From :func:`load_champion`.
    """
    versions = workspace.agreed_versions(store)
    now = InForce(
        agreed=agreed_text(versions.in_force(datetime.now(UTC))),
        release=champion,
        seed=workspace.seed,
    )
    return now.at(versions, at)


def load_champion(store: Store, workspace: Workspace) -> Release | None:
    """The release in use, or None while there is none."""
    champion = read_champion(store)
    return None if champion is None else load_release(workspace.releases_dir / champion.release_id)


def catalogue_of(release: Release | None, definition: LeadDefinition) -> Catalogue:
    """The release's own columns; without a release those the rulebook needs."""
    if release is not None:
        return Catalogue.from_dict(release.fit.catalogue, definition)
    return build_catalogue(definition, levels_in_rules(definition))


def keep_in_force(workspace: Workspace, store: Store, in_force: InForce) -> None:
    """Record the release that decides, so that its decisions can be made again.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    in_force : InForce
        Its release may be the champion under an earlier agreement.
    """
    champion, release = read_champion(store), in_force.release
    if release is None or champion is None or release.release_id == champion.release_id:
        return
    version = in_force.definition_version
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
