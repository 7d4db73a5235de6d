"""The simulated company as data: its leads and everything that happened to them."""

from dataclasses import dataclass

import numpy as np

from training.simulation.behaviour.state import Ints, Record, Records
from training.simulation.settings import CompanySettings


@dataclass(frozen=True, kw_only=True)
class SimulatedCompany:
    """Leads and their journal, which holds everything that happened by lead and time.

    Attributes
    ----------
    hazards : record of state.HAZARDS
    calendar : ndarray of shape (days since 1970,)
        Kind of each local day, see `rates`.
    leads : ndarray of people.LEAD records, by created_at
        A lead's rows in the journal end at its `row_end` and begin where the previous lead's end.
    journal : ndarray of state.ROW records
    data_cutoff : int
        The second up to which everything is in the journal.
    """

    settings: CompanySettings
    hazards: Record
    calendar: Ints
    leads: Records
    journal: Records
    data_cutoff: int

    @property
    def row_start(self) -> Ints:
        """Where each lead's rows begin in the journal."""
        return np.concatenate([[0], self.leads["row_end"][:-1]])

    @property
    def lead_of_row(self) -> Ints:
        """Position of the lead of each journal row."""
        return np.repeat(np.arange(len(self.leads)), self.leads["row_end"] - self.row_start)

    @property
    def lead_ids(self) -> list[str]:
        """Keys of the leads in the exported files; their order is that of the leads."""
        return [f"L{number:06d}" for number in range(1, len(self.leads) + 1)]
