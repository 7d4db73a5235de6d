"""A sample of snapshots with their true probabilities, which training never reads."""

import numpy as np
import pyarrow as pa

from features.core.clock import DAY
from training.simulation.behaviour import codes
from training.simulation.behaviour.futures import HORIZON_DAYS, state_at, true_probabilities
from training.simulation.behaviour.rates import FIRST_WORKING_DAY
from training.simulation.behaviour.state import JST, Ints, local_day
from training.simulation.company import SimulatedCompany
from training.simulation.records.tables import local_day_of

SILENT_AFTER_DAYS = 120
"""As the shipped definition's grid."""
MONTH_STARTS, ENDS_OF_ACTIVE_DAYS, CREATIONS = 0.5, 0.4, 0.1
"""Shares of the sample; creations are looked at one second later."""


def sample_truth(company: SimulatedCompany) -> pa.Table:
    """True probability and outcome of snapshots in the later third of the months.

    Returns
    -------
    pyarrow.Table
        Columns lead_id, as_of (seconds), probability, converted (null where the horizon reaches
        beyond the data cut-off).
    """
    lead, as_of = sample_moments(company)
    probability = true_probabilities(company, lead, as_of, futures=company.settings.futures)
    until = as_of + HORIZON_DAYS * DAY
    made_at = opportunities_made_at(company)[lead]
    lead_ids = np.array(company.lead_ids)
    return pa.table(
        {
            "lead_id": lead_ids[lead],
            "as_of": as_of,
            "probability": probability,
            "converted": pa.array(made_at < until, mask=until > company.data_cutoff),
        }
    )


def sample_moments(company: SimulatedCompany) -> tuple[Ints, Ints]:
    """Lead and as_of of moments at which the shipped grid looks at open leads, and of creations."""
    rng = np.random.default_rng([company.settings.seed, 2])
    starts = [
        local_day_of(company.settings.month(number)) * DAY - JST
        for number in range(company.settings.months * 2 // 3, company.settings.months)
    ]
    by_month = [open_leads(company, start) for start in starts]
    months = np.column_stack([np.concatenate(by_month), np.repeat(starts, [*map(len, by_month)])])
    created_at = company.leads["created_at"]
    late = np.flatnonzero(created_at >= starts[0])
    kinds = {
        MONTH_STARTS: months,
        ENDS_OF_ACTIVE_DAYS: _ends_of_active_days(company, starts[0]),
        CREATIONS: np.column_stack([late, created_at[late] + 1]),
    }
    wanted = company.settings.truth_snapshots
    chosen = np.vstack([_some(rows, int(share * wanted), rng) for share, rows in kinds.items()])
    return chosen[:, 0], chosen[:, 1]


def _ends_of_active_days(company: SimulatedCompany, since: int) -> Ints:
    """Lead and midnight after each day on which an open lead did something; shape (n, 2)."""
    journal, lead = company.journal, company.lead_of_row
    own = (journal["kind"] == codes.EVENT) & (journal["code"] != codes.SALES_CALL)
    end_of_day = (local_day(journal["at"]) + 1) * DAY - JST
    is_open = opportunities_made_at(company)[lead] >= end_of_day
    rows = own & is_open & (end_of_day >= since) & (end_of_day <= company.data_cutoff)
    return np.unique(np.column_stack([lead[rows], end_of_day[rows]]), axis=0)


def open_leads(company: SimulatedCompany, as_of: int) -> Ints:
    """Leads that exist, have no opportunity yet and have not been silent for too long."""
    journal, lead = company.journal, company.lead_of_row
    own = (journal["kind"] == codes.EVENT) & (journal["code"] != codes.SALES_CALL)
    own &= journal["at"] < as_of
    last_at = company.leads["created_at"].copy()
    np.maximum.at(last_at, lead[own], journal["at"][own])
    is_open = opportunities_made_at(company) >= as_of
    exists = company.leads["created_at"] < as_of
    return np.flatnonzero(is_open & exists & (last_at >= as_of - SILENT_AFTER_DAYS * DAY))


def first_working_days(company: SimulatedCompany) -> Ints:
    """Beginnings of the days on which lots are drawn, ascending."""
    days: Ints = np.flatnonzero(company.calendar == FIRST_WORKING_DAY) * DAY - JST
    return days[(days > company.leads["created_at"][0]) & (days < company.data_cutoff)]


def lots_drawn_among(company: SimulatedCompany, day: int) -> Ints:
    """Leads of which exploration draws some on a first working day that begins at an instant."""
    leads = open_leads(company, day)
    rates = [state_at(company, int(lead), day)["rate"][codes.EXPLORING] for lead in leads]
    return leads[np.array(rates) > 0]


def opportunities_made_at(company: SimulatedCompany) -> Ints:
    """Second of each lead's opportunity; beyond all times where there is none."""
    made = company.journal["kind"] == codes.OPPORTUNITY_MADE
    at = np.full(len(company.leads), np.iinfo(np.int64).max)
    at[company.lead_of_row[made]] = company.journal["at"][made]
    return at


def _some(rows: Ints, wanted: int, rng: np.random.Generator) -> Ints:
    return rows[np.sort(rng.choice(len(rows), size=min(wanted, len(rows)), replace=False))]
