"""What an import of an understanding would store, and how often leads would reach the outcome."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.core.arrays import BoolArray
from features.importing.proposal.column_guess import Understanding
from features.importing.proposal.lead_times import lead_times
from features.importing.proposal.outcome import winners

MOST_MONTHS = 24


@dataclass(frozen=True, kw_only=True)
class MonthOfLeads:
    """Leads that came in a month, as in ``2026-04``, and how many of them reached the outcome."""

    month: str
    leads: int
    reached: int


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What would become of the rows of the leads' table.

    Attributes
    ----------
    rows : int
    stored : int
        Leads.
    rejected : int
        Rows without an id, or with a day of creation that cannot be read.
    left_out : int
        Rows without a day of creation.
    reached : int
        Leads that reached the outcome, whenever.
    months : tuple of MonthOfLeads
        By month of creation; none where nothing tells when leads came.
    """

    rows: int
    stored: int
    rejected: int
    left_out: int
    reached: int
    months: tuple[MonthOfLeads, ...]


def look_ahead(found: Understanding, zone: ZoneInfo) -> Prospect:
    """Count what an import would store of the leads' table.

    Parameters
    ----------
    found : Understanding
    zone : ZoneInfo
        In which months begin.
    """
    key, file = found.tables.key, found.tables.leads
    n_rows = file.n_rows
    dated, left_out = np.ones(n_rows, bool), np.zeros(n_rows, bool)
    if found.created is not None:
        created = file.column(found.created.header)
        dated, left_out = created.instants >= 0, ~created.filled
    kept = key.filled & dated & ~left_out
    leads = np.unique(key.rows[kept])
    reached = np.isin(leads, key.rows[_reached(found)])
    return Prospect(
        rows=n_rows,
        stored=len(leads),
        rejected=int((~left_out & ~kept).sum()),
        left_out=int(left_out.sum()),
        reached=int(reached.sum()),
        months=_months(found, list(key.texts.take(leads)), reached, zone),
    )


def _reached(found: Understanding) -> BoolArray:
    """Rows of leads that reached the outcome."""
    if not found.tables.is_log:
        return winners(found.tables, found.outcomes)
    outcome = found.outcomes[0] if found.outcomes else None
    if outcome is None:
        return np.zeros(found.tables.leads.n_rows, bool)
    column = found.tables.leads.column(outcome.column)
    told = {text for text, stage in outcome.values.items() if stage == outcome.stage}
    return column.says_one_of(told)


def _months(
    found: Understanding, leads: list[str], reached: BoolArray, zone: ZoneInfo
) -> tuple[MonthOfLeads, ...]:
    if found.created is None or not leads:
        return ()
    created = lead_times(found, datetime.now(UTC).timestamp()).created.reindex(leads)
    at = pd.to_datetime(created.to_numpy(), unit="s", utc=True).tz_convert(zone)
    months = pd.Series(reached).groupby(at.strftime("%Y-%m")).agg(["size", "sum"])
    return tuple(
        MonthOfLeads(month=str(month), leads=int(n), reached=int(n_reached))
        for month, n, n_reached in months.tail(MOST_MONTHS).itertuples()
    )
