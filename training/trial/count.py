"""What a trial shows: every figure of all arms, looked at month by month, and what could spoil it.

Only ripe leads count, whatever has already become of the others: quick successes of young leads
without their slow failures would overstate every rate.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, month_starts, to_second
from features.definition import LeadDefinition
from features.definition.trial import Trial, TrialArm
from training.trial.compare_arms import (
    ArmDifference,
    ArmedLeads,
    adjusted_difference,
    balance_row,
    compare_arms,
    is_enough,
    sample_ratio_p,
)
from training.trial.records import (
    ArmComparison,
    ArmCounts,
    BalanceRow,
    Difference,
    FigureDifference,
    Look,
    TrialReport,
)
from training.trial.sequence import end_z, sequence_z

PER_LEADS = 100
"""Figures are told per so many leads or hand-overs."""


@dataclass(frozen=True, kw_only=True)
class EnteredLeads:
    """The leads that entered a trial; arrays of shape (n,).

    Attributes
    ----------
    unit : ndarray of int
        What the lot drew: an account, or a lead without one.
    account : ndarray of int
        Account of today, by which errors are clustered; ``unit`` unless something was merged.
    arm : ndarray of int
        Place among the arms of the trial; 0 is the control.
    entered : ndarray of int
        Seconds since 1970 UTC.
    handed_over, converted, won : ndarray of bool
        Handed over and converted within the horizon since the lead entered.
    probability, rulebook_points, age_days : ndarray
        As the lead entered; NaN where not known.
    is_merged : ndarray of bool, optional
        Leads of the other arm were merged into it.
    n_redrawn : int
        Of these leads, those whose stored arm is not what the lot draws again.
    """

    unit: IntArray
    account: IntArray
    arm: IntArray
    entered: IntArray
    handed_over: BoolArray
    converted: BoolArray
    won: BoolArray
    probability: FloatArray
    rulebook_points: FloatArray
    age_days: FloatArray
    is_merged: BoolArray | None = None
    n_redrawn: int = 0

    def take(self, rows: BoolArray) -> "EnteredLeads":
        """Those of a mask."""
        arrays = {
            name: getattr(self, name)[rows]
            for name in EnteredLeads.__dataclass_fields__
            if getattr(self, name) is not None and name != "n_redrawn"
        }
        return replace(self, **arrays)

    @property
    def arms(self) -> ArmedLeads:
        """Arm and cluster of each lead."""
        return ArmedLeads(is_tested=self.is_tested, account=self.account)

    @property
    def is_tested(self) -> BoolArray:
        """In an arm that is compared with the control."""
        return self.arm > 0


Columns = Callable[[EnteredLeads, float], tuple[FloatArray, FloatArray]]
"""Numerator and denominator of a figure, from the leads and the hours that one costs."""


def _per_lead(name: str) -> Columns:
    return lambda leads, _: (getattr(leads, name).astype(float), np.ones(len(leads.entered)))


FIGURES: dict[str, Columns] = {
    "outcomes_per_100_leads": _per_lead("converted"),
    "outcomes_per_100_hand_overs": lambda leads, _: (
        (leads.converted & leads.handed_over).astype(float),
        leads.handed_over.astype(float),
    ),
    "won_per_100_leads": _per_lead("won"),
    "hours_per_100_leads": lambda leads, hours: (
        hours * leads.handed_over.astype(float),
        np.ones(len(leads.entered)),
    ),
}
"""Figures of a trial, each a ratio of sums over leads."""


def count_trial(
    trial: Trial, definition: LeadDefinition, leads: EnteredLeads, *, as_of: int
) -> TrialReport:
    """Count a trial as it stands.

    Parameters
    ----------
    trial : Trial
    definition : LeadDefinition
        Holds horizon, delay of outcomes and the hours that a lead costs sales.
    leads : EnteredLeads
    as_of : int
        Data cut-off, seconds since 1970 UTC.
    """
    wait, hours = wait_seconds(definition), hours_of(definition)
    ends = TrialEnds.of(trial, definition)
    is_ripe = leads.entered + wait <= as_of
    counter = _Counter(trial=trial, ends=ends, hours=hours, wait=wait, as_of=as_of)
    return TrialReport(
        name=trial.name,
        control=trial.control.name,
        counted=trial.counted,
        worthwhile=trial.worthwhile,
        begins=ends.begins,
        closes=ends.closes,
        ripe_at=ends.ripe_at,
        as_of=as_of,
        arms=tuple(
            _arm_counts(leads, is_ripe, leads.arm == place, arm=arm, hours=hours)
            for place, arm in enumerate(trial.arms)
        ),
        comparisons=tuple(
            counter.compare(leads.take((leads.arm == 0) | (leads.arm == place)), arm)
            for place, arm in enumerate(trial.arms[1:], start=1)
        ),
        srm_p=_srm_p(leads, trial),
        n_contaminated=_contaminated(leads),
        n_redrawn=leads.n_redrawn,
    )


@dataclass(frozen=True, kw_only=True)
class TrialEnds:
    """When leads enter, when no more do, and when the last has ripened; seconds since 1970 UTC."""

    zone: ZoneInfo
    begins: int
    closes: int
    ripe_at: int

    @classmethod
    def of(cls, trial: Trial, definition: LeadDefinition) -> "TrialEnds":
        """Read them from the agreement."""
        zone = definition.zone
        closes = to_second(trial.closes(zone))
        return cls(
            zone=zone,
            begins=to_second(trial.begins(zone)),
            closes=closes,
            ripe_at=closes + wait_seconds(definition),
        )


def wait_seconds(definition: LeadDefinition) -> int:
    """Seconds from a lead's entry until it has ripened: horizon and delay of outcomes."""
    outcome = definition.outcome
    return ((outcome.horizon_days or 0) + outcome.outcome_delay_days) * DAY


def hours_of(definition: LeadDefinition) -> float:
    """Hours that a hand-over costs sales; 0 where the agreement names none."""
    sales = definition.sales
    return 0.0 if sales is None else sales.hours_per_lead or 0.0


@dataclass(frozen=True, kw_only=True)
class _Counter:
    """What is the same for every comparison of a trial; instants in seconds since 1970 UTC."""

    trial: Trial
    ends: TrialEnds
    hours: float
    wait: int
    as_of: int

    def compare(self, leads: EnteredLeads, arm: TrialArm) -> ArmComparison:
        """Compare an arm with the control; leads are those of both."""
        ripe = leads.take(leads.entered + self.wait <= self.as_of)
        z = self._z_at(ripe, arm, at=self.as_of)
        figures = [name for name in FIGURES if self.hours or name != "hours_per_100_leads"]
        return ArmComparison(
            tested=arm.name,
            figures=tuple(_figure(name, ripe, hours=self.hours, z=z) for name in figures),
            looks=tuple(self._looks(leads, arm)),
            balance=_balance(leads),
        )

    def _looks(self, leads: EnteredLeads, arm: TrialArm) -> Iterator[Look]:
        """One look at the end of every month since leads could ripen, and one at the end."""
        ends = self.ends
        months = month_starts(ends.begins, self.as_of, ends.zone)
        instants = {int(at) for at in months if ends.begins + self.wait < at <= self.as_of}
        if self.as_of >= ends.ripe_at:
            instants = {at for at in instants if at < ends.ripe_at} | {self.as_of}
        for at in sorted(instants):
            ripe = leads.take(leads.entered + self.wait <= at)
            z = self._z_at(ripe, arm, at=at)
            found = _figure(self.trial.counted, ripe, hours=self.hours, z=z)
            yield Look(at=at, n_accounts=len(np.unique(ripe.unit)), difference=found.plain)

    def _z_at(self, ripe: EnteredLeads, arm: TrialArm, *, at: int) -> float:
        """Standard errors either way at a look; without end before an account has ripened."""
        n_comparisons = len(self.trial.tested)
        if at >= self.ends.ripe_at:
            return end_z(n_comparisons)
        n_accounts = len(np.unique(ripe.unit))
        if not n_accounts:
            return math.inf
        of_both = self.trial.control.share + arm.share
        return sequence_z(n_accounts, of_both * self.trial.expected_accounts, n_comparisons)


def _figure(name: str, ripe: EnteredLeads, *, hours: float, z: float) -> FigureDifference:
    numerator, denominator = FIGURES[name](ripe, hours)
    plain = compare_arms(ripe.arms, numerator, denominator)
    adjusted = adjusted_difference(ripe.arms, numerator, denominator, covariate=ripe.probability)
    has_interval = np.isfinite(z) and is_enough(ripe.arms, numerator)
    return FigureDifference(
        figure=name,
        control=None if plain is None else PER_LEADS * plain.control,
        tested=None if plain is None else PER_LEADS * plain.tested,
        plain=_difference(plain, z if has_interval else None),
        adjusted=_difference(adjusted, z if has_interval else None),
    )


def _difference(found: ArmDifference | None, z: float | None) -> Difference | None:
    if found is None:
        return None
    if z is None:
        return Difference(value=PER_LEADS * found.value, low=None, high=None)
    return found.within(z, scale=PER_LEADS)


def _arm_counts(
    leads: EnteredLeads, is_ripe: BoolArray, mine: BoolArray, *, arm: TrialArm, hours: float
) -> ArmCounts:
    ripe = mine & is_ripe
    n_handed_over = int(leads.handed_over[ripe].sum())
    return ArmCounts(
        arm=arm.name,
        share=arm.share,
        n_leads=int(mine.sum()),
        n_accounts=len(np.unique(leads.unit[mine])),
        n_ripe=int(ripe.sum()),
        n_unripe=int((mine & ~is_ripe).sum()),
        n_handed_over=n_handed_over,
        n_converted=int(leads.converted[ripe].sum()),
        n_won=int(leads.won[ripe].sum()),
        hours=hours * n_handed_over,
    )


def _srm_p(leads: EnteredLeads, trial: Trial) -> float:
    counts = [len(np.unique(leads.unit[leads.arm == place])) for place in range(len(trial.arms))]
    return sample_ratio_p(counts, [arm.share for arm in trial.arms])


def _balance(leads: EnteredLeads) -> tuple[BalanceRow, ...]:
    rows = (
        balance_row(name, leads.is_tested, getattr(leads, name))
        for name in ("probability", "rulebook_points", "age_days")
    )
    return tuple(row for row in rows if row is not None)


def _contaminated(leads: EnteredLeads) -> int:
    """Accounts of today with leads in both arms, or with a lead that both judged."""
    pairs = np.unique(np.column_stack([leads.account, leads.arm]), axis=0)
    account, n_arms = np.unique(pairs[:, 0], return_counts=True)
    both = account[n_arms > 1]
    if leads.is_merged is not None:
        both = np.union1d(both, leads.account[leads.is_merged])
    return len(both)
