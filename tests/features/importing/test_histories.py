"""Histories of changes: what each row says of the time before it."""

import pytest

from features.core.clock import from_second
from features.importing.reporting.report import ImportReport
from tests.features.importing.desk import Desk

MAPPING = """
format: 1
time_zone: UTC
files:
  - match: leads*.csv
    lead_id: id
    lead: {created_at: created}
  - match: history*.csv
    lead_id: id
    facts:
      - attribute: {column: field, values: {Industry: industry, Pages: pages}, others: skip}
        column: new
        old: old
        known_at: {column: changed}
"""
LEADS = "id,created\n1,2024-04-01 00:00\n2,2024-04-02 00:00\n"
HISTORY = "id,field,old,new,changed\n"
FIRST = "1,Industry,retail,mining,2024-04-10 00:00\n"
SECOND = "1,Industry,mining,software,2024-04-20 00:00\n"
BLANK = "2,Industry,,retail,2024-04-03 00:00\n2,Pages,7,,2024-04-04 00:00\n"


def _desk(small_desk: Desk) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=MAPPING,
    )


def _facts(desk: Desk) -> set[tuple[str, str, str, str | None]]:
    return {
        (row["lead_id"], row["attribute"], f"{from_second(row['known_at']):%m-%d}", row["value"])
        for row in desk.rows("fact")
    }


def _adds_up(report: ImportReport) -> bool:
    return all(
        count.read == count.stored + count.unchanged + count.rejected for count in report.tables
    )


WHOLE = {
    ("1", "industry", "04-01", "retail"),
    ("1", "industry", "04-10", "mining"),
    ("1", "industry", "04-20", "software"),
    ("2", "industry", "04-03", "retail"),
    ("2", "pages", "04-02", "7"),
    ("2", "pages", "04-04", None),
}


@pytest.mark.parametrize("rows", [FIRST + SECOND + BLANK, SECOND + BLANK + FIRST])
def test_the_old_value_of_the_first_change_held_from_creation(small_desk: Desk, rows: str) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(leads=LEADS, history=HISTORY + rows)

    assert _facts(desk) == WHOLE
    assert _adds_up(report)
    again = desk.bring_in(leads=LEADS, history=HISTORY + rows)
    assert [count.stored for count in again.tables] == [0, 0]


def test_a_later_part_of_a_history_moves_nothing_before_it(small_desk: Desk) -> None:
    desk = _desk(small_desk)
    desk.bring_in(leads=LEADS, history=HISTORY + FIRST + BLANK)

    desk.bring_in(history_2=HISTORY + SECOND)

    assert _facts(desk) == WHOLE


def test_files_of_one_history_in_any_order_are_one(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        leads=LEADS, history_a=HISTORY + SECOND, history_b=HISTORY + FIRST + BLANK
    )

    assert _facts(desk) == WHOLE
    assert report.rejected == 0


def test_a_lead_that_was_made_with_its_first_change_had_nothing_before(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    desk.bring_in(leads=LEADS, history=HISTORY + FIRST.replace("2024-04-10", "2024-04-01"))

    assert _facts(desk) == {("1", "industry", "04-01", "mining")}


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        ("", 0),
        ("1,Owner,Ana,Ben,2024-04-10 00:00\n", 0),
        ("1,Industry,,,2024-04-10 00:00\n", 0),
        (",,,,\n", 0),
        (",Industry,retail,mining,2024-04-10 00:00\n", 1),
        ("1,Pages,7,,soon\n", 1),
    ],
    ids=["header", "other field", "no values", "blank", "no lead", "no time"],
)
def test_a_history_that_says_nothing_ends_no_import(
    small_desk: Desk, rows: str, rejected: int
) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(leads=LEADS, history=HISTORY + rows)

    assert {value for *_, value in _facts(desk)} <= {None}
    assert report.rejected == rejected
    assert _adds_up(report)
