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
from training.cutoffs.expected_volume import forecast_month
from training.results.backtest_records import Range
from training.results.records import CutOff
from training.results.scored import ScoredSnapshots

PLACES_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a capacity would bring next month.

    Attributes
    ----------
    per_month : int
        Leads that may cross the MQL cut-off.
    mql, sql : float or None
        The cut-offs; None where none fits, and ``why`` says so.
    hand_overs, sql_candidates, opportunities : Range or None
        Leads that cross each cut-off, and those handed over that convert within the horizon of
        their hand-over; None where nobody crosses or no month has passed.
    """

    per_month: int
    mql: float | None
    sql: float | None
    hand_overs: Range | None = None
    sql_candidates: Range | None = None
    opportunities: Range | None = None
    why: Text | None = None


class Outlook:
    """Answers for any monthly capacity, by a definition's other rules."""

    def __init__(self, past: ScoredSnapshots, definition: LeadDefinition) -> None:
        self._past = past
        self._definition = definition
        self.at = lru_cache(maxsize=PLACES_KEPT)(self._at)

    def _at(self, per_month: int) -> Expected:
        past, rules = self._past, at_capacity(self._definition, per_month)
        mql = choose_cut_off(past, rules.mql, self._definition.dated)
        cut_offs = in_order(past, mql, self._sql(rules), dated=self._definition.dated)
        lower, upper = cut_offs.mql.probability, cut_offs.sql.probability
        everybody = None if lower is None else forecast_month(past, lower)
        best = None if upper is None else forecast_month(past, upper)
        return Expected(
            per_month=per_month,
            mql=lower,
            sql=upper,
            hand_overs=None if everybody is None else everybody.hand_overs,
            sql_candidates=None if best is None else best.hand_overs,
            opportunities=None if everybody is None else everybody.opportunities,
            why=cut_offs.mql.why or cut_offs.sql.why,
        )

    def _sql(self, rules: Rules) -> CutOff:
        if rules.sql == self._definition.cut_offs.sql:
            return self._sql_by_todays_rule
        return choose_cut_off(self._past, rules.sql, self._definition.dated)

    @cached_property
    def _sql_by_todays_rule(self) -> CutOff:
        rule = self._definition.cut_offs.sql
        return choose_cut_off(self._past, rule, self._definition.dated)


def at_capacity(definition: LeadDefinition, per_month: int) -> Rules:
    """The definition's cut-off rules with MQL by a capacity; SQL never by a larger one."""
    sql = definition.cut_offs.sql
    if isinstance(sql, CapacityCutOff):
        sql = CapacityCutOff(rule="capacity", per_month=min(sql.per_month, per_month))
    return Rules(mql=CapacityCutOff(rule="capacity", per_month=per_month), sql=sql)
