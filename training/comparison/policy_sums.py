"""Figures of two policies as sums over leads, so that one bootstrap by account serves them all."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY
from features.core.estimate import Measured
from training.comparison.replay import NEVER, ReplayCohort
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.proportion_intervals import difference_of_shares, share_of_sums
from training.results.comparison_records import AgreementCell, DaysEarlier, PolicyResult, WeekVolume

DAYS_IN_MONTH = 365.2425 / 12
WEEK = 7 * DAY

# Columns of the sums every figure is made from; those of a policy follow each other.
LEADS, CONVERTED, MODEL, RULEBOOK = 0, 1, 2, 6
HANDED, CAUGHT, STANDING, STANDING_CAUGHT = range(4)


@dataclass(frozen=True, kw_only=True)
class FirstCrossings:
    """Where each lead of a cohort first crosses, by model and by rulebook; row or ``NEVER``."""

    model: IntArray
    rulebook: IntArray


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums of columns over leads: by account, as observed, and with accounts drawn again."""

    of_group: FloatArray
    observed: FloatArray
    drawn: FloatArray

    @classmethod
    def of(cls, group: IntArray, columns: FloatArray, seed: int) -> "Sums":
        """Sum columns by group, as observed and in bootstrap draws of the groups.

        Parameters
        ----------
        group : ndarray of shape (n_leads,)
            Account, or lead where it is unknown: what is drawn together.
        columns : ndarray of shape (n_leads, k)
            What each lead adds to the sums.
        seed : int
            Of the bootstrap.
        """
        sums = sums_by_group(group, columns)
        return cls(of_group=sums, observed=sums.sum(axis=0), drawn=resampled_sums(sums, seed))


def lead_columns(cohort: ReplayCohort, crossings: FirstCrossings) -> FloatArray:
    """What each lead adds to the sums, shape (n_leads, 10)."""
    return np.column_stack(
        [
            np.ones(cohort.n_leads),
            cohort.ever_converted,
            *_policy_columns(cohort, crossings.model),
            *_policy_columns(cohort, crossings.rulebook),
        ]
    ).astype(np.float64)


def _policy_columns(cohort: ReplayCohort, crossing: IntArray) -> tuple[BoolArray, ...]:
    handed, caught = cohort.handed_over(crossing), cohort.caught(crossing)
    lead_state = (crossing != NEVER) & ~handed
    # A crossing of the warm-up may have been followed by nothing that was still to come.
    return handed, handed & caught, lead_state, lead_state & caught & cohort.ever_converted


def policy_result(
    policy: int, sums: Sums, *, months: float | None, hours_per_lead: float | None
) -> PolicyResult:
    """Compute the figures of one policy.

    Parameters
    ----------
    policy : int
        ``MODEL`` or ``RULEBOOK``: where its columns begin in the sums.
    sums : Sums
        Of :func:`lead_columns`.
    months : float or None
        Length of the period; None where nothing has a date.
    hours_per_lead : float or None
        Hours of sales that a hand-over costs.
    """
    observed, drawn = sums.observed, sums.drawn
    handed, caught = policy + HANDED, policy + CAUGHT
    n_handed = int(observed[handed])
    hours = None
    if hours_per_lead is not None:
        hours = measured(lambda s: hours_per_lead * s[:, handed] / s[:, caught], observed, drawn)
    return PolicyResult(
        n_handed_over=n_handed,
        n_caught=int(observed[caught]),
        per_month=None if months is None else n_handed / months,
        opportunity_rate=_opportunity_rate(sums, policy),
        caught_share=_caught_share(sums, policy),
        lift=measured(
            lambda s: s[:, caught] / s[:, handed] / (s[:, CONVERTED] / s[:, LEADS]),
            observed,
            drawn,
        ),
        n_standing=int(observed[policy + STANDING]),
        n_standing_caught=int(observed[policy + STANDING_CAUGHT]),
        sales_hours=None if hours_per_lead is None else hours_per_lead * n_handed,
        hours_per_opportunity=hours,
    )


def rate_difference(sums: Sums) -> Measured | None:
    """Opportunity rate of the model less that of the rulebook."""
    shares = _opportunity_rate(sums, MODEL), _opportunity_rate(sums, RULEBOOK)
    return paired_difference(_rate_difference, sums, shares)


def caught_difference(sums: Sums) -> Measured:
    """Share of all outcomes that the model catches less that of the rulebook."""
    shares = _caught_share(sums, MODEL), _caught_share(sums, RULEBOOK)
    return paired_difference(_caught_difference, sums, shares) or Measured(value=0.0)


def _opportunity_rate(sums: Sums, policy: int) -> Measured | None:
    return share_of_sums(sums.of_group[:, policy + CAUGHT], sums.of_group[:, policy + HANDED])


def _caught_share(sums: Sums, policy: int) -> Measured | None:
    return share_of_sums(_found(sums.of_group, policy), sums.of_group[:, CONVERTED])


def paired_difference(
    statistic: Callable[[FloatArray], FloatArray],
    sums: Sums,
    shares: tuple[Measured | None, Measured | None],
) -> Measured | None:
    """A difference of two shares, bootstrapped in pairs.

    Parameters
    ----------
    statistic : callable
        The difference, from sums of shape (n, k).
    sums : Sums
    shares : tuple of Measured or None
        The two shares; their own intervals are taken where one of them is none or all, since no
        draw strays from that.
    """
    if any(share is not None and share.value in (0.0, 1.0) for share in shares):
        return difference_of_shares(*shares)
    return measured(statistic, sums.observed, sums.drawn)


def _found(sums: FloatArray, policy: int) -> FloatArray:
    found: FloatArray = sums[:, policy + CAUGHT] + sums[:, policy + STANDING_CAUGHT]
    return found


def _rate_difference(sums: FloatArray) -> FloatArray:
    model = sums[:, MODEL + CAUGHT] / sums[:, MODEL + HANDED]
    return model - sums[:, RULEBOOK + CAUGHT] / sums[:, RULEBOOK + HANDED]


def _caught_difference(sums: FloatArray) -> FloatArray:
    return (_found(sums, MODEL) - _found(sums, RULEBOOK)) / sums[:, CONVERTED]


def agreement_cells(cohort: ReplayCohort, crossings: FirstCrossings) -> tuple[AgreementCell, ...]:
    """Leads by who found them, in the warm-up or in the period.

    An outcome counts after the first of two crossings, or any moment where there is none.
    """
    model, rulebook = crossings.model, crossings.rulebook
    by_model, by_rulebook = model != NEVER, rulebook != NEVER
    # The earlier of two crossings is the smaller row; NEVER must not win.
    first = np.where(
        by_model & by_rulebook, np.minimum(model, rulebook), np.maximum(model, rulebook)
    )
    followed = np.where(first == NEVER, cohort.ever_converted, cohort.converted[first])
    cells = {
        "both": by_model & by_rulebook,
        "model_only": by_model & ~by_rulebook,
        "rulebook_only": ~by_model & by_rulebook,
        "neither": ~by_model & ~by_rulebook,
    }
    found = []
    for name, inside in cells.items():
        columns = np.column_stack([inside, inside & followed]).astype(np.float64)
        of_group = sums_by_group(cohort.lead_group, columns)
        found.append(
            AgreementCell(
                name=name,
                n_leads=int(inside.sum()),
                n_converted=int((inside & followed).sum()),
                converted_share=share_of_sums(of_group[:, 1], of_group[:, 0]),
            )
        )
    return tuple(found)


def days_earlier(
    cohort: ReplayCohort, crossings: FirstCrossings, *, seed: int
) -> DaysEarlier | None:
    """Count the days by which the model hands a lead over before the rulebook does.

    Of leads that cross by both policies, at least one of the crossings lying in the period. None
    where there is no such lead.

    Parameters
    ----------
    cohort : ReplayCohort
    crossings : FirstCrossings
        Row at which each lead first crosses, by either policy.
    seed : int
        Of the bootstrap.
    """
    model, rulebook = crossings.model, crossings.rulebook
    found = (model != NEVER) & (rulebook != NEVER)
    found &= cohort.handed_over(model) | cohort.handed_over(rulebook)
    if not found.any():
        return None
    days = (cohort.as_of[rulebook[found]] - cohort.as_of[model[found]]) / DAY
    sums = Sums.of(cohort.lead_group[found], np.column_stack([np.ones(len(days)), days]), seed)
    mean = measured(lambda s: s[:, 1] / s[:, 0], sums.observed, sums.drawn)
    return DaysEarlier(
        n_leads=len(days),
        median_days=float(np.median(days)),
        mean_days=mean or Measured(value=float(days.mean())),
        earlier_share=float(np.mean(days >= 1)),
        same_day_share=float(np.mean(np.abs(days) < 1)),
        later_share=float(np.mean(days <= -1)),
    )


def week_volumes(cohort: ReplayCohort, crossings: FirstCrossings) -> tuple[WeekVolume, ...]:
    """Hand-overs of every week of the period; the last week may be cut short."""
    if not cohort.dated:
        return ()
    begins = cohort.last_as_of - round(cohort.days * DAY)
    n_weeks = (cohort.last_as_of - begins - 1) // WEEK + 1
    counts = [
        np.bincount(
            # A crossing at the very end of a week's last day belongs to that week.
            (cohort.as_of[crossing[cohort.handed_over(crossing)]] - begins - 1).clip(0) // WEEK,
            minlength=n_weeks,
        )
        for crossing in (crossings.model, crossings.rulebook)
    ]
    return tuple(
        WeekVolume(start=begins + week * WEEK, model=int(counts[0][week]), rulebook=int(by_rules))
        for week, by_rules in enumerate(counts[1].tolist())
    )
