"""A simulated company that goes on from day to day, its leads handed over by somebody else.

Up to its first pause it lives as every simulated company does, by its own rulebook; from then on
nobody is handed over but by those who ask (:meth:`GoingCompany.live_until`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.clock import DAY
from features.store.lead_tables import HAND_OVER, OUTCOME, LeadTables
from training.simulation.behaviour import codes
from training.simulation.behaviour.futures import HORIZON_DAYS
from training.simulation.behaviour.go_on import GOING, live_on
from training.simulation.behaviour.state import JST, ROW, STATE, Floats, Ints, Record, Records
from training.simulation.company import SimulatedCompany
from training.simulation.records.lead_tables import lead_tables
from training.simulation.records.people import LEAD, draw_leads
from training.simulation.records.tables import build_calendar, build_hazards, local_day_of
from training.simulation.settings import CompanySettings

NOBODY = -1
ROOM = 64
"""Rows for each lead at the first attempt."""

STAGES = {
    codes.ACCEPTED: "accepted",
    codes.RETURNED: "returned",
    codes.WON: "won",
    codes.LOST: "lost",
}
"""What sales record of a lead beside its opportunity, by kinds of rows."""


def midnight(day: date) -> int:
    """First second of a day in Japan, since 1970 UTC."""
    return local_day_of(day) * DAY - JST


@dataclass
class GoingCompany:
    """The leads of a company and where each stands; copies go on apart.

    Attributes
    ----------
    now : int
        The midnight up to which everybody has lived, in seconds since 1970 UTC.
    leads : ndarray of go_on.GOING records
    """

    settings: CompanySettings
    hazards: Record
    calendar: Ints
    leads: Records
    states: Records
    now: int
    n_chunks: int = field(default=0)

    @classmethod
    def of(cls, settings: CompanySettings) -> "GoingCompany":
        """Draw a company none of whose leads has come yet."""
        leads = draw_leads(settings, np.random.default_rng(settings.seed))
        going = np.zeros(len(leads), dtype=GOING)
        for name in leads.dtype.names or ():
            going[name] = leads[name]
        return cls(
            settings=settings,
            hazards=build_hazards(settings),
            calendar=build_calendar(settings),
            leads=going,
            states=np.zeros(len(leads), dtype=STATE),
            now=midnight(settings.first_month),
        )

    def copy(self) -> "GoingCompany":
        """The same company, to go on otherwise."""
        return replace(self, states=self.states.copy(), leads=self.leads.copy())

    @property
    def lead_ids(self) -> list[str]:
        """Ids in the order of the leads."""
        return [f"L{number:06d}" for number in range(1, len(self.leads) + 1)]

    def expect_within_horizon(self, lead: Ints, entered: Ints) -> None:
        """Ask for the opportunities expected of leads within the horizon since they entered.

        Parameters
        ----------
        lead : ndarray of shape (n,)
            Positions.
        entered : ndarray of shape (n,)
            Midnights, in seconds since 1970 UTC.
        """
        self.leads["opens"][lead] = entered
        self.leads["closes"][lead] = entered + HORIZON_DAYS * DAY

    @property
    def expected(self) -> Floats:
        """Opportunities expected of each lead in its window, shape (n_leads,)."""
        return self.leads["expected"].copy()

    def live_until(self, until: int, handed_over: Mapping[int, str] | None = None) -> LeadTables:
        """Live on to a midnight, and tell what a CRM has recorded meanwhile.

        Parameters
        ----------
        until : int
            Midnight in Japan, in seconds since 1970 UTC.
        handed_over : mapping of int to str, optional
            Qualification of each lead, by position, that is handed over right now. Unless given,
            the company's own rulebook hands leads over all the time.
        """
        hazards = self.hazards
        self.leads["since"], self.leads["until"] = self.now, until
        self.leads["handed_over"] = NOBODY
        if handed_over is not None:
            hazards = hazards.copy()
            hazards["handing_over"], hazards["explores"] = 0.0, 0.0
            for lead, qualification in handed_over.items():
                is_sql = qualification == "SQL"
                code = codes.SQL_BY_RULEBOOK if is_sql else codes.MQL_BY_RULEBOOK
                self.leads["handed_over"][lead] = code
        journal = self._journal(hazards)
        chunk = self._chunk(journal, until)
        found = _told(chunk, since=self.now, until=until, chunk=self.n_chunks)
        if handed_over is not None:
            found = replace(found, hand_over=HAND_OVER.empty_table())
        self.now, self.n_chunks = until, self.n_chunks + 1
        return found

    def _journal(self, hazards: Record) -> Records:
        room, needed = 0, ROOM * len(self.leads)
        states, leads = self.states.copy(), self.leads.copy()
        while needed > room:
            room = needed
            self.states, self.leads = states.copy(), leads.copy()
            journal = np.zeros(room, dtype=ROW)
            needed = live_on(
                self.states,
                hazards,
                journal,
                self.calendar,
                self.leads,
            )
        return journal[:needed]

    def _chunk(self, journal: Records, until: int) -> SimulatedCompany:
        leads = np.zeros(len(self.leads), dtype=LEAD)
        for name in LEAD.names or ():
            leads[name] = self.leads[name]
        return SimulatedCompany(
            settings=self.settings,
            hazards=self.hazards,
            calendar=self.calendar,
            leads=leads,
            journal=journal,
            data_cutoff=until,
        )


def _told(company: SimulatedCompany, *, since: int, until: int, chunk: int) -> LeadTables:
    """What happened in a while, as an import would store it."""
    tables = lead_tables(company)
    ids = pc.binary_join_element_wise(pa.scalar(f"C{chunk}"), tables.event.column("event_id"), "-")
    event = tables.event.set_column(0, tables.event.schema.field("event_id"), ids)
    return LeadTables(
        lead=_within(tables.lead, "created_at", since, until),
        fact=_within(tables.fact, "known_at", since, until),
        event=event,
        outcome=pa.concat_tables([tables.outcome, _answers(company)]),
        hand_over=_hand_overs(company),
    )


def _within(table: pa.Table, column: str, since: int, until: int) -> pa.Table:
    at = table.column(column)
    return table.filter(pc.and_(pc.greater_equal(at, since), pc.less(at, until)))


def _answers(company: SimulatedCompany) -> pa.Table:
    journal, ids = company.journal, np.array(company.lead_ids, dtype=object)
    rows = np.flatnonzero(np.isin(journal["kind"], [*STAGES]))
    told = {
        "lead_id": ids[company.lead_of_row[rows]],
        "stage": pa.array([STAGES[kind] for kind in journal["kind"][rows].tolist()], pa.string()),
        "occurred_at": journal["at"][rows],
        "known_at": journal["at"][rows],
    }
    untold = {f.name: pa.nulls(len(rows), f.type) for f in OUTCOME if f.name not in told}
    return pa.table(told | untold, schema=OUTCOME)


def _hand_overs(company: SimulatedCompany) -> pa.Table:
    journal, ids = company.journal, np.array(company.lead_ids, dtype=object)
    rows = np.flatnonzero(journal["kind"] == codes.HAND_OVER)
    lead, code = company.lead_of_row[rows], journal["code"][rows]
    first = np.concatenate([[0], np.flatnonzero(np.diff(lead)) + 1]) if len(rows) else rows
    cycle = np.arange(len(rows)) - np.repeat(first, np.diff([*first, len(rows)])) + 1
    by_lot = code == codes.BY_EXPLORATION
    told = {
        "lead_id": ids[lead],
        "cycle": cycle,
        "handed_over_at": journal["at"][rows],
        "qualification": np.where(code == codes.SQL_BY_RULEBOOK, "SQL", "MQL"),
        "by": np.where(by_lot, "exploration", "rulebook"),
        "propensity": pa.array(journal["value"][rows], from_pandas=True),
    }
    untold = {f.name: pa.nulls(len(rows), f.type) for f in HAND_OVER if f.name not in told}
    return pa.table({f.name: (told | untold)[f.name] for f in HAND_OVER}, schema=HAND_OVER)
