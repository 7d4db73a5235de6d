"""A month's review as records: what every page, file and test reads. No words, no drawings.

Comments are kept out on purpose: people write what they like into them. A record says where a
comment stands, and whoever shows it reads it from the tables, so that it is gone once its lead is
forgotten.
"""

from dataclasses import dataclass

from features.core.estimate import Measured
from features.feature import Axis
from serving.reasons.natural_values import NaturalContrast
from serving.review.figures.counted import Middle, Proportion
from serving.review.month import Month
from training.results.backtest_records import BandResult, Range
from training.results.comparison_records import Comparison
from training.results.disagreement_records import DisagreementCell
from training.trial.records import TrialReport


@dataclass(frozen=True, kw_only=True)
class Group:
    """Hand-overs whose lead had one value of an attribute when it was handed over.

    Attributes
    ----------
    value : str
        As the segments of training name it.
    n, n_before : int
        In the month; in the three months before it, on average.
    converted : Proportion
        Of those of the three months before whose horizon has passed.
    """

    value: str
    n: int
    n_before: float
    converted: Proportion


@dataclass(frozen=True, kw_only=True)
class HandOversBy:
    """The month's hand-overs by one attribute.

    ``groups`` are large enough to rank, the largest first; ``small`` come by name.
    """

    attribute: str
    groups: tuple[Group, ...]
    small: tuple[Group, ...]


@dataclass(frozen=True, kw_only=True)
class MonthHandOvers:
    """What was handed over in the month.

    Attributes
    ----------
    by_qualification, by_whom : tuple of (name, count)
    waiting_hours : Middle
        Until the first thing sales did; hand-overs still untouched count as waiting longest.
    in_time : Proportion
        Touched within the agreed hours, of those whose hours have passed.
    untouched : Proportion
        Nothing has been done yet.
    """

    n: int
    by_qualification: tuple[tuple[str, int], ...]
    by_whom: tuple[tuple[str, int], ...]
    waiting_hours: Middle
    in_time: Proportion | None
    untouched: Proportion
    splits: tuple[HandOversBy, ...]


@dataclass(frozen=True, kw_only=True)
class InCommon:
    """How one concept separated two groups of leads.

    Attributes
    ----------
    concept : str
    points : Measured or None
        Mean points of the first group less the second's.
    values : NaturalContrast or None
        The same in values that people know; None where there is nothing to say.
    is_clear : bool
        Whether the interval of the points leaves out zero.
    """

    concept: str
    axis: Axis
    points: Measured | None
    values: NaturalContrast | None
    is_clear: bool


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Two groups of leads compared concept by concept, the clearest difference first."""

    n_first: int
    n_second: int
    concepts: tuple[InCommon, ...]

    @property
    def is_small(self) -> bool:
        """Whether one of the groups is too small to compare."""
        return Proportion(n=0, of=min(self.n_first, self.n_second)).is_small


@dataclass(frozen=True, kw_only=True)
class CommentPlace:
    """Where a comment stands in the outcome table."""

    lead_id: str
    stage: str
    at: int
    team: str | None


@dataclass(frozen=True, kw_only=True)
class ReasonCount:
    """How often sales gave a reason in the month, and where the newest comments stand."""

    stage: str
    reason: str | None
    n: int
    n_easy: int
    n_not_easy: int
    n_comments: int
    comments: tuple[CommentPlace, ...]


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What sales answered in the month.

    Attributes
    ----------
    easy : Proportion
        Easy to act on, of the answers that say so or the contrary.
    contrast : Contrast or None
        Leads easy to act on against the others, over ``contrast_months`` months; accepted against
        returned where ``by_easy`` is false, because too few answers said.
    """

    n_accepted: int
    n_returned: int
    easy: Proportion
    reasons: tuple[ReasonCount, ...]
    contrast: Contrast | None
    by_easy: bool
    contrast_months: int


@dataclass(frozen=True, kw_only=True)
class MissingInformation:
    """Open leads just below the cut-off that lack one thing.

    Attributes
    ----------
    concept : str
        An attribute nobody knows, or a behaviour not shown yet.
    n_leads : int
    crossing : Range or None
        How many would reach the cut-off if they gave the answers comparable leads gave.
    converting : Range or None
        How many more outcomes their probabilities then add up to.
    n_donors : int
        Comparable leads whose answers were tried.
    """

    concept: str
    axis: Axis
    n_leads: int
    crossing: Range | None
    converting: Range | None
    n_donors: int


@dataclass(frozen=True, kw_only=True)
class Nurture:
    """Leads open at the month's end, just below the cut-off of the release in use.

    ``from_probability`` and ``cut_off`` bound the ``n_near`` leads near it.
    """

    n_open: int
    n_near: int
    from_probability: float
    cut_off: float
    groups: tuple[MissingInformation, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewFigure:
    """One number: counted, a share, or a median.

    Attributes
    ----------
    value : float or None
        None where it is not defined.
    low, high : float or None
        Interval of shares and medians.
    n, of : int or None
        Of a share: how many of how many; of a median ``of`` alone.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    of: int | None = None


@dataclass(frozen=True, kw_only=True)
class KpiLine:
    """One KPI over the reviewed stretch and before.

    Attributes
    ----------
    name : str
        Of the definition, or of a measure that the review always shows.
    measured : bool
        False: the definition names a KPI that Awase does not measure.
    at_month_end, now : ReviewFigure
        As it stood then, and as it has matured.
    before : ReviewFigure
        The stretch before, as known now.
    matured : bool
        Whether ``now`` can still change with outcomes to come.
    expected : Range or None
        The final value of what has not matured.
    at_most : float or None
        Above which it is too much: agreed for itself, or the capacity for hand-overs.
    is_met : bool or None
        Against the target and ``at_most``, by what is known now; None without target, or not
        matured yet.
    year : tuple of float or None
        As known now, over the twelve months that end with the reviewed one.
    """

    name: str
    team: str
    kind: str
    target: float | None
    at_most: float | None
    bigger_is_better: bool
    measured: bool
    at_month_end: ReviewFigure
    now: ReviewFigure
    before: ReviewFigure
    matured: bool
    expected: Range | None
    is_met: bool | None
    year: tuple[float | None, ...]

    @property
    def is_beyond(self) -> bool:
        """Whether it is missed by being too much."""
        too_much = self.at_most is not None and (self.now.value or 0.0) > self.at_most
        return self.is_met is False and too_much


@dataclass(frozen=True, kw_only=True)
class MonthLine:
    """A month's hand-overs and what became of them by now.

    Attributes
    ----------
    n_created : int
        Leads created in the month.
    converted : int
        With an outcome within the horizon of the hand-over.
    expected : Range or None
        The final number of those, for months not matured.
    at_month_end : int
        ``converted`` as it stood at the month's end.
    """

    month: Month
    n_created: int
    n_mql: int
    n_sql: int
    n_accepted: int
    n_returned: int
    converted: int
    at_month_end: int
    n_won: int
    matured: bool
    expected: Range | None

    @property
    def n_handed_over(self) -> int:
        """Both qualifications together."""
        return self.n_mql + self.n_sql


@dataclass(frozen=True, kw_only=True)
class FunnelStep:
    """A step of the month's hand-overs: how many reached it, then and by now."""

    name: str
    at_month_end: Proportion
    now: Proportion


@dataclass(frozen=True, kw_only=True)
class MonthBands:
    """Predicted and observed outcomes of a matured month.

    ``by`` is ``ledger`` where the decisions of that month are compared, ``backtest`` where a fit on
    what was known then stands in for decisions that nobody had made yet.
    """

    month: Month
    by: str
    bands: tuple[BandResult, ...]


@dataclass(frozen=True, kw_only=True)
class TalkedAbout:
    """A lead that only model or rulebook would have handed over."""

    lead_id: str
    team: str | None
    found_by: str
    as_of: int
    converted: bool
    probability: float
    rulebook_points: float
    rules: tuple[str, ...]
    concepts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class AgainstRulebook:
    """Model against rulebook as the retrain of a release found it.

    Attributes
    ----------
    cells : tuple of DisagreementCell
        How many leads of the release's test only one of the two would have handed over.
    disagreements : tuple of TalkedAbout
        As many of each cell.
    """

    release_id: str
    comparison: Comparison
    cells: tuple[DisagreementCell, ...]
    disagreements: tuple[TalkedAbout, ...]


@dataclass(frozen=True, kw_only=True)
class Review:
    """Everything the meeting looks at.

    Attributes
    ----------
    known_before, horizon_days : int
        Second up to which "by now" reaches; days within which the outcome counts.
    converted : Contrast or None
        Leads that converted in the month against those that did not; None without a release.
    trial : TrialReport or None
        The newest look at the trial that ran in the month.
    """

    month: Month
    known_before: int
    horizon_days: int
    outcome_stage: str
    release_id: str | None
    handed_over: MonthHandOvers
    kpis: tuple[KpiLine, ...]
    funnel: tuple[FunnelStep, ...]
    months: tuple[MonthLine, ...]
    converted: Contrast | None
    verdicts: Verdicts
    nurture: Nurture | None
    against_rulebook: AgainstRulebook | None
    bands: tuple[MonthBands, ...]
    trial: TrialReport | None = None
