"""Leads only one policy would hand over, with what came of them, the most instructive first.

Instructive is what the outcome teaches: the log loss that the model's probability saved, or cost,
against the base rate. An opportunity that the rulebook alone found and the model thought unlikely
teaches as much as one the model alone was sure of; a lead that nobody expected anything of and that
came to nothing teaches nothing.
"""

import numpy as np
import numpy.typing as npt

from features.qualification import Qualification
from training.concept_points import concept_points
from training.disagreement_records import Disagreement
from training.gathered import Gathered
from training.judged import FloatArray, IntArray
from training.metrics import row_losses
from training.release import Fit
from training.replay import NEVER
from training.trial import Trial

MOST_SHOWN = 20
MOST_CONCEPTS = 5


def find_disagreements(
    trial: Trial, gathered: Gathered, fit: Fit, *, level: Qualification = Qualification.MQL
) -> tuple[Disagreement, ...]:
    """Disagreements of the test period at one qualification, the most instructive first.

    Parameters
    ----------
    trial : Trial
        With cut-offs set on past data.
    fit : Fit
        The fit that was tried.
    """
    model = trial.cohort.first_crossing(trial.qualification >= level)
    rulebook = trial.cohort.first_crossing(trial.rulebook.qualification >= level)
    model_only = model[(model != NEVER) & (rulebook == NEVER)]
    rulebook_only = rulebook[(rulebook != NEVER) & (model == NEVER)]
    rows = np.concatenate([model_only, rulebook_only])
    teaches = _taught(trial, rows)
    order = np.argsort(-teaches, kind="stable")[:MOST_SHOWN]
    if not len(order):
        return ()
    rows, teaches, by_model = rows[order], teaches[order], order < len(model_only)
    return _told(rows, trial, gathered, fit=fit, by_model=by_model, teaches=teaches)


def _taught(trial: Trial, rows: IntArray) -> FloatArray:
    converted = trial.judged.converted[rows]
    with_base = row_losses(np.full(len(rows), trial.base_rate), converted)
    return np.abs(with_base - row_losses(trial.judged.probability[rows], converted))


def _told(
    rows: IntArray,
    trial: Trial,
    gathered: Gathered,
    *,
    fit: Fit,
    by_model: npt.NDArray[np.bool_],
    teaches: FloatArray,
) -> tuple[Disagreement, ...]:
    points = concept_points(fit, trial.snapshot.matrix[rows])
    names = np.array([rule.name for rule in gathered.definition.rulebook.rules], dtype=object)
    lead_ids = gathered.history.lead_ids[trial.judged.lead[rows]]
    told = []
    for position, row in enumerate(rows.tolist()):
        converted, found = bool(trial.judged.converted[row]), bool(by_model[position])
        told.append(
            Disagreement(
                lead_id=str(lead_ids[position]),
                found_by="model" if found else "rulebook",
                as_of=int(trial.judged.as_of[row]),
                converted=converted,
                right="model" if found == converted else "rulebook",
                probability=float(trial.judged.probability[row]),
                rulebook_points=float(trial.rulebook.points[row]),
                rules=tuple(names[trial.rulebook.hits[row]]),
                concepts=points.weightiest(position, MOST_CONCEPTS),
                teaches=float(teaches[position]),
            )
        )
    return tuple(told)
