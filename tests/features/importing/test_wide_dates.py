"""One row a lead with a column for each thing that may have happened, filled with its date."""

from features.core.clock import from_second
from tests.features.importing.desk import Desk

MAPPING = """
format: 1
time_zone: UTC
files:
  - match: leads*.csv
    lead_id: id
    lead: {created_at: created}
    events:
      - {behaviour: webinar, occurred_at: seminar}
      - {behaviour: visit, occurred_at: {column: called, format: "%d/%m/%Y"}}
    outcomes:
      - {stage: opportunity, occurred_at: opened}
      - {stage: won, occurred_at: won, value: yen}
    hand_overs: [{handed_over_at: passed}]
"""
HEADER = "id,created,seminar,called,passed,opened,won,yen\n"
ALL = "A,2024-04-01,2024-04-03 10:00,05/04/2024,2024-04-08 09:00,2024-04-20,2024-05-30,500\n"
SOME = "B,2024-04-01,,07/04/2024,,2024-04-21,,\n"
NONE = "C,2024-04-01,,,,,,\n"
TIMES = {"event": "occurred_at", "outcome": "occurred_at", "hand_over": "handed_over_at"}
WORDS = {"event": "behaviour", "outcome": "stage", "hand_over": "qualification"}


def _desk(small_desk: Desk) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=MAPPING,
    )


def _happened(desk: Desk, lead: str) -> list[str]:
    return sorted(
        f"{from_second(row[time]):%m-%d} {row[WORDS[table]]}"
        for table, time in TIMES.items()
        for row in desk.rows(table)
        if row["lead_id"] == lead
    )


def test_each_date_is_what_its_column_says_and_a_blank_is_nothing(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(leads=HEADER + ALL + SOME + NONE)

    assert _happened(desk, "A") == [
        "04-03 webinar", "04-05 visit", "04-08 MQL", "04-20 opportunity", "05-30 won",
    ]  # fmt: skip
    assert _happened(desk, "B") == ["04-07 visit", "04-21 opportunity"]
    assert _happened(desk, "C") == []
    assert {count.table: count.stored for count in report.tables} == {
        "lead": 3, "event": 3, "outcome": 3, "hand_over": 1,
    }  # fmt: skip


def test_next_months_export_adds_what_was_filled_in_since(small_desk: Desk) -> None:
    desk = _desk(small_desk)
    desk.bring_in(leads=HEADER + ALL + SOME + NONE)

    later = SOME.replace("21,,", "21,2024-06-02,90")
    report = desk.bring_in(leads=HEADER + ALL + later + NONE)

    assert _happened(desk, "B")[-1] == "06-02 won"
    assert {count.table: (count.stored, count.unchanged) for count in report.tables} == {
        "lead": (0, 3), "event": (0, 3), "outcome": (1, 3), "hand_over": (0, 1),
    }  # fmt: skip


def test_a_date_that_cannot_be_read_is_named_by_its_column(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(leads=HEADER + ALL.replace("2024-05-30", "in May") + SOME)

    assert [(row[2], row[3]) for row in desk.rejects] == [("won", "in May")]
    assert all(
        count.read == count.stored + count.unchanged + count.rejected for count in report.tables
    )
    assert _happened(desk, "B") == ["04-07 visit", "04-21 opportunity"]
