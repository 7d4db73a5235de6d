"""What to expect next month if sales can work so many leads: cut-offs, hand-overs, opportunities.

Answers from a release's thinned past within milliseconds, so that a slider can ask at every move:
what no place of the slider changes is found once.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.terms import CapacityCutOff
from features.definition.terms import CutOffs as Rules
from training.cutoffs.choose import choose_cut_off, in_order
from training.cutoffs.daily_looks import DailyLooks, with_crossings
from training.cutoffs.expected_volume import MonthForecast, forecast_month
from training.results.backtest_records import Range
from training.results.records import CrossingCalibration, CutOff, ReleaseCutOffs
from training.results.scored import ScoredSnapshots

PLACES_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a capacity would bring next month.

    Attributes
    ----------
    per_month : int or None
        Leads that may cross the MQL cut-off; None where another rule sets it.
    mql, sql : float or None
        The cut-offs; None where none fits, and ``why`` says so.
    hand_overs, sql_candidates, opportunities : Range or None
        Leads that cross each cut-off, and those handed over that convert within the horizon of
        their hand-over; None where nobody crosses or no month has passed.
    crossings : CrossingCalibration or None
        What became, in the test, of those who crossed an MQL cut-off set by such a capacity.
    """

    per_month: int | None
    mql: float | None
    sql: float | None
    hand_overs: Range | None = None
    sql_candidates: Range | None = None
    opportunities: Range | None = None
    why: Text | None = None
    crossings: CrossingCalibration | None = None


class Outlook:
    """Answers for any monthly capacity, by a definition's other rules, and for any other rules.

    What is asked again is found once: ``at`` by a capacity, ``by`` and ``cut_offs`` by rules.

    Parameters
    ----------
    past, tested : ScoredSnapshots
        What the cut-offs of the shipped and of the tested fit are chosen from.
    definition : LeadDefinition
    looks : DailyLooks, optional
        The test replayed day by day: what became of those who crossed.
    """

    def __init__(
        self,
        past: ScoredSnapshots,
        definition: LeadDefinition,
        *,
        tested: ScoredSnapshots | None = None,
        looks: DailyLooks | None = None,
    ) -> None:
        self._past = past
        self._definition = definition
        self._tested = tested
        self._looks = looks
        self.at = lru_cache(maxsize=PLACES_KEPT)(self._at)

        self.by = lru_cache(maxsize=PLACES_KEPT)(self._by)
        self.cut_offs = lru_cache(maxsize=PLACES_KEPT)(self._cut_offs_by)

    def as_agreed(self) -> Expected:
        """Give what the definition's own cut-offs bring."""
        return self.by(self._definition.cut_offs)

    def _at(self, per_month: int) -> Expected:
        return self.by(at_capacity(self._definition, per_month))

    def _cut_offs_by(self, rules: Rules) -> ReleaseCutOffs:
        """Choose the shipped fit's cut-offs by some rules."""
        return self._cut_offs(self._past, rules, self._sql_by_todays_rule)

    def _by(self, rules: Rules) -> Expected:
        """Give what cut-offs by some rules bring."""
        past, cut_offs = self._past, self.cut_offs(rules)
        told = cut_offs
        if self._tested is not None:
            tested = self._cut_offs(self._tested, rules, self._tested_sql_by_todays_rule)
            told = with_crossings(cut_offs, self._looks, tested=tested, rules=rules)
        everybody, best = _forecast(past, told.mql), _forecast(past, told.sql)
        return Expected(
            per_month=rules.mql.per_month if isinstance(rules.mql, CapacityCutOff) else None,
            mql=cut_offs.mql.probability,
            sql=cut_offs.sql.probability,
            hand_overs=None if everybody is None else everybody.hand_overs,
            sql_candidates=None if best is None else best.hand_overs,
            opportunities=None if everybody is None else everybody.opportunities,
            why=cut_offs.mql.why or cut_offs.sql.why,
            crossings=told.mql.crossings,
        )

    def _cut_offs(self, past: ScoredSnapshots, rules: Rules, todays_sql: CutOff) -> ReleaseCutOffs:
        dated = self._definition.dated
        mql, sql = choose_cut_off(past, rules.mql, dated), todays_sql
        if rules.sql != self._definition.cut_offs.sql:
            sql = choose_cut_off(past, rules.sql, dated)
        return in_order(past, mql, sql, dated=dated)

    @cached_property
    def _sql_by_todays_rule(self) -> CutOff:
        rule = self._definition.cut_offs.sql
        return choose_cut_off(self._past, rule, self._definition.dated)

    @cached_property
    def _tested_sql_by_todays_rule(self) -> CutOff:
        rule = self._definition.cut_offs.sql
        past = self._past if self._tested is None else self._tested
        return choose_cut_off(past, rule, self._definition.dated)


def _forecast(past: ScoredSnapshots, cut_off: CutOff) -> MonthForecast | None:
    if cut_off.probability is None:
        return None
    return forecast_month(past, cut_off.probability, crossings=cut_off.crossings)


def at_capacity(definition: LeadDefinition, per_month: int) -> Rules:
    """The definition's cut-off rules with MQL by a capacity; SQL never by a larger one."""
    sql = definition.cut_offs.sql
    if isinstance(sql, CapacityCutOff):
        sql = CapacityCutOff(rule="capacity", per_month=min(sql.per_month, per_month))
    return Rules(mql=CapacityCutOff(rule="capacity", per_month=per_month), sql=sql)
