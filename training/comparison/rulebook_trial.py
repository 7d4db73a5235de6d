"""What if: an edited rulebook replayed on past leads beside today's, before anybody agrees to it.

Neither rulebook learned anything, so every matured snapshot could judge them. The period is the
test's all the same, so that the figures stand beside those of the model.
"""

from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue, build_catalogue
from features.core.arrays import FloatArray
from features.core.progress import Progress, ignore_progress
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from features.definition.rulebook import Rulebook
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.rulebook import Idle, Judgement, check_rulebook, columns_asked, idle_parts, judge
from features.snapshot import take_snapshot
from training.comparison.compare import Judgements, compare
from training.comparison.comparison_setting import comparison_setting
from training.comparison.daily_replay import replay_test
from training.comparison.replay import ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.split import Subset
from training.metrics.sample_weights import as_effective
from training.results.comparison_records import Cadence, Comparison

POINTS, EDITED, TODAY = range(3)
"""Columns of what the two rulebooks say: points of the edited one, then both qualifications."""


@dataclass(frozen=True, kw_only=True)
class RulebookTrial:
    """An edited rulebook beside today's.

    Attributes
    ----------
    changes : tuple of Change
        From today's definition to the edited one.
    comparison : Comparison
        In the place of the model stands the edited rulebook, ranked by its points.
    idle : tuple of Idle
        Parts of the edited rulebook that tell no lead from another.
    """

    changes: tuple[Change, ...]
    comparison: Comparison
    idle: tuple[Idle, ...]


def try_rulebook(
    dataset: Dataset,
    edited: LeadDefinition,
    *,
    cadence: Cadence = Cadence.DAY,
    progress: Progress = ignore_progress,
) -> RulebookTrial:
    """Replay an edited rulebook on the test period of today's definition.

    Parameters
    ----------
    dataset : Dataset
        By today's definition, whose days and outcomes count for both.
    edited : LeadDefinition
        May count in other windows, too, or know further attributes.
    cadence : Cadence
        How often the replay looks at each lead.
    progress : callable
        Told how far the replay is.

    Raises
    ------
    DefinitionError
        If the edited rulebook asks about features that do not exist, with their lines.
    """
    same_part = edited.fingerprint.model == dataset.definition.fingerprint.model
    today = _Reader.of(dataset, dataset.definition)
    # Other behaviours or attributes make another history; leads keep their numbers.
    other = None if same_part else History.from_tables(dataset.tables, edited)
    after = _Reader.of(dataset, edited, other)
    check_rulebook(edited, after.catalogue)
    idle = idle_parts(edited, after.judge(dataset.at(dataset.split.test.rows)))
    replayed = replay_test(
        dataset, _TwoRulebooks(today=today, edited=after), cadence=cadence, progress=progress
    )
    first = replayed.moments(replayed.cohort.first_rows)
    values = replayed.values
    return RulebookTrial(
        changes=diff_definitions(dataset.definition, edited),
        comparison=compare(
            replayed.cohort,
            Judgements(
                margin=values[:, POINTS],
                model=values[:, EDITED].astype(np.int8),
                rulebook=values[:, TODAY].astype(np.int8),
            ),
            comparison_setting(
                dataset, replayed, take_snapshot(dataset.history, today.catalogue, first)
            ),
        ),
        idle=idle,
    )


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """A rulebook with the columns it reads, which are few of a catalogue."""

    history: History
    rulebook: Rulebook
    catalogue: Catalogue
    asked: Catalogue

    @classmethod
    def of(
        cls, dataset: Dataset, definition: LeadDefinition, history: History | None = None
    ) -> "_Reader":
        history = history or dataset.history
        known_before = dataset.split.test_from or dataset.data_cutoff
        catalogue = build_catalogue(definition, fit_levels(history, definition, known_before))
        names = columns_asked(definition.rulebook, catalogue)
        return cls(
            history=history,
            rulebook=definition.rulebook,
            catalogue=catalogue,
            asked=catalogue.only(names),
        )

    def judge(self, moments: Moments) -> Judgement:
        return judge(take_snapshot(self.history, self.asked, moments), self.rulebook)


@dataclass(frozen=True, kw_only=True)
class _TwoRulebooks:
    """Two rulebooks as one function of moments."""

    today: _Reader
    edited: _Reader

    def __call__(self, moments: Moments) -> FloatArray:
        today, edited = self.today.judge(moments), self.edited.judge(moments)
        return np.column_stack([edited.points, edited.qualification, today.qualification])


def cohort_of(dataset: Dataset, part: Subset) -> ReplayCohort:
    """The snapshots of a part with their outcomes, on which policies are replayed."""
    moments = dataset.at(part.rows)
    return ReplayCohort(
        lead=moments.lead.astype(np.int64),
        as_of=moments.as_of,
        converted=part.converted,
        group=dataset.groups_at(part.rows),
        weight=None if part.weight is None else as_effective(part.weight),
    )
