"""What if: an edited rulebook replayed on past leads beside today's, before anybody agrees to it.

Neither rulebook learned anything, so every matured snapshot could judge them. The period is the
test's all the same, so that the figures stand beside those of the model.
"""

from dataclasses import dataclass

import numpy as np

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from features.history import History
from features.levels import fit_levels
from features.rulebook import Idle, check_rulebook, idle_parts, judge
from features.snapshot import Snapshot, take_snapshot
from training.compare import Judgements, compare
from training.comparison_records import Comparison
from training.gathered import Gathered
from training.replay import Cohort
from training.segments import segments_of
from training.split import Part


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


def try_rulebook(gathered: Gathered, edited: LeadDefinition) -> RulebookTrial:
    """Replay an edited rulebook on the test period of today's definition.

    Parameters
    ----------
    gathered : Gathered
        By today's definition, whose snapshots and outcomes count for both.
    edited : LeadDefinition
        May count in other windows, too, or know further attributes.

    Raises
    ------
    DefinitionError
        If the edited rulebook asks about features that do not exist, with their lines.
    """
    test = gathered.split.test
    cohort = cohort_of(gathered, test)
    before = _snapshot(gathered, gathered.definition, test)
    same = edited.fingerprint.model == gathered.definition.fingerprint.model
    after = before if same else _snapshot(gathered, edited, test)
    check_rulebook(edited, after.catalogue)
    judged = judge(after, edited.rulebook)
    return RulebookTrial(
        changes=diff_definitions(gathered.definition, edited),
        comparison=compare(
            cohort,
            Judgements(
                margin=judged.points,
                model=judged.qualification,
                rulebook=judge(before, gathered.definition.rulebook).qualification,
            ),
            segments=segments_of(before, cohort.first_rows, gathered.definition),
            seed=gathered.seed,
        ),
        idle=idle_parts(edited, judged),
    )


def cohort_of(gathered: Gathered, part: Part) -> Cohort:
    """The snapshots of a part with their outcomes, on which policies are replayed."""
    moments = gathered.at(part.rows)
    return Cohort(
        lead=moments.lead.astype(np.int64),
        as_of=moments.as_of,
        converted=part.converted,
        group=gathered.groups_at(part.rows),
    )


def _snapshot(gathered: Gathered, definition: LeadDefinition, part: Part) -> Snapshot:
    history = gathered.history
    if definition is not gathered.definition:
        # Other behaviours or attributes make another history; leads keep their numbers.
        history = History.from_tables(gathered.tables, definition)
    levels = fit_levels(history, definition, gathered.split.test_from or gathered.data_cutoff)
    return take_snapshot(history, build_catalogue(definition, levels), gathered.at(part.rows))
