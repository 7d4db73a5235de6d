"""The setting of a comparison: segments, phases, randomised hand-overs, hours, unseen leads."""

import numpy as np

from features.snapshot_rows import SnapshotRows
from training.comparison.compare import Setting
from training.comparison.daily_replay import Replayed
from training.comparison.propensity_weighting import RandomisedHandOvers
from training.comparison.rulebook_inputs import (
    attributes_with_values,
    behaviours_that_occur,
    phases_of,
)
from training.comparison.sensitivity import never_handed_over
from training.dataset.dataset import Dataset
from training.dataset.segments import segments_of


def comparison_setting(dataset: Dataset, replayed: Replayed, first: SnapshotRows) -> Setting:
    """Collect the setting of a comparison of two policies that were replayed.

    Parameters
    ----------
    dataset : Dataset
    replayed : Replayed
        Both policies over the test period.
    first : SnapshotRows
        Of each lead's first moment of the period.
    """
    definition, history, cohort = dataset.definition, dataset.history, replayed.cohort
    phases = phases_of(dataset, cohort)
    behaviours = behaviours_that_occur(history, definition)
    return Setting(
        segments=(
            *segments_of(first, np.arange(cohort.n_leads), definition),
            *(() if phases is None else (phases,)),
        ),
        unseen=never_handed_over(dataset.tables, history, cohort),
        randomised=RandomisedHandOvers.of(dataset),
        hours_per_lead=None if definition.sales is None else definition.sales.hours_per_lead,
        works_with=behaviours + attributes_with_values(history, definition),
        n_behaviours=len(behaviours),
        has_rules=definition.rulebook.says_anything,
        cadence=replayed.cadence,
        warm_up_days=replayed.warm_up_days,
        seed=dataset.seed,
    )
