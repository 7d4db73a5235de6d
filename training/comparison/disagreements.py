"""Leads only one policy would hand over, with what came of them, the most instructive first.

Instructive is what the outcome teaches: the log loss that the model's probability saved, or cost,
against the base rate. An opportunity that the rulebook alone found and the model thought unlikely
teaches as much as one the model alone was sure of; a lead that nobody expected anything of and that
came to nothing teaches nothing.
"""

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.core.qualification import Qualification
from features.rulebook import judge
from training.comparison.policies import MARGIN, MODEL, POINTS, RULEBOOK
from training.comparison.policy_trial import PolicyTrial
from training.comparison.replay import NEVER
from training.dataset.dataset import Dataset
from training.metrics.metrics import row_losses
from training.model.concept_points import concept_points
from training.results.disagreement_records import Disagreement

MOST_SHOWN = 20
MOST_CONCEPTS = 5


def find_disagreements(
    trial: PolicyTrial, dataset: Dataset, *, level: Qualification = Qualification.MQL
) -> tuple[Disagreement, ...]:
    """Disagreements of the test period at one qualification, the most instructive first.

    Parameters
    ----------
    trial : PolicyTrial
        With cut-offs set on past data.
    """
    cohort, values = trial.replayed.cohort, trial.replayed.values
    model = cohort.first_crossing(values[:, MODEL] >= level)
    rulebook = cohort.first_crossing(values[:, RULEBOOK] >= level)
    model_only = model[cohort.handed_over(model) & (rulebook == NEVER)]
    rulebook_only = rulebook[cohort.handed_over(rulebook) & (model == NEVER)]
    rows = np.concatenate([model_only, rulebook_only])
    fit = trial.policies.fit
    probability = fit.calibrator.predict(values[rows, MARGIN])
    converted = cohort.converted[rows]
    with_base = row_losses(np.full(len(rows), trial.base_rate), converted)
    teaches = np.abs(with_base - row_losses(probability, converted))
    order = np.argsort(-teaches, kind="stable")[:MOST_SHOWN]
    return _told(
        rows[order],
        trial,
        dataset,
        by_model=order < len(model_only),
        probability=probability[order],
        teaches=teaches[order],
    )


def _told(
    rows: IntArray,
    trial: PolicyTrial,
    dataset: Dataset,
    *,
    by_model: npt.NDArray[np.bool_],
    probability: FloatArray,
    teaches: FloatArray,
) -> tuple[Disagreement, ...]:
    cohort, values = trial.replayed.cohort, trial.replayed.values
    # A snapshot is taken in the order of leads; the records are told in the order of lessons.
    place = np.argsort(np.argsort(rows))
    snapshot = trial.policies.look_back(trial.replayed.moments(np.sort(rows)))
    points = concept_points(trial.policies.fit, snapshot.matrix[place])
    hits = judge(snapshot, dataset.definition.rulebook).hits[place]
    names = np.array([rule.name for rule in dataset.definition.rulebook.rules], dtype=object)
    told = []
    for position, row in enumerate(rows.tolist()):
        converted, found = bool(cohort.converted[row]), bool(by_model[position])
        told.append(
            Disagreement(
                lead_id=str(dataset.history.lead_ids[cohort.lead[row]]),
                found_by="model" if found else "rulebook",
                as_of=int(cohort.as_of[row]),
                converted=converted,
                right="model" if found == converted else "rulebook",
                probability=float(probability[position]),
                rulebook_points=float(values[row, POINTS]),
                rules=tuple(names[hits[position]]),
                concepts=points.weightiest(position, MOST_CONCEPTS),
                teaches=float(teaches[position]),
            )
        )
    return tuple(told)
