"""What a trial shows, as frozen records that are written down as JSON."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["tested_better", "control_better", "not_worthwhile", "open"]
"""What would be decided: the tested arm is better; the control is; whatever difference there is, is
below the smallest worth having; or nothing yet."""

SRM_ALARM = 0.001
"""p-value below which the shares of the arms are not those agreed: something else chose."""

IMBALANCE = 0.1
"""Standardised difference from which arms differ before the trial did anything (Austin 2009)."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Tested arm less control, in the unit of the figure; ends None where too little is known."""

    value: float
    low: float | None
    high: float | None

    @property
    def reversed(self) -> "Difference":
        """Control less tested."""
        low, high = (None if end is None else -end for end in (self.high, self.low))
        return Difference(value=-self.value, low=low, high=high)

    @property
    def crosses(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, kw_only=True)
class Look:
    """The figure that decides, as it stood at the end of a month.

    Attributes
    ----------
    at : int
        Second since 1970 UTC.
    n_accounts : int
        Ripe by then.
    difference : Difference or None
        None where an arm had nothing to divide by.
    """

    at: int
    n_accounts: int
    difference: Difference | None


@dataclass(frozen=True, kw_only=True)
class ArmCounts:
    """What became of the leads of an arm.

    Attributes
    ----------
    n_leads, n_accounts : int
        Drawn for the arm.
    n_ripe, n_unripe : int
        Leads whose horizon is over, and those still to be waited for.
    n_handed_over, n_converted, n_won : int
        Of the ripe ones.
    hours : float
        Work of sales on them; 0 where the agreement names no hours.
    """

    arm: str
    share: float
    n_leads: int
    n_accounts: int
    n_ripe: int
    n_unripe: int
    n_handed_over: int
    n_converted: int
    n_won: int
    hours: float


@dataclass(frozen=True, kw_only=True)
class FigureDifference:
    """One counted figure: of each arm, and the difference plain and adjusted.

    Attributes
    ----------
    control, tested : float or None
        None where nothing can be divided by.
    plain, adjusted : Difference or None
        ``adjusted`` by the probability before the trial; None where no lead had one.
    """

    figure: str
    control: float | None
    tested: float | None
    plain: Difference | None
    adjusted: Difference | None


@dataclass(frozen=True, kw_only=True)
class BalanceRow:
    """What was known before a lead entered: means of both arms, difference in deviations."""

    covariate: str
    control: float
    tested: float
    standardised: float

    @property
    def differs(self) -> bool:
        """Whether the arms differ by more than chance should let them."""
        return abs(self.standardised) > IMBALANCE


@dataclass(frozen=True, kw_only=True)
class ArmComparison:
    """An arm beside the control.

    Attributes
    ----------
    tested : str
        The arm.
    looks : tuple of Look
        One a month, the newest last.
    """

    tested: str
    figures: tuple[FigureDifference, ...]
    looks: tuple[Look, ...]
    balance: tuple[BalanceRow, ...]

    def figure(self, name: str) -> FigureDifference:
        """The figure of a name."""
        return next(each for each in self.figures if each.figure == name)


@dataclass(frozen=True, kw_only=True)
class TrialReport:
    """What a trial shows at a look.

    Attributes
    ----------
    as_of : int
        Data cut-off, seconds since 1970 UTC.
    closes, ripe_at : int
        When no lead enters any more; when the last has ripened and the end may be read.
    comparisons : tuple of ArmComparison
        One for each arm beside the control.
    srm_p : float
        Whether accounts fell into the arms as agreed (sample-ratio mismatch).
    n_contaminated : int
        Accounts with leads in both arms, since leads or accounts were merged after the draw.
    n_redrawn : int
        Leads whose stored arm is not the one the lot draws again: 0 unless somebody changed rows.
    observational : Difference or None
        What the comparison without a lot said of hand-overs, in the unit of its figure.
    """

    name: str
    control: str
    counted: str
    worthwhile: float
    begins: int
    closes: int
    ripe_at: int
    as_of: int
    arms: tuple[ArmCounts, ...]
    comparisons: tuple[ArmComparison, ...]
    srm_p: float
    n_contaminated: int
    n_redrawn: int
    observational: Difference | None = None

    @property
    def is_ripe(self) -> bool:
        """Whether the agreed end has come."""
        return self.as_of >= self.ripe_at

    @property
    def shares_are_off(self) -> bool:
        """Whether something other than the lot chose: no difference can be trusted then."""
        return self.srm_p < SRM_ALARM

    @property
    def is_decided(self) -> bool:
        """Whether something would be decided today of every arm."""
        return all(self.verdict_of(each) != "open" for each in self.comparisons)

    def deciding(self, comparison: ArmComparison) -> FigureDifference:
        """The figure that decides about an arm."""
        return comparison.figure(self.counted)

    def verdict_of(self, comparison: ArmComparison) -> Verdict:
        """What would be decided today about an arm."""
        found = self.deciding(comparison).plain
        if found is None or found.low is None or found.high is None or self.shares_are_off:
            return "open"
        # More hours are worse, more of everything else is better.
        low, high = found.low, found.high
        if self.counted.startswith("hours"):
            low, high = -high, -low
        if low > 0 and high >= self.worthwhile:
            return "tested_better"
        if high < 0:
            return "control_better"
        return "not_worthwhile" if high < self.worthwhile else "open"
