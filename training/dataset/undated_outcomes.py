"""Outcomes that an export shows and nobody dated: reached at some time since the lead was created.

They count from the moment at which their lead is first looked at, with what an export showed as the
only time they were known by: nothing else can be said of them. So they may only be learned from
where leads are looked at once, at their creation, and every report says that they are undated.
"""

import numpy as np
import pyarrow.compute as pc

from features.core.arrays import SecondArray
from features.core.clock import UNDATED
from features.core.text import Text
from features.definition import LeadDefinition
from features.history import History, creation_look
from features.moments import LeadCodes
from features.store.lead_tables import LeadTables


def creation_moment(history: History, definition: LeadDefinition) -> SecondArray:
    """When each lead is first judged: a second after creation, or the end of a day only known."""
    return creation_look(history.created_at, history.day_only, definition)


def outcome_instants(
    tables: LeadTables, history: History, *, definition: LeadDefinition, lead: LeadCodes
) -> SecondArray:
    """When each row of the outcome table counts; undated ones when their lead is first looked at.

    Parameters
    ----------
    tables : LeadTables
    history : History
    definition : LeadDefinition
    lead : ndarray of shape (n_outcomes,)
        Position of each row's lead in the history; negative where it is not there.
    """
    occurred_at: SecondArray = tables.outcome.column("occurred_at").to_numpy()
    undated = (occurred_at == UNDATED) & (lead >= 0)
    if not definition.dated or not undated.any():
        return occurred_at
    created = creation_moment(history, definition)
    return np.where(undated, created[np.maximum(lead, 0)], occurred_at)


def count_undated(tables: LeadTables, definition: LeadDefinition) -> int:
    """Outcomes of the stage that counts which have no date, in a data set that has dates."""
    if not definition.dated:
        return 0
    stage = pc.equal(tables.outcome.column("stage"), definition.outcome.stage)
    occurred_at, known_at = (
        tables.outcome.column(name).to_numpy() for name in ("occurred_at", "known_at")
    )
    shown = (occurred_at == UNDATED) & (known_at != UNDATED)
    return int(np.sum(np.asarray(stage) & shown))


def undated_note(tables: LeadTables, definition: LeadDefinition) -> Text | None:
    """What every report says of undated outcomes; None where there are none."""
    n_undated = count_undated(tables, definition)
    if not n_undated:
        return None
    days = definition.outcome.horizon_days
    return Text(
        ja=f"成果のうち{n_undated:,}件には日付がなく、出力した日の状態だけがわかります。"
        f"作成から{days}日以内の成果とみなしており、それより遅い成果も含まれることがあります。",
        en=f"{n_undated:,} outcomes have no date: only what stood on the day of the export is "
        f"known. They are taken to have come within {days} days of creation; some may have come "
        "later.",
    )
