"""Which company to simulate."""

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from features.core.errors import LeadDataError


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How the company's world changes, from the start of one month on.

    Attributes
    ----------
    month : int
        Months after the company's first; 20 changes the twenty-first.
    hazard_factor : float
        What every opportunity hazard is multiplied by.
    social_share : float
        Share of new leads that come from social advertising, a channel rare before.
    size_factor : float
        What the data provider's company sizes are multiplied by, as if it sent revenue in the place
        of employees. Sizes already known are delivered anew on the day of change, so the input
        leaves its range for most leads at once; what leads do goes by the employees still.
    """

    month: int
    hazard_factor: float = 1.0
    social_share: float = 0.01
    size_factor: float = 1.0


def mild_drift(month: int) -> Drift:
    """Half as many opportunities again, and social advertising as the first channel: relearn."""
    return Drift(month=month, hazard_factor=2.2, social_share=0.35)


def stress_drift(month: int) -> Drift:
    """A base rate from about 6 to about 25 %, and company sizes beyond all seen before."""
    return Drift(month=month, hazard_factor=10.0, size_factor=10_000.0)


@dataclass(frozen=True, kw_only=True)
class CompanySettings:
    """A company, its size in leads and months, and what is wrong with it.

    Attributes
    ----------
    leads, months : int
        Leads created, evenly over the working days of the months.
    first_month : date
        First day of the first month, in Japan.
    exploration_share : float
        Probability, each month, that an open lead below the rulebook's cut-off which did something
        in the last 90 days is handed over all the same; logged as the propensity.
    sales_effect : float
        Factor on how much being handed over, and being worked, raise a lead's log hazard. At 1 a
        lead in work becomes an opportunity 1.3 times as fast; larger values make outcomes depend
        on who was handed over, as selective labels do.
    leak : bool
        Adds an attribute that sales fill in after the fact and of which only the current value is
        kept.
    capacity_per_month : int
        Leads that sales can work in a month; the volumes of the KPIs go by it.
    truth_snapshots, futures : int
        How many snapshots get a true probability, and from how many futures each.
    """

    leads: int = 20_000
    months: int = 18
    seed: int = 20260401
    first_month: date = date(2024, 10, 1)
    drift: Drift | None = None
    exploration_share: float = 0.02
    sales_effect: float = 1.0
    leak: bool = False
    capacity_per_month: int = 400
    truth_snapshots: int = 400
    futures: int = 500

    def __post_init__(self) -> None:
        checks = {
            "leads": self.leads >= 1,
            "months": self.months >= 2,
            "capacity_per_month": self.capacity_per_month >= 1,
            "exploration_share": 0 <= self.exploration_share < 1,
            "truth_snapshots": self.truth_snapshots >= 0,
            "futures": self.futures >= 1,
        }
        if faults := [name for name, holds in checks.items() if not holds]:
            named = ", ".join(f"{name} = {getattr(self, name)}" for name in faults)
            raise LeadDataError(
                "a simulated company needs at least 1 lead, 2 months, 1 future and a capacity "
                f"of 1, and a share in [0, 1); got {named}. Change these settings."
            )

    @property
    def end_month(self) -> date:
        """First day after the last month; the export's data cut-off."""
        return self.month(self.months)

    def ended_by(self, today: date) -> "CompanySettings":
        """The same company whole years earlier, as many as it takes to have ended by a day.

        Whole years, so that months keep their lengths and holidays: what lies ahead of the clock is
        future, and a company whose last month has not come yet could not be looked at.
        """
        earlier = self
        while earlier.end_month > today:
            first = earlier.first_month
            earlier = replace(earlier, first_month=first.replace(year=first.year - 1))
        return earlier

    def month(self, number: int) -> date:
        """First day of the month so many months after the first."""
        return (pd.Timestamp(self.first_month) + pd.DateOffset(months=number)).date()
