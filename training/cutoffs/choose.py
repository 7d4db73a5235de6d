"""The probabilities from which a lead is MQL and SQL, chosen on snapshots the model had not seen.

Every rule counts a lead once, at its first crossing, because that is one hand-over:

- *capacity*: as low as possible while no more leads cross for the first time in a month than sales
  can work, over the last months of data. Outcomes are not needed for that, so the newest snapshots
  count too: a volume from a year ago would size next month wrongly.
- *precision*: as low as possible while, of the leads that cross it, at least the agreed share
  convert within the horizon of that crossing. Judged by a lower bound, because the lowest of many
  candidates that just passes is the luckiest one.
"""

from dataclasses import replace

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.clock import DAY
from features.core.formats import agreed_share, count
from features.core.qualification import Qualification
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.terms import (
    CapacityCutOff,
    PrecisionCutOff,
    RulebookVolumeCutOff,
    ValueCutOff,
)
from training.metrics.proportion_intervals import (
    converted_share,
    wilson,
)
from training.metrics.sample_weights import effective_rows, mean
from training.results.records import CutOff, Measured, ReleaseCutOffs
from training.results.scored import ScoredSnapshots

Rule = CapacityCutOff | PrecisionCutOff | ValueCutOff | RulebookVolumeCutOff

VOLUME_DAYS = 90
"""Past days on which a monthly volume is read: a quarter, so that one odd month does not decide."""

DAYS_PER_MONTH = 365.25 / 12

MIN_CROSSINGS = 20
"""Fewer leads than this prove no precision."""

LOWER_BOUND_Z = 1.2816
"""One-sided 90 % under a normal distribution."""


MOST_CANDIDATES = 400

HARDLY_BINDS = 0.9
"""A capacity for this share of the leads there are, or more, chooses hardly anybody out."""

MOVES_WITH_LEVEL = ("capacity",)
"""Rules that ask for a volume: when all probabilities move, their cut-off moves along."""


def choose_cut_offs(scored: ScoredSnapshots, definition: LeadDefinition) -> ReleaseCutOffs:
    """Both cut-offs by the definition's rules; SQL at MQL or above.

    Parameters
    ----------
    scored : ScoredSnapshots
        Out-of-fold probabilities of what has matured; what has not may be there with any
        probability that did not see its outcome, and counts for volumes only. Where a cut-off
        follows the rulebook's volume, with the rulebook's qualification.
    definition : LeadDefinition
    """
    rules, dated = definition.cut_offs, definition.dated
    mql = choose_cut_off(scored, rules.mql, dated)
    sql = choose_cut_off(scored, rules.sql, dated, level=Qualification.SQL)
    return in_order(scored, mql, sql, dated=dated)


def follows_rulebook(definition: LeadDefinition) -> bool:
    """Whether a cut-off follows the rulebook's volume."""
    rules = (definition.cut_offs.mql, definition.cut_offs.sql)
    return any(isinstance(rule, RulebookVolumeCutOff) for rule in rules)


def in_order(scored: ScoredSnapshots, mql: CutOff, sql: CutOff, *, dated: bool) -> ReleaseCutOffs:
    """Put both cut-offs in order: SQL is raised to MQL where its rule gave a lower one.

    Parameters
    ----------
    scored : ScoredSnapshots
        By which a raised cut-off is described.
    mql, sql : CutOff
        Each as its own rule gave it.
    dated : bool
        Whether the data have dates; without, no monthly volume is given.
    """
    if mql.probability is None:
        return ReleaseCutOffs(mql=mql, sql=replace(sql, probability=None, why=sql.why or mql.why))
    if sql.probability is not None and sql.probability < mql.probability:
        raised = describe_cut_off(scored, mql.probability, rule=sql.rule, dated=dated)
        return ReleaseCutOffs(mql=mql, sql=replace(raised, why=_RAISED_TO_MQL))
    return ReleaseCutOffs(mql=mql, sql=sql)


def raised_to_mql(sql: CutOff, mql: float) -> CutOff:
    """A cut-off for SQL that is at least the one for MQL."""
    if sql.probability is None or sql.probability >= mql:
        return sql
    return replace(sql, probability=mql, why=_RAISED_TO_MQL)


def describe_cut_off(
    scored: ScoredSnapshots, probability: float, *, rule: str, dated: bool
) -> CutOff:
    """Describe a cut-off by the monthly volume and the precision to expect of it.

    Parameters
    ----------
    scored : ScoredSnapshots
        All snapshots so far, the young ones included.
    probability : float
        The cut-off, 0 to 1.
    rule : str
        Name of the rule that gave it.
    dated : bool
        Whether the data have dates; without, no monthly volume is given.
    """
    settled, per_month = scored.settled, None
    crossed = settled.take(first_crossings(settled, probability))
    if dated and len(scored):
        per_month = _new_a_month(scored, probability)
    return CutOff(
        rule=rule,
        probability=probability,
        expected_per_month=per_month,
        expected_precision=converted_share(crossed.converted, crossed.weight),
    )


def describe_again(
    cut_offs: ReleaseCutOffs, scored: ScoredSnapshots, definition: LeadDefinition
) -> ReleaseCutOffs:
    """Keep the probabilities of cut-offs and say what to expect of them by other snapshots.

    Parameters
    ----------
    cut_offs : ReleaseCutOffs
    scored : ScoredSnapshots
        All snapshots so far, the young ones included.
    definition : LeadDefinition
        Whose rules say what a hand-over is worth.
    """

    def described(cut_off: CutOff, rule: Rule) -> CutOff:
        if cut_off.probability is None:
            return cut_off
        found = describe_cut_off(
            scored, cut_off.probability, rule=cut_off.rule, dated=definition.dated
        )
        if isinstance(rule, ValueCutOff):
            found = replace(found, expected_worth=worth_of(found.expected_precision, rule))
        return replace(found, why=cut_off.why)

    rules = definition.cut_offs
    return ReleaseCutOffs(
        mql=described(cut_offs.mql, rules.mql), sql=described(cut_offs.sql, rules.sql)
    )


def first_crossings(scored: ScoredSnapshots, probability: float) -> IntArray:
    """Row of each lead's first snapshot at or above a probability, for leads that have one."""
    above = np.flatnonzero(scored.probability >= probability)
    lead = scored.lead[above]
    is_first = np.ones(len(above), dtype=np.bool_)
    is_first[1:] = lead[1:] != lead[:-1]
    return above[is_first]


def choose_cut_off(
    scored: ScoredSnapshots, rule: Rule, dated: bool, *, level: Qualification = Qualification.MQL
) -> CutOff:
    """Choose one cut-off by its rule, whatever the other one is.

    Parameters
    ----------
    scored : ScoredSnapshots
        All snapshots so far, the young ones included.
    rule : Rule
        By capacity, precision, value or the rulebook's volume.
    dated : bool
        Whether the data have dates.
    level : Qualification
        Whose volume is followed, where the rule is the rulebook's volume.
    """
    probability: float | None
    why: Text | None = None
    match rule:
        case CapacityCutOff():
            probability, why = _by_capacity(scored, rule.per_month, dated)
            why = why or _said_if_unbinding(scored, rule.per_month)
        case PrecisionCutOff():
            probability, why = _by_precision(scored.settled, rule.at_least)
        case ValueCutOff():
            probability = rule.break_even
        case RulebookVolumeCutOff():
            probability, why = _by_rulebook_volume(scored, level, dated)
    if probability is None:
        return CutOff(rule=rule.rule, probability=None, why=why)
    found = describe_cut_off(scored, probability, rule=rule.rule, dated=dated)
    if isinstance(rule, ValueCutOff):
        return replace(found, expected_worth=worth_of(found.expected_precision, rule))
    return replace(found, why=why)


def worth_of(precision: Measured | None, rule: ValueCutOff) -> Measured | None:
    """What a hand-over is worth on average, less its cost, with the interval of the precision."""
    if precision is None:
        return None
    value, low, high = (
        None if share is None else share * rule.value_per_outcome - rule.cost_per_hand_over
        for share in (precision.value, precision.low, precision.high)
    )
    return None if value is None else Measured(value=value, low=low, high=high)


def _by_rulebook_volume(
    scored: ScoredSnapshots, level: Qualification, dated: bool
) -> tuple[float | None, Text | None]:
    if scored.by_rulebook is None or not len(scored):
        return None, _NO_RULEBOOK
    by_points = replace(scored, probability=scored.by_rulebook.astype(np.float64))
    first = first_crossings(by_points, float(level))
    if not dated:
        highest = np.sort(_highest_per_lead(scored, np.ones(len(scored), dtype=np.bool_)))[::-1]
        n_leads = min(len(first), len(highest))
        return (float(highest[n_leads - 1]), None) if n_leads else (None, _NO_RULEBOOK)
    start = volume_start(scored.as_of)
    n_handed_over = int((scored.as_of[first] >= start).sum())
    if not n_handed_over:
        return None, _NO_RULEBOOK
    return _by_capacity(scored, n_handed_over / _months_since(scored.as_of, start), dated)


def _by_capacity(
    scored: ScoredSnapshots, per_month: float, dated: bool
) -> tuple[float | None, Text | None]:
    if not dated or not len(scored):
        return None, _NO_MONTHS
    start = volume_start(scored.as_of)
    at_most = per_month * _months_since(scored.as_of, start)
    before = _highest_per_lead(scored, scored.as_of < start)
    within = _highest_per_lead(scored, scored.as_of >= start)
    # A lead crosses c for the first time in the window when before < c <= within.
    candidates = np.unique(within[np.isfinite(within)])[::-1]
    volume = _count_at_least(within, candidates) - _count_at_least(
        np.minimum(before, within), candidates
    )
    too_many = np.flatnonzero(volume > at_most)
    n_fitting = int(too_many[0]) if len(too_many) else len(candidates)
    if n_fitting == 0:
        return None, _TIED_BEYOND_CAPACITY
    return float(candidates[n_fitting - 1]), None


def leaves_hardly_anybody_out(per_month: float, available: float) -> Text | None:
    """Say that a capacity does not choose, if it does not.

    Parameters
    ----------
    per_month : float
        Leads that may be handed over in a month.
    available : float
        Leads that come up for it in a month.
    """
    if per_month < HARDLY_BINDS * available:
        return None
    agreed, there = count(per_month), count(available)
    return Text(
        ja=f"月{agreed.ja}件の対応可能件数では絞り込めません。月に約{there.ja}件しかリードがなく、"
        "ほぼ全員が基準に達します。",
        en=f"A capacity of {agreed.en} leads a month leaves hardly anybody out: only about "
        f"{there.en} a month are there to hand over.",
    )


def _said_if_unbinding(scored: ScoredSnapshots, per_month: int) -> Text | None:
    """Say that a capacity leaves hardly anybody out, and which one would choose."""
    available = _new_a_month(scored, -np.inf)
    said = leaves_hardly_anybody_out(per_month, available)
    if said is None:
        return None
    # Of each lead's best moment: what a release keeps of its past gives the same answer.
    average = float(_highest_per_lead(scored, np.ones(len(scored), dtype=np.bool_)).mean())
    above_average = int(_new_a_month(scored, average))
    enough = count(max(min(above_average, int(available / 2)), 1))
    return Text(
        ja=f"{said.ja}月{enough.ja}件以下にすると、平均より見込みの高いリードだけを引き渡します。",
        en=f"{said.en} Agree on {enough.en} or fewer to hand over only leads more likely than "
        "average.",
    )


def _new_a_month(scored: ScoredSnapshots, probability: float) -> float:
    return new_a_month(scored.as_of[first_crossings(scored, probability)], scored.as_of)


def new_a_month(first: IntArray, as_of: IntArray) -> float:
    """Leads a month that come to something for the first time, lately.

    Parameters
    ----------
    first : ndarray of shape (n_leads,)
        When each lead came to it; seconds since 1970 UTC.
    as_of : ndarray of shape (n_snapshots,)
        All instants looked at, which say how long lately is.
    """
    start = volume_start(as_of)
    return float((first >= start).sum()) / _months_since(as_of, start)


def _by_precision(settled: ScoredSnapshots, at_least: float) -> tuple[float | None, Text | None]:
    highest = np.unique(_highest_per_lead(settled, np.ones(len(settled), dtype=np.bool_)))
    spread = np.linspace(0, len(highest) - 1, min(len(highest), MOST_CANDIDATES))
    for candidate in highest[spread.astype(np.int64)]:
        crossed = settled.take(first_crossings(settled, float(candidate)))
        if len(crossed) < MIN_CROSSINGS:
            break
        n = len(crossed) if crossed.weight is None else effective_rows(crossed.weight)
        if wilson(mean(crossed.converted, crossed.weight), n, LOWER_BOUND_Z)[0] >= at_least:
            return float(candidate), None
    return None, _precision_out_of_reach(at_least)


def volume_start(as_of: IntArray) -> int:
    """The second from which on a monthly volume is read."""
    return max(int(as_of.min()), int(as_of.max()) - VOLUME_DAYS * DAY + 1)


def _months_since(as_of: IntArray, start: int) -> float:
    days = (int(as_of.max()) + 1 - start) / DAY
    # Never less than a month: a week of data must not be blown up to one.
    return max(days / DAYS_PER_MONTH, 1.0)


def _highest_per_lead(scored: ScoredSnapshots, rows: np.ndarray) -> FloatArray:
    """Highest probability of each lead among some rows; minus infinity where it has none."""
    if not len(scored):
        return np.empty(0)
    values = np.where(rows, scored.probability, -np.inf)
    return np.maximum.reduceat(values, np.flatnonzero(scored.first_of_lead))


def _count_at_least(values: FloatArray, thresholds: FloatArray) -> IntArray:
    ascending = np.sort(values)
    return len(values) - np.searchsorted(ascending, thresholds, side="left")


_RAISED_TO_MQL = Text(
    ja="SQLの基準がMQLの基準を下回ったため、MQLの基準まで引き上げました。",
    en="The rule for SQL gave a lower cut-off than the one for MQL; it was raised to that of MQL.",
)
_NO_RULEBOOK = Text(
    ja="ルールブックで引き渡されるリードがないため、同じ件数の基準を選べません。",
    en="The rulebook hands nobody over in these data, so there is no volume to follow.",
)
_NO_MONTHS = Text(
    ja="月あたりの件数で基準を選ぶには日付が必要です。「precision」の規則を使ってください。",
    en="A cut-off by monthly capacity needs dates; the data have none. Use the rule precision.",
)
_TIED_BEYOND_CAPACITY = Text(
    ja="最も高い確率に、対応できる件数を超えるリードが並んでいるため、基準を選べません。",
    en="More leads share the highest probability than can be worked, so no cut-off fits.",
)


def _precision_out_of_reach(at_least: float) -> Text:
    least = agreed_share(at_least)
    return Text(
        ja=f"転換率{least.ja}を確かに満たす基準がありません。",
        en=f"No cut-off is shown to reach a share of {least.en} that convert.",
    )
