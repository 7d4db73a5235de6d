"""What a comparison of two policies found: model against rulebook, on the same leads.

Frozen records that JSON can hold; the review, the report of a retrain, MLflow and the command line
all read these. How the figures come about is told in :mod:`training.comparison.compare`.

To add a figure: add the field with a default (older records lack it) and the line that shows it.
"""

from dataclasses import dataclass
from enum import StrEnum

from features.core.estimate import Measured
from features.core.qualification import Qualification
from features.core.text import Text


class Matching(StrEnum):
    """How the volumes of two policies came about."""

    PAST = "past"
    """Cut-offs set on past data; the volumes are what they turned out to be."""

    HINDSIGHT = "hindsight"
    """The model's cut-off chosen afterwards so that both hand over equally many leads."""

    TUNED = "tuned"
    """Like ``PAST``, with the rulebook's points cut by the same rules as the probabilities."""


class Cadence(StrEnum):
    """How often the replay looks at each lead."""

    DAY = "day"
    """At the end of every day while the lead is open and not silent for too long."""

    WEEK = "week"
    """At the end of every seventh day."""

    SNAPSHOT = "snapshot"
    """Only at the moments the definition itself names, such as the creation of a lead."""


@dataclass(frozen=True, kw_only=True)
class PolicyResult:
    """What one policy would have handed over in the period, counting each lead's first crossing.

    Attributes
    ----------
    n_handed_over : int
        Leads that crossed for the first time in the period.
    n_caught : int
        Those of them followed by an outcome within the horizon of that hand-over.
    per_month : float or None
        Hand-overs a month; None without dates.
    opportunity_rate : Measured or None
        Precision: ``n_caught`` of ``n_handed_over``.
    caught_share : Measured or None
        Recall: outcomes that came within the horizon of a hand-over, those of leads handed over in
        the warm-up included, of all outcomes that were within reach in the period.
    lift : Measured or None
        The rate divided by the share of all leads that converted.
    n_standing, n_standing_caught : int
        Leads that crossed in the warm-up, so that they are no hand-overs of the period; and those
        of them whose outcome came in time.
    sales_hours : float or None
        Work that the hand-overs cost sales; None where the definition does not say how long a lead
        takes.
    hours_per_opportunity : Measured or None
        Hours of sales for each outcome caught.
    """

    n_handed_over: int
    n_caught: int
    per_month: float | None
    opportunity_rate: Measured | None
    caught_share: Measured | None
    lift: Measured | None
    n_standing: int = 0
    n_standing_caught: int = 0
    sales_hours: float | None = None
    hours_per_opportunity: Measured | None = None

    @property
    def n_found(self) -> int:
        """Outcomes in time of leads handed over in the period or its warm-up: those of
        ``caught_share``."""
        return self.n_caught + self.n_standing_caught


@dataclass(frozen=True, kw_only=True)
class AgreementCell:
    """Leads that both, one or neither policy would have handed over, and what became of them."""

    name: str
    n_leads: int
    n_converted: int
    converted_share: Measured | None


@dataclass(frozen=True, kw_only=True)
class DaysEarlier:
    """For leads both found: days by which the model was before the rulebook (negative: after)."""

    n_leads: int
    median_days: float
    mean_days: Measured
    earlier_share: float
    same_day_share: float
    later_share: float


@dataclass(frozen=True, kw_only=True)
class WeekVolume:
    """Leads each policy would have handed over in one week, which starts at a second since 1970."""

    start: int
    model: int
    rulebook: int


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    """The comparison inside one value of one attribute, as known when the period began.

    ``attribute`` is the name of an attribute, or ``phase``. Labels are what people read; older
    records lack them.
    """

    attribute: str
    value: str
    n_leads: int
    model: PolicyResult
    rulebook: PolicyResult
    label: Text | None = None
    value_label: Text | None = None
    rate_difference: Measured | None = None


@dataclass(frozen=True, kw_only=True)
class SensitivityBand:
    """How good the leads nobody handed over would have to be to reverse the conclusion.

    ``difference_observed`` counts an unseen lead as it was recorded; ``rate_to_reverse`` is the
    true rate among the rulebook-only leads nobody handed over (or model-only ones, when the
    rulebook is ahead) at which both policies are equal, None where no rate up to 1 reverses it.
    """

    n_model_only_unseen: int
    n_rulebook_only_unseen: int
    difference_observed: float
    difference_lowest: float
    difference_highest: float
    rate_to_reverse: float | None


@dataclass(frozen=True, kw_only=True)
class WeightedRate:
    """Opportunity rate of one policy's hand-overs, were all of them worked by sales.

    Attributes
    ----------
    n_leads : int
        Hand-overs in reach of a randomised draw, made in time.
    n_worked : int
        Those sales had anyway, or whose outcome had come by then: they weigh 1.
    n_explored : int
        Those handed over by chance: they weigh one over the chance.
    recorded : Measured or None
        The rate as recorded, leads nobody worked included.
    rate : Measured or None
        The weighted rate.
    """

    n_leads: int
    n_worked: int
    n_explored: int
    recorded: Measured | None
    rate: Measured | None


@dataclass(frozen=True, kw_only=True)
class WeightedPair:
    """Both policies weighted by the propensity of exploration; differences model less rulebook."""

    model: WeightedRate
    rulebook: WeightedRate
    recorded_difference: Measured | None
    difference: Measured | None


@dataclass(frozen=True, kw_only=True)
class PolicyPair:
    """Model against rulebook at one qualification and one way of setting volumes.

    Differences of opportunity rates and of shares of opportunities caught are model less rulebook,
    bootstrapped in pairs by account (or lead). ``weighted`` is there where leads were handed over
    by chance, else ``sensitivity`` tells how far the conclusion depends on what nobody saw.
    """

    matching: Matching
    qualification: Qualification
    model: PolicyResult
    rulebook: PolicyResult
    rate_difference: Measured | None
    caught_difference: Measured
    cells: tuple[AgreementCell, ...]
    days_earlier: DaysEarlier | None
    segments: tuple[SegmentResult, ...] = ()
    sensitivity: SensitivityBand | None = None
    weighted: WeightedPair | None = None
    weeks: tuple[WeekVolume, ...] = ()


class Judge(StrEnum):
    """Whose word a hand-over has, in the order of :attr:`VerdictPattern.yes`."""

    MARKETING = "marketing"
    """Handed it over on purpose; no where chance did (exploration)."""

    SALES = "sales"
    """Accepted it; no where they returned it."""

    RULEBOOK = "rulebook"
    """Says MQL or more as of the hand-over."""

    MODEL = "model"
    """Says MQL or more as of the hand-over, by a fit that had not seen it."""


@dataclass(frozen=True, kw_only=True)
class VerdictPattern:
    """Hand-overs on which the same judges said yes."""

    yes: tuple[Judge, ...]
    n_hand_overs: int
    share: Measured


@dataclass(frozen=True, kw_only=True)
class JudgePair:
    """How far two judges agree on hand-overs that sales answered.

    ``kappa`` is Cohen's: 0 is what chance alone gives, 1 is perfect; None where one of the two
    always says the same, since agreement beyond chance has no meaning then.
    """

    first: Judge
    second: Judge
    n_both_yes: int
    n_first_only: int
    n_second_only: int
    n_both_no: int
    agreed_share: Measured | None
    kappa: Measured | None


@dataclass(frozen=True, kw_only=True)
class FourWayAgreement:
    """Marketing, sales, rulebook and model on the hand-overs of the period that sales answered."""

    n_hand_overs: int
    n_accepted: int
    patterns: tuple[VerdictPattern, ...]
    pairs: tuple[JudgePair, ...]

    def pair(self, first: Judge, second: Judge) -> JudgePair | None:
        """The pair of two judges, in the order of :class:`Judge`."""
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair
        return None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Model and rulebook on the same later-in-time leads.

    Attributes
    ----------
    n_leads, n_groups : int
        Leads that could have been handed over in the period, and their accounts.
    n_converted : int
        Leads with an outcome within the horizon of any moment of the period.
    first_as_of, last_as_of : int
        First and last moment of the period; whole seconds since 1970 UTC.
    months : float or None
        Length of the period; None without dates.
    cadence : Cadence
    warm_up_days : int
        Days before the period in which a crossing counts as one of the past. 0: none, leads that
        stood above a cut-off already count as hand-overs.
    hours_per_lead : float or None
        What a hand-over costs sales, as agreed.
    verdicts : FourWayAgreement or None
        None before sales answered anything in the period.
    works_with : tuple of Text
        What there is for a rulebook to ask about: behaviours that occur, attributes with values.
    n_behaviours : int
        How many of these are behaviours.
    has_rules : bool
        Whether there is a rulebook; without, what the model does stands alone.
    """

    n_leads: int
    n_groups: int
    n_converted: int
    first_as_of: int
    last_as_of: int
    months: float | None
    pairs: tuple[PolicyPair, ...]
    cadence: Cadence = Cadence.SNAPSHOT
    warm_up_days: int = 0
    hours_per_lead: float | None = None
    verdicts: FourWayAgreement | None = None
    works_with: tuple[Text, ...] = ()
    n_behaviours: int = 0
    has_rules: bool = True

    def pair(self, qualification: Qualification, matching: Matching) -> PolicyPair | None:
        """The pair at one qualification and way of setting volumes, if it was compared."""
        for pair in self.pairs:
            if pair.qualification == qualification and pair.matching == matching:
                return pair
        return None
