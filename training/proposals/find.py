"""What to agree on next, found by a retrain and written down for the review.

The learned rulebook is found on what the tested fit learned from and tested later in time. What to
add or drop rests on three kinds of evidence: how much each part moves probabilities on the test's
leads, how many leads it says anything about, and what the leakage audit found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from features.core.errors import AwaseError
from features.core.formats import share
from features.core.memory import give_back
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.conditions import simple_conditions
from training.dataset.dataset import Dataset
from training.evaluation.holdout import HoldoutResult
from training.learned_rulebook import Constraints, propose_rulebook
from training.model.concept_points import concept_points
from training.model.trained_model import TrainedModel
from training.results.comparison_records import Cadence
from training.results.proposal_records import Advice, Kind, LearnedRulebook, PartEvidence, Proposals
from training.results.records import AuditFinding
from training.train.kept_findings import NOTHING_KEPT, KeptFindings

HARDLY = 0.003
"""Share of all points below which a part hardly moves a probability."""

WORTH_DECLARING = 0.02
"""Share of leads with something undeclared that is worth a line."""

MOST_EXPLAINED = 5_000
"""Leads of the test whose points are averaged: shares of points need no more."""


def find_proposals(
    trial: HoldoutResult,
    dataset: Dataset,
    tested: TrainedModel,
    *,
    audit: tuple[AuditFinding, ...],
    kept: KeptFindings = NOTHING_KEPT,
) -> Proposals:
    """Propose a learned rulebook, and what to add to or drop from the definition.

    Parameters
    ----------
    trial : HoldoutResult
        The test of ``tested``.
    dataset : Dataset
    tested : TrainedModel
        Fitted on nothing later than the start of the test window.
    audit : tuple of AuditFinding
        Attributes that may know the outcome.
    kept : KeptFindings
        Where they may have been found before.
    """
    return kept.record(
        Proposals,
        lambda: _found(trial, dataset, tested, audit),
        follows_from=(dataset.content, tested.to_files(), audit),
    )


def _found(
    trial: HoldoutResult, dataset: Dataset, tested: TrainedModel, audit: tuple[AuditFinding, ...]
) -> Proposals:
    parts = tuple(_parts(trial, dataset, tested, audit))
    give_back()
    try:
        # Looking every day takes six times as long and decides nothing here; `awase rulebook
        # propose` does.
        found = propose_rulebook(dataset, tested, Constraints(), cadence=Cadence.WEEK)
    except AwaseError as why:
        return Proposals(rulebook=None, parts=parts, why_no_rulebook=Text(ja=str(why), en=str(why)))
    return Proposals(
        rulebook=LearnedRulebook(
            rulebook=found.proposal.definition.rulebook,
            n_candidates=found.proposal.n_candidates,
            comparison=found.comparison,
            recoveries=found.recoveries,
            forecast=found.forecast,
        ),
        parts=parts,
    )


def _parts(
    trial: HoldoutResult, dataset: Dataset, tested: TrainedModel, audit: tuple[AuditFinding, ...]
) -> Iterator[PartEvidence]:
    definition = dataset.definition
    shares = _points_shares(trial, tested)
    asked = _asked_about(definition)
    suspected = {finding.column: finding for finding in audit}
    n_leads = max(dataset.history.n_leads, 1)
    scored = {b.name for b in definition.lead_behaviours}
    scored |= {a.name for a in definition.feature_attributes}
    behaviours = {b.name: dataset.events.n_leads.get(b.name, 0) for b in definition.behaviours}
    knowing = dataset.facts.n_leads_knowing
    leads_with = behaviours | {a.name: knowing.get(a.name, 0) for a in definition.attributes}
    for name in (name for name in leads_with if name in scored):
        seen = _Seen(
            kind="behaviour" if name in behaviours else "attribute",
            name=name,
            leads=leads_with[name],
            n_leads=n_leads,
            points_share=shares.get(name, 0.0),
        )
        yield seen.evidence(in_rulebook=name in asked, finding=suspected.get(name))
    yield from _undeclared(dataset, n_leads)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """One part of the definition with what the data say about it."""

    kind: Kind
    name: str
    leads: int
    n_leads: int
    points_share: float

    def evidence(self, *, in_rulebook: bool, finding: AuditFinding | None) -> PartEvidence:
        """The evidence with the advice that follows from it."""
        advice: Advice = "keep"
        if finding is not None and finding.severity == "severe":
            advice = "mend"
        elif not self.leads or (self.points_share < HARDLY and not in_rulebook):
            advice = "drop"
        of_leads, of_points = share(self.leads / self.n_leads), share(self.points_share)
        sentence = Text(
            ja=f"リードの{of_leads.ja}にあり、確率を動かすポイントの{of_points.ja}を占めます。",
            en=f"Seen of {of_leads.en} of leads; {of_points.en} of the points that move "
            "probabilities.",
        )
        if finding is not None:
            said = finding.sentence
            sentence = Text(ja=f"{sentence.ja} {said.ja}", en=f"{sentence.en} {said.en}")
        return PartEvidence(
            kind=self.kind,
            name=self.name,
            advice=advice,
            points_share=self.points_share,
            n_leads=self.leads,
            leads_share=self.leads / self.n_leads,
            in_rulebook=in_rulebook,
            sentence=sentence,
        )


def _points_shares(trial: HoldoutResult, tested: TrainedModel) -> dict[str, float]:
    """Each concept's share of all points, on an even sample of the test's snapshots."""
    every = max(1, len(trial.snapshot.moments) // MOST_EXPLAINED)
    matrix = trial.snapshot.take(slice(None, None, every)).matrix
    points = concept_points(tested, np.ascontiguousarray(matrix))
    moved = np.abs(points.values).mean(axis=0)
    total = float(moved.sum()) or 1.0
    return {name: float(part) / total for name, part in zip(points.concepts, moved, strict=True)}


def _asked_about(definition: LeadDefinition) -> frozenset[str]:
    """Behaviours and attributes that the rulebook asks about."""
    named = set()
    for condition in definition.rulebook.conditions():
        for simple in simple_conditions(condition):
            named |= {getattr(simple, key, None) for key in ("behaviour", "attribute")}
    return frozenset(name for name in named if name is not None)


def _undeclared(dataset: Dataset, n_leads: int) -> Iterator[PartEvidence]:
    """What the tables hold of many leads, but the definition does not name."""
    definition = dataset.definition
    declared = {b.name for b in definition.behaviours} | {a.name for a in definition.attributes}
    where: tuple[tuple[Kind, Mapping[str, int]], ...] = (
        ("behaviour", dataset.events.n_leads),
        ("attribute", dataset.facts.n_leads),
    )
    for kind, n_leads_with in where:
        for name, leads in sorted(n_leads_with.items()):
            if name in declared or leads < WORTH_DECLARING * n_leads:
                continue
            recorded = share(leads / n_leads)
            yield PartEvidence(
                kind=kind,
                name=name,
                advice="add",
                points_share=None,
                n_leads=leads,
                leads_share=leads / n_leads,
                in_rulebook=False,
                sentence=Text(
                    ja=f"定義にありませんが、リードの{recorded.ja}について記録があります。",
                    en=f"Not in the definition, but recorded of {recorded.en} of leads.",
                ),
            )
