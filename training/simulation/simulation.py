"""Simulating a company from its settings.

>>> company = simulate(CompanySettings(leads=100, months=3))
>>> len(company.leads)
100
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from training.simulation.behaviour.state import ROW, STATE, Records
from training.simulation.behaviour.walk import live_all
from training.simulation.company import SimulatedCompany
from training.simulation.records.people import draw_leads
from training.simulation.records.tables import build_calendar, build_hazards
from training.simulation.settings import CompanySettings

ROWS_PER_LEAD = 64
"""Room for rows at the first attempt; a journal that overflows is simulated again with more."""


def simulate(settings: CompanySettings) -> SimulatedCompany:
    """Simulate a company from its settings; equal settings give equal companies."""
    hazards, calendar = build_hazards(settings), build_calendar(settings)
    leads = draw_leads(settings, np.random.default_rng(settings.seed))

    def live(part: Records) -> Records:
        room, needed = 0, ROWS_PER_LEAD * len(part)
        while needed > room:
            room = needed
            journal, state = np.zeros(room, dtype=ROW), np.zeros(1, dtype=STATE)[0]
            live_all(state, hazards, journal, calendar, part)
            needed = int(state["n_rows"])
        return journal[:needed]

    # Each lead has a random stream of its own: how leads are split between threads does not
    # matter.
    parts = np.array_split(leads, min(os.cpu_count() or 1, 8))
    with ThreadPoolExecutor() as pool:
        journals = list(pool.map(live, parts))
    for part, offset in zip(parts, np.cumsum([0, *map(len, journals)])[:-1], strict=True):
        part["row_end"] += offset
    return SimulatedCompany(
        settings=settings,
        hazards=hazards,
        calendar=calendar,
        leads=leads,
        journal=np.concatenate(journals),
        data_cutoff=int(leads["until"][0]),
    )
