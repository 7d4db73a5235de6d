"""A proposal with its test: learned from what had matured before, judged later in time.

It learns from exactly what the release's tested fit learned from, and is tested on the snapshots
that neither had seen. So the model, today's rulebook and the proposal stand side by side.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.core.progress import Progress, Steps, ignore_progress
from features.definition import LeadDefinition
from features.moments import Moments
from features.rulebook import judge
from features.snapshot import Snapshot
from features.snapshot_rows import computed, read_in_blocks
from training.comparison.compare import Judgements, compare
from training.comparison.comparison_setting import comparison_setting
from training.comparison.daily_replay import replay_test
from training.comparison.rulebook_trial import cohort_of
from training.dataset.dataset import Dataset
from training.dataset.split import Subset
from training.learned_rulebook.constraints import Constraints
from training.learned_rulebook.learn import (
    CandidateSnapshots,
    LearnedProposal,
    capacity_in,
    learn_rulebook,
)
from training.learned_rulebook.recovery import ThreePolicies, recoveries
from training.model.trained_model import TrainedModel
from training.results.comparison_records import Cadence, Comparison
from training.results.recovery_records import Recovery

POINTS, PROPOSED, TODAY, TODAY_POINTS, MARGIN = range(5)
"""Columns of what the three policies say of a moment."""


LEARN = "learn a rulebook from outcomes"
"""The step that progress is told of, before the replay."""


@dataclass(frozen=True, kw_only=True)
class TestedProposal:
    """A proposed rulebook and what it would have done in the test period.

    Attributes
    ----------
    proposal : LearnedProposal
    comparison : Comparison
        Proposal against today's rulebook; in the place of the model stands the proposal.
    recoveries : tuple of Recovery
        Share of the model's advantage recovered: at the volume sales can work, and at those of
        today's MQL and SQL candidates.
    forecast : bool
        False where the data set has no dates: then the test is not later in time.
    """

    __test__ = False  # pytest would take the name for a test case

    proposal: LearnedProposal
    comparison: Comparison
    recoveries: tuple[Recovery, ...]
    forecast: bool


def propose_rulebook(
    dataset: Dataset,
    tested: TrainedModel,
    constraints: Constraints,
    *,
    cadence: Cadence = Cadence.DAY,
    progress: Progress = ignore_progress,
) -> TestedProposal:
    """Learn a rulebook and test it beside today's and the model.

    Parameters
    ----------
    dataset : Dataset
        With the data cut-off and the seed of the release, so that the split is the same.
    tested : TrainedModel
        The release's tested fit.
    constraints : Constraints
    cadence : Cadence
        How often the replay looks at each lead.
    progress : callable
        Told how far learning and replay are.

    Raises
    ------
    Refusal
        If no rule tells leads apart better than chance.
    DefinitionError
        If the constraints name something the definition has not.
    """
    definition, split = dataset.definition, dataset.split
    with Steps(progress).step(LEARN) as told:
        learned_from = _looks(dataset, tested, split.train)
        proposal = learn_rulebook(
            learned_from,
            definition=definition,
            constraints=constraints,
            everybody=_everybody(dataset, tested),
            seed=dataset.seed,
            told=told,
        )
    replayed = replay_test(
        dataset,
        _ThreePolicies(dataset, tested, proposal.definition),
        cadence=cadence,
        progress=progress,
    )
    cohort, values = replayed.cohort, replayed.values
    moments = replayed.moments(cohort.first_rows)
    first = read_in_blocks(dataset.history, _catalogue(dataset, tested), moments)
    today = values[:, TODAY].astype(np.int8)
    return TestedProposal(
        proposal=proposal,
        comparison=compare(
            cohort,
            Judgements(
                margin=values[:, POINTS],
                model=values[:, PROPOSED].astype(np.int8),
                rulebook=today,
            ),
            comparison_setting(dataset, replayed, first),
        ),
        recoveries=recoveries(
            cohort,
            ThreePolicies(
                today=today,
                today_points=values[:, TODAY_POINTS],
                points=values[:, POINTS],
                margin=values[:, MARGIN],
            ),
            capacity=capacity_in(definition, cohort),
            seed=dataset.seed,
        ),
        forecast=split.forecast,
    )


@dataclass(frozen=True)
class _ThreePolicies:
    """Proposal, today's rulebook and the model as one function of moments."""

    dataset: Dataset
    tested: TrainedModel
    proposed: LeadDefinition

    def __call__(self, moments: Moments) -> FloatArray:
        return computed(read_in_blocks(self.dataset.history, self._catalogue, moments), self._judge)

    @cached_property
    def _catalogue(self) -> Catalogue:
        return _catalogue(self.dataset, self.tested)

    def _judge(self, snapshot: Snapshot) -> FloatArray:
        proposed = judge(snapshot, self.proposed.rulebook)
        today = judge(snapshot, self.dataset.definition.rulebook)
        margin = self.tested.margin(snapshot.matrix)
        return np.column_stack(
            [proposed.points, proposed.qualification, today.qualification, today.points, margin]
        )


def _catalogue(dataset: Dataset, tested: TrainedModel) -> Catalogue:
    return Catalogue.from_dict(tested.catalogue, dataset.definition)


def _looks(dataset: Dataset, tested: TrainedModel, part: Subset) -> CandidateSnapshots:
    catalogue = _catalogue(dataset, tested)
    return CandidateSnapshots(
        snapshot=read_in_blocks(dataset.history, catalogue, dataset.at(part.rows)),
        cohort=cohort_of(dataset, part),
    )


def _everybody(dataset: Dataset, tested: TrainedModel) -> CandidateSnapshots | None:
    """All snapshots before the test, where what is learned from are hand-overs alone."""
    split = dataset.split
    if split.train.weight is None:
        return None
    rows = np.flatnonzero(dataset.moments.as_of < split.test_from)
    # Volumes need no outcome.
    return _looks(dataset, tested, Subset(rows=rows, converted=np.zeros(len(rows), dtype=np.bool_)))
