"""Calibration where decisions fall: leads at the moment they first cross a cut-off, day by day.

On the grid of snapshots calibration may be right and at crossings wrong: a lead crosses at the
moment at which its probability stands highest so far, luck included. A model that is surer than it
should be shows it here first. In the simulated company, whose truth is known, told and true differ
there by less than a twentieth (docs/calibration.md): it is outcomes that are noisy.
"""

import numpy as np

from features.core.qualification import Qualification
from training.comparison.policies import MARGIN, MODEL
from training.comparison.policy_trial import PolicyTrial
from training.metrics.proportion_intervals import clustered_share
from training.results.records import CrossingCalibration


def calibration_at_cutoffs(trial: PolicyTrial) -> tuple[CrossingCalibration, ...]:
    """Compare predicted and observed among first crossings of each cut-off in a replay's period.

    Returns
    -------
    tuple of CrossingCalibration
        None for a cut-off that nobody crossed; none at all where only hand-overs are learned from:
        of most who cross nobody knows what they would have become.
    """
    if trial.policies.definition.learning.weight_by_propensity:
        return ()
    cohort, values = trial.replayed.cohort, trial.replayed.values
    found = []
    for level in (Qualification.MQL, Qualification.SQL):
        crossing = cohort.first_crossing(values[:, MODEL] >= level)
        rows = crossing[cohort.handed_over(crossing)]
        if not len(rows):
            continue
        probability = trial.policies.fit.calibrator.predict(values[rows, MARGIN])
        converted = cohort.converted[rows]
        found.append(
            CrossingCalibration(
                qualification=level,
                n_crossed=len(rows),
                n_converted=int(converted.sum()),
                mean_probability=float(np.mean(probability)),
                converted_share=clustered_share(converted, cohort.group[rows]),
            )
        )
    return tuple(found)
