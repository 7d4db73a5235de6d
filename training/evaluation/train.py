"""A fit with what it held out: boosters, calibrator, catalogue, and probabilities it never saw.

A retrain learns twice by the same function: once from what had matured before the test window, once
from everything. Both results can be kept as plain files, so that a repeated run need not learn
again.
"""

import io
from dataclasses import dataclass, replace

import numpy as np

from features.catalogue import Catalogue, build_catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.atomic_folder import Files
from features.definition.terms import RulebookVolumeCutOff
from features.families.category_levels import fit_levels
from features.rulebook import judge
from features.snapshot import Snapshot, take_snapshot
from training.cutoffs.choose import choose_cut_offs
from training.dataset.choose_hyperparameters import choose_recipe
from training.dataset.dataset import Gathered
from training.dataset.split import Part, refuse_too_few_drawn
from training.drift.out_of_range import ranges_seen
from training.model.boosting.cross_fit import Progress
from training.model.boosting.sample_weights import as_effective
from training.model.fit import fit
from training.model.hyperparameters import Recipe
from training.model.release import Fit
from training.model.results import CutOffs, from_json, to_json
from training.model.scored import Judged

HELD_OUT, SUMMARY = "held_out.npy", "learned.json"


@dataclass(frozen=True, kw_only=True)
class LearnedSummary:
    """What of a learned fit is neither booster nor array."""

    base_rate: float
    recipe: Recipe


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A fit and the out-of-fold probability of each row it learned from."""

    fit: Fit
    held_out: FloatArray
    summary: LearnedSummary

    def to_files(self) -> dict[str, bytes]:
        """Everything as plain files."""
        array = io.BytesIO()
        np.save(array, self.held_out, allow_pickle=False)
        return {
            **self.fit.to_files(),
            HELD_OUT: array.getvalue(),
            SUMMARY: to_json(self.summary).encode(),
        }

    @classmethod
    def from_files(cls, files: Files) -> "Learned":
        """What :meth:`to_files` gave."""
        return cls(
            fit=Fit.from_files(files),
            held_out=np.load(io.BytesIO(files[HELD_OUT]), allow_pickle=False),
            summary=from_json(LearnedSummary, files[SUMMARY], SUMMARY),
        )


@dataclass(frozen=True, kw_only=True)
class Material:
    """What one fit learns from: everything its boosters and calibrator depend on.

    Attributes
    ----------
    snapshot : Snapshot
        Matured rows.
    converted, group : ndarray of shape (n_snapshots,)
    recipe : Recipe
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands, in all as many as they are worth.
    """

    snapshot: Snapshot
    converted: BoolArray
    group: IntArray
    recipe: Recipe
    weight: FloatArray | None = None


def material_of(
    gathered: Gathered, part: Part, *, known_before: int, judged_by: Part | None = None
) -> Material:
    """Look back from a part of the moments.

    Parameters
    ----------
    part : Part
        Matured snapshots.
    known_before : int
        Category levels come from facts known strictly before this second.
    judged_by : Part, optional
        Whose outcomes say whether there are enough for boosters; the part's own unless given. What
        is shipped must be of the kind that was tested.

    Raises
    ------
    Refusal
        If hand-overs are to stand for others, but too few were drawn.
    """
    refuse_too_few_drawn(part)
    levels = fit_levels(gathered.history, gathered.definition, known_before)
    suspects = gathered.history.facts.suspects
    catalogue = build_catalogue(gathered.definition, levels, suspects=suspects)
    return Material(
        snapshot=take_snapshot(gathered.history, catalogue, gathered.at(part.rows)),
        converted=part.converted,
        group=gathered.groups_at(part.rows),
        recipe=choose_recipe(
            catalogue,
            gathered.definition,
            n_snapshots=part.n_worth,
            n_converted_leads=gathered.converted_leads(judged_by or part),
            seed=gathered.seed,
        ),
        weight=None if part.weight is None else as_effective(part.weight),
    )


def learn(material: Material, progress: Progress | None = None) -> Learned:
    """Fit boosters and calibrator.

    Raises
    ------
    Refusal
        If there is too little to learn from.
    """
    fitted = fit(
        material.snapshot,
        material.converted,
        material.group,
        recipe=material.recipe,
        weight=material.weight,
        progress=progress,
    )
    return Learned(
        fit=Fit(
            boosters=fitted.ensemble.boosters,
            line=fitted.ensemble.line,
            calibrator=fitted.calibrator,
            catalogue={
                **material.snapshot.catalogue.to_dict(),
                "ranges": ranges_seen(material.snapshot),
            },
        ),
        held_out=fitted.oof_probability,
        summary=LearnedSummary(base_rate=fitted.base_rate, recipe=material.recipe),
    )


def judge_past(learned: Learned, gathered: Gathered, part: Part, *, until: int) -> Judged:
    """Every snapshot up to an instant with a probability that did not see its outcome.

    Parameters
    ----------
    part : Part
        What ``learned`` learned from: judged by its held-out probabilities.
    until : int
        Snapshots up to here that had not matured count for volumes.
    """
    past = _past_rows(gathered, part, until=until)
    matured = np.isin(past, part.rows, assume_unique=True)
    probability = np.empty(len(past))
    probability[matured] = learned.held_out
    young = look_back(learned.fit, gathered, past[~matured])
    probability[~matured] = learned.fit.probability(young.matrix)
    judged = _judged(gathered, part, rows=past, value=probability)
    rules = (gathered.definition.cut_offs.mql, gathered.definition.cut_offs.sql)
    if not any(isinstance(rule, RulebookVolumeCutOff) for rule in rules):
        return judged
    everybody = look_back(learned.fit, gathered, past)
    verdict = judge(everybody, gathered.definition.rulebook)
    return replace(judged, by_rulebook=verdict.qualification)


def tuned_rulebook(fitted: Fit, gathered: Gathered) -> CutOffs:
    """Cut-offs on the rulebook's points by the rules that set the model's, on the same past.

    Its own cut-offs were agreed, perhaps years ago; tuned ones tell how much of the model's
    advantage is only a better chosen cut-off. Values of these cut-offs are points.
    """
    split = gathered.split
    past = _past_rows(gathered, split.train, until=split.test_from - 1)
    snapshot = look_back(fitted, gathered, past)
    verdict = judge(snapshot, gathered.definition.rulebook)
    judged = _judged(gathered, split.train, rows=past, value=verdict.points)
    judged = replace(judged, by_rulebook=verdict.qualification)
    return choose_cut_offs(judged, gathered.definition)


def _past_rows(gathered: Gathered, part: Part, *, until: int) -> IntArray:
    """Rows of a part and all others up to an instant, ascending."""
    # Without dates nothing is censored, and what is not in the part is the test.
    is_past = (gathered.moments.as_of <= until) & gathered.definition.dated
    is_past[part.rows] = True
    return np.flatnonzero(is_past)


def _judged(gathered: Gathered, part: Part, *, rows: IntArray, value: FloatArray) -> Judged:
    """Past rows with a value of each; only those of the part have matured."""
    matured = np.isin(rows, part.rows, assume_unique=True)
    converted = np.zeros(len(rows), dtype=np.bool_)
    converted[matured] = part.converted
    weight = None
    if part.weight is not None:
        weight = np.zeros(len(rows))
        weight[matured] = part.weight
    return Judged(
        probability=value,
        converted=converted,
        matured=matured,
        lead=gathered.moments.lead[rows],
        group=gathered.groups_at(rows),
        as_of=gathered.moments.as_of[rows],
        weight=weight,
    )


def look_back(fitted: Fit, gathered: Gathered, rows: IntArray) -> Snapshot:
    """The snapshot of some rows, as this fit reads it."""
    catalogue = Catalogue.from_dict(fitted.catalogue, gathered.definition)
    return take_snapshot(gathered.history, catalogue, gathered.at(rows))
