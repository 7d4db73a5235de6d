"""Calibration where decisions fall: leads at the moment they first cross a cut-off, day by day.

On the grid of snapshots calibration may be right and at crossings wrong: a lead crosses at the
moment at which its probability stands highest so far, luck included. A model that is surer than it
should be shows it here first. In the simulated company, whose truth is known, told and true differ
there by less than a twentieth (docs/calibration.md): it is outcomes that are noisy.
"""

import numpy as np

from training.comparison.daily_replay import record_highs
from training.comparison.policies import MARGIN
from training.comparison.policy_trial import PolicyTrial
from training.comparison.replay import NO_WARM_UP
from training.cutoffs.daily_looks import DailyLooks
from training.results.scored import ScoredSnapshots


def daily_looks(trial: PolicyTrial) -> DailyLooks | None:
    """Take the days of a replay on which any cut-off on the probability may first be crossed.

    None where only hand-overs are learned from.
    """
    definition = trial.policies.definition
    if definition.learning.weight_by_propensity:
        return None
    cohort, margin = trial.replayed.cohort, trial.replayed.values[:, MARGIN]
    rows = np.flatnonzero(record_highs(cohort.lead, margin[:, None]))
    return DailyLooks(
        scored=ScoredSnapshots(
            probability=trial.policies.fit.calibrator.predict(margin[rows]),
            converted=cohort.converted[rows],
            matured=np.ones(len(rows), dtype=np.bool_),
            lead=cohort.lead_position[rows],
            group=cohort.group[rows],
            as_of=cohort.as_of[rows],
        ),
        since=int(cohort.as_of.min()) - 1 if cohort.warm_until == NO_WARM_UP else cohort.warm_until,
        until=cohort.last_as_of,
        dated=definition.dated,
    )
