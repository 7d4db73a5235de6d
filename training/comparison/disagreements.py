"""Leads only one policy would hand over, with their outcomes: counted, and a few of each named.

There are four cells: found by the model or by the rulebook alone, converted or not. Each names as
many leads as the others, so that nobody is shown only what speaks for one of the two.

Within a cell the most instructive come first: those whose outcome saved, or cost, the model's
probability most log loss against the base rate.
"""

import itertools

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
from training.results.disagreement_records import Disagreement, DisagreementCell, Disagreements

MOST_OF_A_CELL = 5
MOST_CONCEPTS = 5


def find_disagreements(
    trial: PolicyTrial, dataset: Dataset, *, level: Qualification = Qualification.MQL
) -> Disagreements:
    """Disagreements of the test period at one qualification, cell by cell.

    Parameters
    ----------
    trial : PolicyTrial
        With cut-offs set on past data.
    dataset : Dataset
    level : Qualification
    """
    cohort, values = trial.replayed.cohort, trial.replayed.values
    model = cohort.first_crossing(values[:, MODEL] >= level)
    rulebook = cohort.first_crossing(values[:, RULEBOOK] >= level)
    model_only = model[cohort.handed_over(model) & (rulebook == NEVER)]
    rulebook_only = rulebook[cohort.handed_over(rulebook) & (model == NEVER)]
    rows = np.concatenate([model_only, rulebook_only])
    by_model = np.arange(len(rows)) < len(model_only)
    probability = trial.policies.fit.calibrator.predict(values[rows, MARGIN])
    converted = cohort.converted[rows]
    with_base = row_losses(np.full(len(rows), trial.base_rate), converted)
    teaches = np.abs(with_base - row_losses(probability, converted))
    cells, named = [], []
    for found, came in itertools.product((True, False), (True, False)):
        inside = np.flatnonzero((by_model == found) & (converted == came))
        found_by = "model" if found else "rulebook"
        cells.append(DisagreementCell(found_by=found_by, converted=came, n_leads=len(inside)))
        named.append(inside[np.argsort(-teaches[inside], kind="stable")[:MOST_OF_A_CELL]])
    order = np.concatenate(named)
    told = _told(
        rows[order],
        trial,
        dataset,
        by_model=by_model[order],
        probability=probability[order],
        teaches=teaches[order],
    )
    return Disagreements(found=told, cells=tuple(cells))


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
