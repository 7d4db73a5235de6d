"""The rows that a fit learns from, and what its probabilities are of the past it learned from.

A retrain learns twice from such rows: once from what had matured before the test window, once from
everything.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue, build_catalogue
from features.core.arrays import FloatArray, IntArray
from features.definition.terms import RulebookVolumeCutOff
from features.families.category_levels import fit_levels
from features.rulebook import judge
from features.snapshot import Snapshot
from features.snapshot_rows import SnapshotRows, computed, read_in_blocks
from training.cutoffs.choose import choose_cut_offs
from training.dataset.dataset import Dataset
from training.dataset.outcomes import OutcomesKnown
from training.dataset.split import Subset, refuse_too_few_drawn
from training.metrics.sample_weights import as_effective
from training.model.trained import Trained, TrainingRows
from training.model.trained_model import TrainedModel
from training.results.records import ReleaseCutOffs
from training.results.scored import ScoredSnapshots
from training.train.choose_hyperparameters import choose_hyperparameters
from training.train.young_snapshots import with_young_snapshots


def training_rows_of(
    dataset: Dataset, part: Subset, *, known_before: int, judged_by: Subset | None = None
) -> TrainingRows:
    """Take the snapshot of some matured moments, with everything a fit depends on.

    Young moments come along where they can teach something.

    Parameters
    ----------
    dataset : Dataset
    part : Subset
        Matured snapshots.
    known_before : int
        Seconds since 1970 UTC; category levels come from facts known strictly before, and so does
        what became of young moments.
    judged_by : Subset, optional
        Whose outcomes say whether there are enough for boosters; the part's own unless given. What
        is shipped must be of the kind that was tested.

    Raises
    ------
    Refusal
        If hand-overs are to stand for others, but too few were drawn.
    """
    refuse_too_few_drawn(part)
    levels = fit_levels(dataset.history, dataset.definition, known_before)
    suspects = dataset.history.facts.suspects
    catalogue = build_catalogue(dataset.definition, levels, suspects=suspects)
    matured = TrainingRows(
        snapshot=read_in_blocks(dataset.history, catalogue, dataset.at(part.rows)),
        converted=part.converted,
        group=dataset.groups_at(part.rows),
        recipe=choose_hyperparameters(
            catalogue,
            dataset.definition,
            n_snapshots=part.n_worth,
            n_converted_leads=dataset.converted_leads(judged_by or part),
            seed=dataset.seed,
        ),
        weight=None if part.weight is None else as_effective(part.weight),
    )
    known = OutcomesKnown.of(
        dataset.tables, dataset.history, definition=dataset.definition, data_cutoff=known_before
    )
    return with_young_snapshots(
        matured,
        known,
        history=dataset.history,
        moments=dataset.moments,
        matured=part.rows,
        group=dataset.group,
    )


def score_past(learned: Trained, dataset: Dataset, part: Subset, *, until: int) -> ScoredSnapshots:
    """Score every snapshot up to an instant by a probability that did not see its outcome.

    Parameters
    ----------
    learned : Trained
        The fit, with its held-out probabilities.
    dataset : Dataset
    part : Subset
        What ``learned`` learned from: scored by its held-out probabilities.
    until : int
        Seconds since 1970 UTC; of the snapshots up to here, young ones that ``learned`` learned
        from are scored by their held-out probabilities too, all others by its fit. Their outcomes
        do not count.
    """
    past = _past_rows(dataset, part, until=until)
    probability = np.full(len(past), np.nan)
    probability[np.isin(past, part.rows, assume_unique=True)] = learned.held_out
    probability[np.searchsorted(past, learned.young)] = learned.young_held_out
    unseen = np.isnan(probability)
    others = look_back(learned.model, dataset, past[unseen])
    probability[unseen] = computed(others, lambda some: learned.model.probability(some.matrix))
    scored = _scored(dataset, part, rows=past, value=probability)
    rules = (dataset.definition.cut_offs.mql, dataset.definition.cut_offs.sql)
    if not any(isinstance(rule, RulebookVolumeCutOff) for rule in rules):
        return scored
    _, qualification = _by_rulebook(learned.model, dataset, past)
    return replace(scored, by_rulebook=qualification)


def tuned_rulebook(fitted: TrainedModel, dataset: Dataset) -> ReleaseCutOffs:
    """Cut-offs on the rulebook's points by the rules that set the model's, on the same past.

    Its own cut-offs were agreed, perhaps years ago; tuned ones tell how much of the model's
    advantage is only a better chosen cut-off. Values of these cut-offs are points.
    """
    split = dataset.split
    past = _past_rows(dataset, split.train, until=split.test_from - 1)
    points, qualification = _by_rulebook(fitted, dataset, past)
    scored = _scored(dataset, split.train, rows=past, value=points)
    scored = replace(scored, by_rulebook=qualification)
    return choose_cut_offs(scored, dataset.definition)


def _by_rulebook(
    fitted: TrainedModel, dataset: Dataset, rows: IntArray
) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """Points and qualification that today's rulebook gives to some rows."""

    def judged(snapshot: Snapshot) -> FloatArray:
        verdict = judge(snapshot, dataset.definition.rulebook)
        return np.column_stack([verdict.points, verdict.qualification])

    found = computed(look_back(fitted, dataset, rows), judged)
    return found[:, 0], found[:, 1].astype(np.int8)


def _past_rows(dataset: Dataset, part: Subset, *, until: int) -> IntArray:
    """Rows of a part and all others up to an instant, ascending."""
    # Without dates nothing is censored, and what is not in the part is the test.
    is_past = (dataset.moments.as_of <= until) & dataset.definition.dated
    is_past[part.rows] = True
    return np.flatnonzero(is_past)


def _scored(
    dataset: Dataset, part: Subset, *, rows: IntArray, value: FloatArray
) -> ScoredSnapshots:
    """Past rows with a value of each; only those of the part have matured."""
    matured = np.isin(rows, part.rows, assume_unique=True)
    converted = np.zeros(len(rows), dtype=np.bool_)
    converted[matured] = part.converted
    weight = None
    if part.weight is not None:
        weight = np.zeros(len(rows))
        weight[matured] = part.weight
    return ScoredSnapshots(
        probability=value,
        converted=converted,
        matured=matured,
        lead=dataset.moments.lead[rows],
        group=dataset.groups_at(rows),
        as_of=dataset.moments.as_of[rows],
        weight=weight,
    )


def look_back(fitted: TrainedModel, dataset: Dataset, rows: IntArray) -> SnapshotRows:
    """The snapshot of some rows as a fit reads it, computed where it is read.

    Parameters
    ----------
    fitted : TrainedModel
        Whose catalogue gives the columns.
    dataset : Dataset
    rows : ndarray of shape (n,)
        Ascending positions among the data set's moments.

    Returns
    -------
    SnapshotRows
        One row per position, in their order.
    """
    catalogue = Catalogue.from_dict(fitted.catalogue, dataset.definition)
    return read_in_blocks(dataset.history, catalogue, dataset.at(rows))
