"""Every result that is written down: what a release measured, how it compared, what was decided.

Why frozen records and not dicts: a page, a report, MLflow and the ledger read the same fields, and
mypy knows them. JSON is their only form on disk; :func:`to_json` refuses NaN, so a figure that is
undefined must say so with None. :func:`from_json` checks types and is exact both ways.

To add a figure: add the field with a default (older releases lack it) and the line that shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from features.core.estimate import Measured as Measured  # noqa: PLC0414
from features.core.json_records import from_json as from_json  # noqa: PLC0414
from features.core.json_records import to_json as to_json  # noqa: PLC0414
from features.core.qualification import Qualification
from features.core.text import Text

# Offered here as well, since whoever reads or writes a record needs both; mypy takes only this form
# for an export.
from training.results.calibration_records import CalibrationReport


@dataclass(frozen=True, kw_only=True)
class ReliabilityBand:
    """Snapshots whose probability lies in ``[low, high)``, predicted and observed."""

    low: float
    high: float
    n_snapshots: int
    mean_probability: float
    converted_share: Measured


@dataclass(frozen=True, kw_only=True)
class LiftPoint:
    """Rate of conversion among the top ``share`` of snapshots, divided by the overall rate."""

    share: float
    lift: Measured


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """How the tested fit did on snapshots later in time than everything it was fitted on.

    ``log_loss_gain`` is the log loss of always predicting the base rate, less the model's, row by
    row on the same rows: above zero the model knows something. Measures that need both outcomes
    are None when only one came.
    """

    n_snapshots: int
    n_leads: int
    n_converted: int
    base_rate: float
    log_loss: Measured
    base_rate_log_loss: float
    log_loss_gain: Measured
    brier: Measured
    auc: Measured | None = None
    average_precision: Measured | None = None
    calibration_slope: Measured | None = None
    calibration_intercept: Measured | None = None
    reliability: tuple[ReliabilityBand, ...] = ()
    lift: tuple[LiftPoint, ...] = ()
    more: Annotated[Mapping[str, Measured], Field(exclude_if=lambda more: not more)] = field(
        default_factory=dict
    )
    """Measures without a field of their own; not written where there are none."""

    def figure(self, name: str) -> Measured | None:
        """A measure by its name; None where it is undefined, or was not taken."""
        found: Measured | None = self.more.get(name) or getattr(self, name, None)
        return found


@dataclass(frozen=True, kw_only=True)
class CrossingCalibration:
    """Leads at the day they first crossed a cut-off, predicted and observed.

    Attributes
    ----------
    n_crossed, n_converted : int
        Leads that first crossed in the period, and those of them that converted within the horizon
        of that day.
    mean_probability : float
        Predicted as they crossed.
    converted_share : Measured
    cut_off, per_month : float or None
        The probability crossed, 0 to 1, and how many did so a month.
    since, until : int or None
        The period, seconds since 1970 UTC; None where the data have no dates.
    """

    qualification: Qualification
    n_crossed: int
    n_converted: int
    mean_probability: float
    converted_share: Measured
    cut_off: float | None = None
    per_month: float | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, kw_only=True)
class CutOff:
    """The probability at which a lead reaches a qualification, and what was expected of it.

    ``probability`` is None when no cut-off keeps the rule: then nobody reaches the qualification,
    and ``why`` says so. ``expected_worth`` is what a hand-over is worth on average less what it
    costs, where the cut-off is set by value and cost.

    People are told ``crossings``: what became, in the test, of those who crossed a cut-off set by
    the same rule. ``expected_per_month`` and ``expected_precision`` are of the snapshots the
    cut-off was chosen from, on which a lead is looked at less often than every day.
    """

    rule: str
    probability: float | None
    expected_per_month: float | None = None
    expected_precision: Measured | None = None
    why: Text | None = None
    expected_worth: Measured | None = None
    crossings: CrossingCalibration | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseCutOffs:
    """Both cut-offs of a release; SQL lies at MQL or above."""

    mql: CutOff
    sql: CutOff

    def qualify(self, probability: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
        """Qualification of each probability, as values of :class:`Qualification`."""
        qualification = np.zeros(len(probability), dtype=np.int8)
        for cut_off, reached in ((self.mql, Qualification.MQL), (self.sql, Qualification.SQL)):
            if cut_off.probability is not None:
                qualification[probability >= cut_off.probability] = reached
        return qualification


Severity = Literal["severe", "suspect"]


@dataclass(frozen=True, kw_only=True)
class GateCheck:
    """One question the gate asked; ``passed`` None means it could not be asked here."""

    name: str
    passed: bool | None
    sentence: Text


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """All checks of the gate; promoted only when none failed."""

    checks: tuple[GateCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed is not False for check in self.checks)

    @property
    def reasons(self) -> tuple[Text, ...]:
        """The sentences of the checks that failed."""
        return tuple(check.sentence for check in self.checks if check.passed is False)


@dataclass(frozen=True, kw_only=True)
class AuditFinding:
    """A column that knows too much or is suspect, the evidence, and what to do about it.

    What is severe ``blocks`` promotion unless the definition acknowledges it.
    """

    column: str
    blocks: bool
    sentence: Text
    severity: Severity = "severe"
    advice: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ChampionComparison:
    """Challenger less champion on rows neither tested fit has seen; log loss, lower is better."""

    champion_id: str
    n_snapshots: int
    n_converted: int
    champion_log_loss: float
    challenger_log_loss: float
    difference: Measured
    per_month_champion: float | None
    per_month_challenger: float | None


@dataclass(frozen=True, kw_only=True)
class BaselineResult:
    """A baseline on the model's test rows; a ``difference`` below zero: the model is better."""

    name: str
    label: Text
    log_loss: float
    difference: Measured | None
    proof: CalibrationReport | None = None


@dataclass(frozen=True, kw_only=True)
class DriftFinding:
    """Something that moved between the data a release learned from and the newest data."""

    name: str
    kind: str
    statistic: float
    threshold: float
    consequence: float
    sentence: Text


@dataclass(frozen=True, kw_only=True)
class ExpectedPerformance:
    """How well a fit should do on snapshots not yet matured, if its probabilities hold."""

    n_snapshots: int
    conversion_rate: float
    log_loss: float
    auc: float | None


@dataclass(frozen=True, kw_only=True)
class HandedOverCounts:
    """What is learned from where hand-overs alone have an outcome, and what is left out.

    Attributes
    ----------
    n_matured, n_drawn : int
        Hand-overs to learn from, and those of them that a lot made.
    largest_weight : float
        One over the smallest propensity of them.
    effective : float
        Unweighted hand-overs that would say as much.
    n_without_propensity, n_without_lots : int
        Hand-overs left out: randomised without a recorded propensity; made in a month in which
        nobody was drawn.
    n_leads_never : int
        Leads with snapshots, but without a hand-over that counts.
    """

    n_matured: int
    n_drawn: int
    largest_weight: float
    effective: float
    n_without_propensity: int
    n_without_lots: int
    n_leads_never: int


@dataclass(frozen=True, kw_only=True)
class RowCounts:
    """How many leads and snapshots went where.

    ``n_censored`` are snapshots whose outcome may still become known; ``n_young`` of them the
    shipped fit learned from, by their chance to convert.
    """

    n_leads: int
    n_events: int
    n_facts: int
    n_snapshots: int
    n_matured: int
    n_censored: int
    n_train: int
    n_test: int
    n_young: int = 0


@dataclass(frozen=True, kw_only=True)
class InterceptTest:
    """The shift of all log-odds that outcomes so far ask for, and how sure it is.

    Attributes
    ----------
    n_snapshots, n_young : int
        Not learned from; of these, not yet matured.
    n_converted : int
        By now.
    promised : float
        How many should have converted by now, by the probabilities as they were.
    shift, low, high : float or None
        Natural log-odds; the ends bound it but for one false alarm in a hundred. None where too
        few converted to tell.
    moved : bool
        Whether the intercept should be moved.
    """

    n_snapshots: int
    n_young: int
    n_converted: int
    promised: float
    shift: float | None = None
    low: float | None = None
    high: float | None = None
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Recalibration:
    """Why a release is another one with its intercept shifted: the shift, and its evidence.

    ``low`` and ``high`` bound ``shift``, in natural log-odds.
    """

    from_release: str
    shift: float
    low: float
    high: float
    n_snapshots: int
    n_converted: int
