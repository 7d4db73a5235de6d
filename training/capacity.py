"""What to expect next month if sales can work so many leads: cut-offs, hand-overs, opportunities.

Answers from a release's thinned past within milliseconds, so that a slider can ask at every move.
"""

from dataclasses import dataclass

from features.definition import LeadDefinition
from features.definition.agreement import CapacityCutOff, CutOffs
from features.text import Text
from training.cutoffs import choose_cut_offs
from training.forecast import Range, forecast_month
from training.judged import Judged


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a capacity would bring next month.

    Attributes
    ----------
    mql, sql : float or None
        The cut-offs; None where none fits, and ``why`` says so.
    hand_overs, sql_candidates, opportunities : Range or None
        Leads that cross each cut-off, and those handed over that convert within the horizon; None
        where nobody crosses or no month has passed.
    """

    per_month: int
    mql: float | None
    sql: float | None
    hand_overs: Range | None = None
    sql_candidates: Range | None = None
    opportunities: Range | None = None
    why: Text | None = None


def expect_at(past: Judged, definition: LeadDefinition, per_month: int) -> Expected:
    """What a monthly capacity would bring by a definition's other rules.

    Parameters
    ----------
    past : Judged
        What the champion's cut-offs are chosen from.
    per_month : int
        Leads that may cross the MQL cut-off in a month.
    """
    changed = definition.model_copy(update={"cut_offs": at_capacity(definition, per_month)})
    cut_offs = choose_cut_offs(past, changed)
    mql, sql = cut_offs.mql.probability, cut_offs.sql.probability
    all_of_them = None if mql is None else forecast_month(past, mql)
    best = None if sql is None else forecast_month(past, sql)
    return Expected(
        per_month=per_month,
        mql=mql,
        sql=sql,
        hand_overs=None if all_of_them is None else all_of_them.hand_overs,
        sql_candidates=None if best is None else best.hand_overs,
        opportunities=None if all_of_them is None else all_of_them.opportunities,
        why=cut_offs.mql.why or cut_offs.sql.why,
    )


def at_capacity(definition: LeadDefinition, per_month: int) -> CutOffs:
    """The definition's cut-off rules with MQL by a capacity; SQL never by a larger one."""
    sql = definition.cut_offs.sql
    if isinstance(sql, CapacityCutOff):
        sql = CapacityCutOff(rule="capacity", per_month=min(sql.per_month, per_month))
    return CutOffs(mql=CapacityCutOff(rule="capacity", per_month=per_month), sql=sql)
