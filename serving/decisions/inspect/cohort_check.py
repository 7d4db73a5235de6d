"""Predicted and observed outcomes of one scoring run: the plainest check of calibration."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.core.estimate import Measured
from features.history import History
from features.moments import Moments
from features.timeline.codes import codes_of
from training.dataset.outcomes import OutcomesKnown
from training.metrics.proportion_intervals import share_with_interval


@dataclass(frozen=True, kw_only=True)
class ScoredCohort:
    """Leads scored at one instant whose outcomes are known by now.

    Attributes
    ----------
    predicted : float
        Mean probability.
    observed : Measured
        Share that converted within the horizon, with its 95 % interval (Wilson).
    """

    n_leads: int
    predicted: float
    observed: Measured

    @property
    def is_calibrated(self) -> bool:
        """Whether the mean prediction lies within the interval of the observed share."""
        low, high = self.observed.low, self.observed.high
        return low is None or high is None or low <= self.predicted <= high


def check_cohort(
    decisions: pa.Table, history: History, known: OutcomesKnown
) -> ScoredCohort | None:
    """Compare the predicted with the observed outcomes of a scoring run.

    None while no outcome is known, or where leads were scored without a probability.

    Parameters
    ----------
    decisions : pyarrow.Table
        Columns lead_id, as_of and probability; one row a lead.
    history : History
        Of tables that are complete up to the data cut-off of ``known``.
    known : OutcomesKnown
        Outcomes up to a data cut-off.
    """
    lead_ids = pa.array(history.lead_ids, pa.string())
    lead = codes_of(decisions.column("lead_id").combine_chunks(), lead_ids)
    order = np.argsort(lead, kind="stable")
    as_of = decisions.column("as_of").to_numpy()[order]
    seen = known.at(Moments(lead=lead[order], as_of=as_of))
    probability = decisions.column("probability").to_numpy()[order][seen.matured]
    observed = share_with_interval(int(seen.converted[seen.matured].sum()), len(probability))
    if observed is None or np.isnan(probability).any():
        return None
    return ScoredCohort(
        n_leads=len(probability), predicted=float(probability.mean()), observed=observed
    )
