"""What stands now and nobody dated: outcomes known as of an export, and exports compared."""

import pytest

from features.core.clock import UNDATED, from_second
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping
from tests.features.importing.desk import Desk

NOW = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    observed_at: 2024-12-31
    lead_id: id
    lead: {created_at: created}
    outcomes:
      - stage: {column: status, values: {Won: won, Lost: lost}, others: skip}
        occurred_at: unknown
        value: yen
"""
MONTHLY = NOW.replace("observed_at: 2024-12-31", 'observed_at: {in_name: "%Y%m"}')
HEADER = "id,created,status,yen\n"


def _desk(small_desk: Desk, mapping: str) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )


def _outcomes(desk: Desk) -> list[tuple[str, str, str, str]]:
    return [
        (
            row["lead_id"],
            row["stage"],
            "undated" if row["occurred_at"] == UNDATED else str(from_second(row["occurred_at"])),
            str(from_second(row["known_at"])),
        )
        for row in desk.rows("outcome")
    ]


def test_an_undated_outcome_is_known_by_the_end_of_the_day_of_the_export(small_desk: Desk) -> None:
    desk = _desk(small_desk, NOW)

    report = desk.bring_in(
        leads=HEADER + "1,2024-04-01,Won,5\n2,2024-04-01,,\n3,2024-04-02,Lost,\n"
    )

    # The last second of 31 December in Tokyo, nine hours before that of UTC.
    seen = "2024-12-31 14:59:59+00:00"
    assert _outcomes(desk) == [("1", "won", "undated", seen), ("3", "lost", "undated", seen)]
    assert report.rejected == 0


def test_a_later_export_changes_neither_the_day_nor_the_count(small_desk: Desk) -> None:
    desk = _desk(small_desk, NOW)
    desk.bring_in(leads=HEADER + "1,2024-04-01,Won,5\n")

    later = _desk(small_desk, NOW.replace("2024-12-31", "2025-01-31"))
    report = later.bring_in(leads=HEADER + "1,2024-04-01,Won,5\n")

    assert _outcomes(desk) == [("1", "won", "undated", "2024-12-31 14:59:59+00:00")]
    assert all(count.unchanged == count.read for count in report.tables)


def test_exports_of_several_months_date_what_came_between_them(small_desk: Desk) -> None:
    desk = _desk(small_desk, MONTHLY)

    report = desk.bring_in(
        leads_202405=HEADER + "1,2024-04-01,,\n2,2024-04-01,Won,5\n",
        leads_202404=HEADER + "1,2024-04-01,,\n2,2024-04-01,,\n9,2024-04-02,Lost,\n",
        leads_202406=HEADER
        + "1,2024-04-01,Lost,\n2,2024-04-01,Won,5\n3,2024-06-01,Won,7\n"
        + "4,2024-05-01,Won,7\n",
    )

    assert _outcomes(desk) == [
        ("1", "lost", "2024-06-30 14:59:59+00:00", "2024-06-30 14:59:59+00:00"),
        ("2", "won", "2024-05-31 14:59:59+00:00", "2024-05-31 14:59:59+00:00"),
        ("3", "won", "2024-06-30 14:59:59+00:00", "2024-06-30 14:59:59+00:00"),
        ("4", "won", "undated", "2024-06-30 14:59:59+00:00"),
        ("9", "lost", "undated", "2024-04-30 14:59:59+00:00"),
    ]
    assert report.rejected == 0
    assert all(
        count.read == count.stored + count.unchanged + count.rejected for count in report.tables
    )


def test_an_outcome_that_is_stored_with_its_date_stands(small_desk: Desk) -> None:
    dated = NOW.replace("occurred_at: unknown", "occurred_at: closed")
    _desk(small_desk, dated).bring_in(
        leads="id,created,status,yen,closed\n1,2024-04-01,Won,5,2024-05-01\n"
    )

    report = _desk(small_desk, NOW).bring_in(leads=HEADER + "1,2024-04-01,Won,\n")

    (outcome,) = small_desk.rows("outcome")
    assert str(from_second(outcome["occurred_at"])) == "2024-04-30 15:00:00+00:00"
    assert outcome["value"] == 5
    (count,) = [count for count in report.tables if count.table == "outcome"]
    assert (count.read, count.unchanged) == (1, 1)


def test_an_export_before_the_creation_of_its_leads_is_told(small_desk: Desk) -> None:
    desk = _desk(small_desk, NOW)

    desk.bring_in(leads=HEADER + "1,2025-04-01,Won,5\n")

    assert [entry[2:5] for entry in desk.rejects] == [
        ("status", "Won", "must not be before the lead was created")
    ]


def test_a_name_without_a_day_is_refused(small_desk: Desk) -> None:
    with pytest.raises(LeadDataError, match=r"written as %Y%m; got leads\.csv"):
        _desk(small_desk, MONTHLY).bring_in(leads=HEADER + "1,2024-04-01,Won,5\n")


@pytest.mark.parametrize(
    ("mapping", "must"),
    [
        (NOW.replace("    observed_at: 2024-12-31\n", ""), "must come with observed_at"),
        (NOW.replace("2024-12-31", "soon"), "must be a day written like"),
        (NOW.replace("2024-12-31", '{in_name: "%y%m"}'), "must hold the year as %Y"),
        (NOW.replace("2024-12-31", '{day: 2024-12-31, in_name: "%Y%m"}'), "a day, or in_name"),
    ],
)
def test_what_an_export_shows_needs_its_day(
    every_kind: LeadDefinition, mapping: str, must: str
) -> None:
    with pytest.raises(LeadDataError, match=must):
        parse_mapping(mapping, "map.yaml", every_kind)
