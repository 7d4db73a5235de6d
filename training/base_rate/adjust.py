"""Adjust a fit to the base rate of the newest outcomes: the last step of every fit.

Boosters learn from what has matured, which is a horizon old and mostly far older. Should the world
have changed meanwhile, the outcomes that came early tell of it before any has matured (see
:mod:`training.base_rate.evidence`). The tested fit goes through the same step, with
what was known when its test began, so that the figures of the report are those of the whole
procedure.

Measured (``python -m tests.benchmarks level``; docs/calibration.md): none of 24 companies was moved
where nothing changed, all of 24 a month after a change; as many outcomes were then predicted of
their next leads as were observed, instead of .60 of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from training.base_rate.evidence import can_be_followed, evidence_of
from training.base_rate.intercept_test import check_intercept
from training.calibration.calibrator import NONE, PLATT, Calibrator
from training.cutoffs.choose import MOVES_WITH_LEVEL, choose_cut_offs, describe_again, raised_to_mql
from training.dataset.dataset import Dataset
from training.dataset.snapshot_grid import known_end
from training.dataset.split import Subset
from training.drift.missing_outcomes import missing_outcomes
from training.metrics.logistic import log_odds_of, probability_of
from training.model.cutoff_sample import thin_sample
from training.model.out_of_range import out_of_range_at
from training.model.trained import Trained
from training.model.trained_model import TrainedModel
from training.results.records import CutOff, InterceptTest, ReleaseCutOffs
from training.results.scored import ScoredSnapshots
from training.train.train import score_past


@dataclass(frozen=True, kw_only=True)
class AdjustedFit:
    """A fit with the past its cut-offs were chosen from.

    Attributes
    ----------
    learned : Trained
        Its held-out probabilities are those from before the level moved.
    past : ScoredSnapshots
        See :func:`training.train.train.score_past`; at the level of the fit, and no more of it than
        a release keeps: all of it would take forty bytes a snapshot beside the next fit.
    level : InterceptTest or None
        Of the fit as it was learned; None where outcomes cannot be followed.
    """

    learned: Trained
    past: ScoredSnapshots
    cut_offs: ReleaseCutOffs
    level: InterceptTest | None


def adjust_base_rate(
    learned: Trained, dataset: Dataset, part: Subset, *, until: int, known_at: int
) -> AdjustedFit:
    """Choose cut-offs; shift fit and cut-offs to the newest outcomes if the intercept is off.

    Parameters
    ----------
    learned : Trained
        The fit, with its held-out probabilities.
    dataset : Dataset
    part : Subset
        What ``learned`` learned from.
    until : int
        Seconds since 1970 UTC; later snapshots do not count.
    known_at : int
        Seconds since 1970 UTC; outcomes recorded later do not count.
    """
    definition = dataset.definition
    past = score_past(learned, dataset, part, until=until)
    cut_offs = choose_cut_offs(past, definition)
    if not can_be_followed(definition):
        past = thin_sample(past)
        return AdjustedFit(learned=learned, past=past, cut_offs=cut_offs, level=None)
    evidence = evidence_of(
        past,
        dataset,
        known_at=known_at,
        learned_until=int(dataset.moments.as_of[part.rows].max()),
    )
    level = check_intercept(evidence)
    if level.moved and _misled(learned, dataset, known_at=known_at):
        level = replace(level, moved=False)
    if level.moved and level.shift is not None:
        past = shift_scored(past, level.shift)
        cut_offs = describe_again(shift_cut_offs(cut_offs, level.shift), past, definition)
        learned = _shift_learned(learned, level.shift)
    return AdjustedFit(learned=learned, past=thin_sample(past), cut_offs=cut_offs, level=level)


def _shift_learned(learned: Trained, shift: float) -> Trained:
    platt = learned.summary.platt
    summary = learned.summary
    if platt is not None:
        summary = replace(summary, platt=shift_intercept(platt, shift))
    return replace(learned, model=shift_fit(learned.model, shift), summary=summary)


def _misled(learned: Trained, dataset: Dataset, *, known_at: int) -> bool:
    """Whether inputs or a connection broke: no shift corrects that, and any would hide it."""
    beyond = out_of_range_at(
        known_end(dataset.tables, dataset.history, dataset.definition),
        dataset.history,
        as_of=known_at,
        definition=dataset.definition,
        fit=learned.model,
    )
    return bool(beyond) or missing_outcomes(dataset, known_at=known_at).is_broken


def shift_fit(fit: TrainedModel, shift: float) -> TrainedModel:
    """The fit at another level."""
    return replace(fit, calibrator=shift_intercept(fit.calibrator, shift))


def shift_intercept(calibrator: Calibrator, shift: float) -> Calibrator:
    """The calibrator with all log-odds moved by as much; for a new release."""
    moved = replace(calibrator, intercept=calibrator.intercept + shift)
    if calibrator.coefficients:
        rising, falling, constant = calibrator.coefficients
        moved = replace(moved, coefficients=(rising, falling, constant + shift))
    if calibrator.levels:
        moved = replace(moved, levels=tuple(level + shift for level in calibrator.levels))
    if calibrator.ends is not None:
        low, high = (
            tuple(end + shift for end in ends)
            for ends in (calibrator.ends.low, calibrator.ends.high)
        )
        moved = replace(moved, ends=replace(calibrator.ends, low=low, high=high))
    # What had no calibrator has one now.
    return replace(moved, kind=PLATT) if calibrator.kind == NONE else moved


def shift_scored(scored: ScoredSnapshots, shift: float) -> ScoredSnapshots:
    """The same snapshots at the moved level; what was thinned stays thinned in its order."""
    return replace(scored, probability=probability_of(log_odds_of(scored.probability) + shift))


def shift_cut_offs(cut_offs: ReleaseCutOffs, shift: float) -> ReleaseCutOffs:
    """Cut-offs after the level moved: volumes stay volumes, shares stay shares.

    Parameters
    ----------
    shift : float
        Natural log-odds.
    """
    mql, sql = (_moved(cut_off, shift) for cut_off in (cut_offs.mql, cut_offs.sql))
    if mql.probability is not None and sql.probability is not None:
        sql = raised_to_mql(sql, mql.probability)
    return ReleaseCutOffs(mql=mql, sql=sql)


def _moved(cut_off: CutOff, shift: float) -> CutOff:
    if cut_off.probability is None or cut_off.rule not in MOVES_WITH_LEVEL:
        return cut_off
    log_odds = log_odds_of(np.asarray(cut_off.probability))
    return replace(cut_off, probability=float(probability_of(log_odds + shift)))
