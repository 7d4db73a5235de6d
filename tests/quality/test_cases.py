"""Cases of the benchmark: public files brought into rows and dates, and companies that drift."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.quality import cases
from tests.quality.simulated import simulated_case


def _seconds(day: str) -> int:
    return int(pd.Timestamp(day, tz="UTC").timestamp())


def _hotel(folder: Path) -> None:
    stays = {
        "hotel": ["Resort Hotel", "Resort Hotel", "Resort Hotel", "City Hotel"],
        "lead_time": [10, 61, 0, 10],
        "arrival_date_year": 2016,
        "arrival_date_month": "March",
        "arrival_date_day_of_month": [5, 5, 6, 5],
        "reservation_status": ["Check-Out", "Check-Out", "Canceled", "Check-Out"],
        "reservation_status_date": ["2016-03-07", "2016-03-07", "2016-03-06", "2016-03-07"],
    }
    named = (
        "stays_in_weekend_nights stays_in_week_nights adults children babies meal market_segment "
        "distribution_channel customer_type reserved_room_type deposit_type agent company "
        "is_repeated_guest previous_cancellations previous_bookings_not_canceled adr"
    )
    pd.DataFrame(stays | dict.fromkeys(named.split(), 1)).to_csv(
        folder / "hotel_bookings.csv.gz", index=False
    )


def _appointments(folder: Path) -> None:
    made = {
        "PatientId": ["29872499824296"] * 4,
        "AppointmentID": [1, 2, 3, 4],
        "ScheduledDay": "2016-05-02T18:38:08Z",
        "AppointmentDay": [f"2016-05-{day:02}T00:00:00Z" for day in (2, 3, 9, 10)],
        "No-show": ["No", "No", "Yes", "No"],
    }
    named = "Gender Age Neighbourhood Scholarship Hipertension Diabetes Alcoholism Handcap"
    text = pd.DataFrame(made | dict.fromkeys(named.split(), 1)).to_csv(index=False)
    with zipfile.ZipFile(folder / "KaggleV2-May-2016.zip", "w") as archive:
        archive.writestr("KaggleV2-May-2016.csv", text)


def _cdnow(folder: Path) -> None:
    days = ["1997-02-01", "1997-01-01", "1997-01-30", "1997-01-31", "1997-03-05"]
    bought = {"customer_id": [2, 1, 1, 1, 1], "order_date": days, "units": 1, "sales": 9.5}
    pd.DataFrame(bought).to_csv(folder / "CDNOW_master.csv")


@dataclass(frozen=True, kw_only=True)
class PublicFile:
    """A data set with the few rows that are written, and what must be read from them."""

    name: str
    write: Callable[[Path], None]
    created: dict[str, str]
    events: tuple[str, ...] = ()
    outcomes: frozenset[tuple[str, str, str]]


FILES = (
    PublicFile(
        name="hotel_bookings",
        write=_hotel,
        created={"0": "2016-02-24", "2": "2016-03-06"},
        outcomes=frozenset({("0", "won", "2016-03-07"), ("2", "lost", "2016-03-06")}),
    ),
    PublicFile(
        name="medical_appointments",
        write=_appointments,
        created={"2": "2016-05-02 18:38:08", "3": "2016-05-02 18:38:08"},
        outcomes=frozenset({("2", "won", "2016-05-03"), ("3", "lost", "2016-05-09")}),
    ),
    PublicFile(
        name="cdnow",
        write=_cdnow,
        created={"1": "1997-01-01", "2": "1997-02-01"},
        events=("1997-01-01", "1997-01-30", "1997-02-01"),
        outcomes=frozenset({("1", "won", "1997-01-31")}),
    ),
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_public_file_gives_leads_with_their_first_day_and_what_became_of_them(
    monkeypatch, tmp_path, file
):
    (tmp_path / file.name).mkdir()
    file.write(tmp_path / file.name)
    monkeypatch.setattr(cases, "DATA", tmp_path)

    tables = cases._import(file.name).tables

    lead = tables.lead.to_pandas().set_index("lead_id")["created_at"]
    assert lead.to_dict() == {key: _seconds(day) for key, day in file.created.items()}
    events = sorted(tables.event.column("occurred_at").to_pylist())
    assert events == [_seconds(day) for day in file.events]
    found = tables.outcome.to_pandas()[["lead_id", "stage", "occurred_at"]]
    assert set(found.itertuples(index=False, name=None)) == {
        (key, stage, _seconds(day)) for key, stage, day in file.outcomes
    }


def test_what_is_recorded_in_batches_is_missing_from_what_is_learned_from_and_not_from_the_test():
    steady, batches = (simulated_case(world, 300, 77) for world in ("steady", "batches"))

    np.testing.assert_array_equal(batches.learned, steady.learned)
    np.testing.assert_array_equal(batches.outcome, steady.outcome)
    assert (batches.converted <= steady.converted).all()
    assert batches.converted.sum() < steady.converted.sum()
