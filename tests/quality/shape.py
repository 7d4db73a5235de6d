"""Public files that a mapping cannot read as they are, brought into rows and dates first.

What is chosen here, and why, is that every lead can be in the file whatever became of it: the files
hold what took place within a year or two, so that of early leads only those with a late outcome
are in them, and of the last ones only those with an early outcome.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

Tables = dict[str, pd.DataFrame]

MOST_DAYS_AHEAD, MOST_DAYS_TO_APPOINTMENT = 60, 7
OBSERVED_DAYS = 30
"""At what age customers of CDNOW are looked at."""


def hotel_bookings(folder: Path) -> Tables:
    """Bookings of the resort hotel made at most 60 days before the arrival, with their day.

    Parameters
    ----------
    folder : Path
        With ``hotel_bookings.csv.gz``.
    """
    bookings = pd.read_csv(folder / "hotel_bookings.csv.gz")
    bookings = bookings.rename_axis("booking_id").reset_index()
    arrival = pd.to_datetime(
        bookings["arrival_date_year"].astype(str)
        + bookings["arrival_date_month"]
        + bookings["arrival_date_day_of_month"].astype(str),
        format="%Y%B%d",
    )
    booked_on = arrival - pd.to_timedelta(bookings["lead_time"], unit="D")
    kept = (bookings["hotel"] == "Resort Hotel") & (bookings["lead_time"] <= MOST_DAYS_AHEAD)
    return {"bookings.csv": bookings.assign(booked_on=booked_on.dt.date)[kept]}


def medical_appointments(folder: Path) -> Tables:
    """Appointments one to seven days ahead.

    Parameters
    ----------
    folder : Path
        With ``KaggleV2-May-2016.zip``.
    """
    made = pd.read_csv(folder / "KaggleV2-May-2016.zip", dtype={"PatientId": str})
    day_made = pd.to_datetime(made["ScheduledDay"]).dt.normalize()
    made["days_ahead"] = (pd.to_datetime(made["AppointmentDay"]) - day_made).dt.days
    return {"appointments.csv": made[made["days_ahead"].between(1, MOST_DAYS_TO_APPOINTMENT)]}


def cdnow(folder: Path) -> Tables:
    """Customers, what they bought in their first 30 days, and when they bought next.

    Parameters
    ----------
    folder : Path
        With ``CDNOW_master.csv``.
    """
    bought = pd.read_csv(folder / "CDNOW_master.csv", parse_dates=["order_date"], index_col=0)
    bought = bought.rename_axis("purchase_id").reset_index().sort_values("order_date")
    by_customer = bought.groupby("customer_id")
    day = (bought["order_date"] - by_customer["order_date"].transform("min")).dt.days
    first = by_customer.first().reset_index()
    return {
        "customers.csv": first.rename(columns={"order_date": "first_on", "sales": "first_value"}),
        "purchases.csv": bought[day < OBSERVED_DAYS],
        "repeats.csv": bought[day >= OBSERVED_DAYS].groupby("customer_id").first().reset_index(),
    }


SHAPES: dict[str, Callable[[Path], Tables]] = {
    "hotel_bookings": hotel_bookings,
    "medical_appointments": medical_appointments,
    "cdnow": cdnow,
}
