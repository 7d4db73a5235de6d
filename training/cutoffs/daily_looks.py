"""What became of leads that crossed a cut-off, looked at every day: what a cut-off promises.

A hand-over happens at a crossing. On the snapshots a cut-off is chosen from, a lead is looked at
less often, so it stands further above the cut-off when it is first seen there, and fewer leads are
seen at all. Looked at every day more of them cross, each only just, and fewer convert. What people
are told of a cut-off is therefore read here and nowhere else.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.core.clock import DAY
from features.core.qualification import Qualification
from features.definition.terms import CutOffs, ValueCutOff
from training.cutoffs.choose import DAYS_PER_MONTH, Rule, first_crossings, worth_of
from training.metrics.proportion_intervals import clustered_share
from training.results.records import CrossingCalibration, CutOff, ReleaseCutOffs
from training.results.scored import ScoredSnapshots


@dataclass(frozen=True, kw_only=True)
class DailyLooks:
    """Days of the test on which a lead was rated higher than on every day before.

    Attributes
    ----------
    scored : ScoredSnapshots
        By the tested fit; all matured, those of a warm-up included.
    since, until : int
        The period, seconds since 1970 UTC; who crossed before it is no hand-over of it.
    dated : bool
        Whether the data have dates; without, no monthly volume is given.
    """

    scored: ScoredSnapshots
    since: int
    until: int
    dated: bool = True

    def crossing(
        self, probability: float | None, qualification: Qualification
    ) -> CrossingCalibration | None:
        """Compare predicted and observed among those who first cross a probability; None if none.

        Parameters
        ----------
        probability : float or None
            The cut-off, 0 to 1.
        qualification : Qualification
            Which it is the cut-off of.
        """
        if probability is None:
            return None
        first = first_crossings(self.scored, probability)
        crossed = self.scored.take(first[self.scored.as_of[first] > self.since])
        if not len(crossed):
            return None
        months = max((self.until - self.since) / DAY, 1.0) / DAYS_PER_MONTH
        return CrossingCalibration(
            qualification=qualification,
            n_crossed=len(crossed),
            n_converted=int(crossed.converted.sum()),
            mean_probability=float(np.mean(crossed.probability)),
            converted_share=clustered_share(crossed.converted, crossed.group),
            cut_off=probability,
            per_month=len(crossed) / months if self.dated else None,
            since=self.since if self.dated else None,
            until=self.until if self.dated else None,
        )

    def crossings(self, tested: ReleaseCutOffs) -> tuple[CrossingCalibration, ...]:
        """What became of those who crossed each cut-off; none of one nobody crossed."""
        pairs = ((tested.mql, Qualification.MQL), (tested.sql, Qualification.SQL))
        found = (self.crossing(cut_off.probability, level) for cut_off, level in pairs)
        return tuple(one for one in found if one is not None)


def with_crossings(
    cut_offs: ReleaseCutOffs, looks: DailyLooks | None, *, tested: ReleaseCutOffs, rules: CutOffs
) -> ReleaseCutOffs:
    """Cut-offs with what became of those who crossed, in the test, one set by the same rule.

    Parameters
    ----------
    cut_offs : ReleaseCutOffs
    looks : DailyLooks or None
        The test replayed day by day; without, the cut-offs stay as they are.
    tested : ReleaseCutOffs
        Of the tested fit, set before the test.
    rules : CutOffs
        By which both were set; say what a hand-over is worth.
    """
    if looks is None:
        return cut_offs
    by_level = {found.qualification: found for found in looks.crossings(tested)}

    def told(cut_off: CutOff, level: Qualification, rule: Rule) -> CutOff:
        found = by_level.get(level)
        if cut_off.probability is None or found is None:
            return cut_off
        if isinstance(rule, ValueCutOff):
            cut_off = replace(cut_off, expected_worth=worth_of(found.converted_share, rule))
        return replace(cut_off, crossings=found)

    return ReleaseCutOffs(
        mql=told(cut_offs.mql, Qualification.MQL, rules.mql),
        sql=told(cut_offs.sql, Qualification.SQL, rules.sql),
    )


def crossings_of(cut_offs: ReleaseCutOffs) -> tuple[CrossingCalibration, ...]:
    """What is told of both cut-offs; none of one nobody crossed."""
    both = (cut_offs.mql.crossings, cut_offs.sql.crossings)
    return tuple(found for found in both if found is not None)
