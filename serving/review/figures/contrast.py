"""What one group of leads had in common, against another."""

from dataclasses import dataclass, replace

from features.core.arrays import BoolArray, FloatArray, IntArray
from serving.reasons.explainer import Explainer
from serving.reasons.natural_values import NaturalContrast, natural_contrasts
from serving.reasons.separation import Separation, what_separates
from serving.reasons.similar.cohort import leads_between
from serving.review.month_data import MonthData
from serving.review.records import Contrast, InCommon


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Leads seen once each, some of them of the first group.

    Attributes
    ----------
    matrix : ndarray of shape (n_leads, n_features)
    is_first : ndarray of shape (n_leads,)
    group : ndarray of shape (n_leads,)
        Account, or lead: what intervals draw together.
    """

    matrix: FloatArray
    is_first: BoolArray
    group: IntArray


def converted_against_others(month_data: MonthData) -> Contrast | None:
    """Leads that converted in the month against those open in it that did not.

    Each is seen at the start of the month, or at its creation. None without a release.
    """
    if month_data.explainer is None:
        return None
    cohort = leads_between(
        month_data.explainer,
        month_data.tables,
        month_data.history,
        first=month_data.start,
        until=month_data.end,
    )
    found = contrast(
        month_data.explainer,
        Compared(
            matrix=cohort.matrix,
            is_first=cohort.converted,
            group=cohort.group,
        ),
    )
    # Of the others some stand for all: they are counted, and no list of them is kept.
    month_data.count("converted", cohort.lead[cohort.converted])
    return replace(found, n_second=cohort.n_others)


def contrast(explainer: Explainer, compared: Compared) -> Contrast:
    """Both groups concept by concept, the clearest difference first."""
    n_first = int(compared.is_first.sum())
    n_second = len(compared.is_first) - n_first
    concepts: tuple[InCommon, ...] = ()
    if n_first and n_second:
        found = what_separates(
            explainer, compared.matrix, converted=compared.is_first, group=compared.group
        )
        values = natural_contrasts(explainer, compared.matrix, compared.is_first)
        told = [_in_common(one, values.get(one.concept)) for one in found]
        concepts = tuple(sorted(told, key=lambda one: not one.is_clear))
    return Contrast(n_first=n_first, n_second=n_second, concepts=concepts)


def _in_common(found: Separation, values: NaturalContrast | None) -> InCommon:
    return InCommon(
        concept=found.concept,
        axis=found.axis,
        points=found.difference,
        values=values,
        is_clear=found.difference is not None and found.difference.sign != 0,
    )
