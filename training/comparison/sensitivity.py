"""How good the leads nobody handed over would have to be to reverse a comparison.

Leads that nobody hands over rarely become opportunities: they may be poor, or nobody may have asked
them. The policy that made the data therefore looks better than it is. Outcomes are never imputed;
instead the band says how far the conclusion depends on what was not seen.
"""

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray
from features.history import History
from features.store.lead_tables import LeadTables
from features.timeline.codes import column_codes
from training.comparison.policy_sums import FirstCrossings
from training.comparison.replay import ReplayCohort
from training.results.comparison_records import SensitivityBand


def never_handed_over(
    tables: LeadTables, history: History, cohort: ReplayCohort
) -> BoolArray | None:
    """Find the leads of a cohort that nobody handed over; None where no hand-over is recorded.

    Parameters
    ----------
    tables : LeadTables
        Of which only hand-overs are read.
    history : History
        Of the same tables.
    cohort : ReplayCohort
        Whose leads are positions in the history.

    Returns
    -------
    ndarray of shape (n_leads,)
    """
    if not tables.hand_over.num_rows:
        return None
    seen = np.zeros(history.n_leads, dtype=np.bool_)
    lead = column_codes(tables.hand_over.column("lead_id"), pa.array(history.lead_ids))
    seen[lead[lead >= 0]] = True
    return ~seen[cohort.lead[cohort.first_rows]]


def sensitivity_band(
    cohort: ReplayCohort, crossings: FirstCrossings, *, unseen: BoolArray
) -> SensitivityBand | None:
    """Bound a comparison by what the outcomes of leads nobody handed over could have been.

    Leads that both policies hand over count on both sides alike and are left as they are.

    None where one of the policies hands nobody over.

    Parameters
    ----------
    cohort : ReplayCohort
    crossings : FirstCrossings
        Of which the hand-overs of the period count.
    unseen : ndarray of shape (n_leads,)
        Leads nobody handed over.
    """
    model, rulebook = crossings.model, crossings.rulebook
    by_model, by_rulebook = cohort.handed_over(model), cohort.handed_over(rulebook)
    n_model, n_rulebook = int(by_model.sum()), int(by_rulebook.sum())
    if not n_model or not n_rulebook:
        return None
    caught_model, caught_rulebook = (
        by_model & cohort.caught(model),
        by_rulebook & cohort.caught(rulebook),
    )
    rate_model, rate_rulebook = caught_model.sum() / n_model, caught_rulebook.sum() / n_rulebook
    # An outcome observed without a hand-over is certain: only missing outcomes are in doubt.
    model_only = int((by_model & ~by_rulebook & unseen & ~caught_model).sum())
    rulebook_only = int((by_rulebook & ~by_model & unseen & ~caught_rulebook).sum())
    difference = float(rate_model - rate_rulebook)
    if difference >= 0:
        needed, available = difference * n_rulebook, rulebook_only
    else:
        needed, available = -difference * n_model, model_only
    return SensitivityBand(
        n_model_only_unseen=model_only,
        n_rulebook_only_unseen=rulebook_only,
        difference_observed=difference,
        difference_lowest=difference - rulebook_only / n_rulebook,
        difference_highest=difference + model_only / n_model,
        rate_to_reverse=needed / available if 0 < needed <= available else None,
    )
