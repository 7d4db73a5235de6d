"""An event log alone: many rows a lead, none of them a table of leads."""

import pytest
from sqlalchemy import select

from features.core.clock import from_second
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping
from features.store.schema import lead_external_id
from tests.features.importing.desk import Desk

LOG = """
format: 1
time_zone: UTC
files:
  - match: log*.csv
    lead_id: case
    lead: {created_at: {column: at, take: first}}
    events:
      - {behaviour: {column: what, values: {Called: visit}, others: skip}, occurred_at: at}
    outcomes:
      - {stage: {column: what, values: {Sold: won}, others: skip}, occurred_at: at}
"""
HEADER = "case,what,at\n"


def _desk(small_desk: Desk, mapping: str) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )


def _created(desk: Desk) -> dict[str, str]:
    return {
        row["lead_id"]: from_second(row["created_at"]).strftime("%Y-%m-%d %H:%M")
        for row in desk.rows("lead")
    }


def _external_ids(desk: Desk) -> list[tuple[str, ...]]:
    with desk.store.engine.connect() as connection:
        rows = connection.execute(select(lead_external_id).order_by("lead_id"))
        return [tuple(row) for row in rows]


def _adds_up(report) -> bool:
    return all(
        count.read == count.stored + count.unchanged + count.rejected + count.forgotten
        for count in report.tables
    )


def test_the_first_row_of_a_lead_is_its_creation_wherever_it_stands(small_desk: Desk) -> None:
    desk = _desk(small_desk, LOG)

    report = desk.bring_in(
        log=HEADER
        + "1,Called,2024-06-09 10:00\n1,New,2024-06-06 04:00\n2,New,2024-06-07 05:00\n"
        + "1,Sold,2024-06-17 14:00\n2,Sold,2024-06-19 10:00\n"
    )

    assert desk.rejects == []
    assert _created(desk) == {"1": "2024-06-06 04:00", "2": "2024-06-07 05:00"}
    assert [(row["lead_id"], row["stage"]) for row in desk.rows("outcome")] == [
        ("1", "won"),
        ("2", "won"),
    ]
    assert len(desk.rows("event")) == 1
    assert {count.table: count.read for count in report.tables} == {
        "lead": 2,
        "event": 1,
        "outcome": 2,
    }
    assert report.empty == ()


def test_a_log_in_pieces_keeps_the_earliest_creation(small_desk: Desk) -> None:
    desk = _desk(small_desk, LOG)
    desk.bring_in(log1=HEADER + "1,New,2024-06-06 04:00\n")

    report = desk.bring_in(
        log2=HEADER + "1,Sold,2024-07-01 10:00\n3,New,2024-07-02 10:00\n",
        log3=HEADER + "3,Called,2024-07-01 10:00\n",
    )

    assert _created(desk) == {"1": "2024-06-06 04:00", "3": "2024-07-01 10:00"}
    assert report.rejected == 0
    assert _adds_up(report)


def test_a_rejected_row_does_not_take_its_lead_along(small_desk: Desk) -> None:
    desk = _desk(small_desk, LOG.replace("{Sold: won}, others: skip", "{Sold: won}"))

    report = desk.bring_in(
        log=HEADER + "1,New,2024-06-06 04:00\n1,Sold,2024-06-17 14:00\n2,New,2024-06-06 04:00\n"
    )

    assert _created(desk) == {"1": "2024-06-06 04:00"}
    assert [row["lead_id"] for row in desk.rows("outcome")] == ["1"]
    (leads,) = [count for count in report.tables if count.table == "lead"]
    assert (leads.read, leads.stored, leads.rejected) == (2, 1, 1)
    assert _adds_up(report)


def test_rows_that_disagree_about_a_lead_keep_their_events_and_outcomes(small_desk: Desk) -> None:
    desk = _desk(small_desk, LOG.replace("{column: at, take: first}", "at"))

    report = desk.bring_in(
        log=HEADER + "1,New,2024-06-06 04:00\n1,Called,2024-06-09 10:00\n1,Sold,2024-06-17 14:00\n"
    )

    assert [entry[1:4] for entry in desk.rejects] == [
        ("3", "at", "2024-06-09 10:00"),
        ("4", "at", "2024-06-17 14:00"),
    ]
    assert all("take: first" in entry[4] for entry in desk.rejects)
    assert len(desk.rows("event")) == len(desk.rows("outcome")) == 1
    assert report.files[0].rejected == 0
    assert report.files[0].parts_left_out == 2
    assert _adds_up(report)


def test_where_the_first_row_of_a_lead_is_rejected_the_next_stands(small_desk: Desk) -> None:
    desk = _desk(small_desk, LINES)

    report = desk.bring_in(
        lines="id,made,won\n1,2024-05-01,2024-04-01\n1,2024-05-01,2024-05-20\n1,2024-05-02,\n"
    )

    assert _created(desk) == {"1": "2024-05-01 00:00"}
    assert [(entry[1], entry[2]) for entry in desk.rejects] == [("2", "won"), ("4", "made")]
    assert _adds_up(report)


LINES = """
format: 1
time_zone: UTC
files:
  - match: lines.csv
    lead_id: id
    lead: {created_at: made}
    outcomes: [{stage: won, occurred_at: won}]
"""


def test_the_earliest_of_several_columns_is_the_creation(small_desk: Desk) -> None:
    desk = _desk(small_desk, LINES.replace("created_at: made", "created_at: [made, seen]"))

    desk.bring_in(
        lines="id,made,seen,won\n1,2024-05-02,2024-05-01,\n2,,2024-05-03,\n3,,,\n4,2024-05-04,,\n"
    )

    assert _created(desk) == {
        "1": "2024-05-01 00:00",
        "2": "2024-05-03 00:00",
        "4": "2024-05-04 00:00",
    }
    assert [(entry[1], entry[2], entry[4]) for entry in desk.rejects] == [
        ("4", "made", "must not be blank")
    ]


def test_a_set_day_is_the_creation_of_all_leads(small_desk: Desk) -> None:
    desk = _desk(small_desk, LINES.replace("created_at: made", "created_at: {day: 2024-05-01}"))

    desk.bring_in(lines="id,won\n1,2024-05-20\n2,\n")

    assert _created(desk) == {"1": "2024-05-01 00:00", "2": "2024-05-01 00:00"}
    assert all(row["day_only"] for row in desk.rows("lead"))


def test_a_table_of_leads_goes_before_what_a_log_suggests(small_desk: Desk) -> None:
    stated = """
  - match: people.csv
    lead_id: id
    lead: {created_at: made, salesforce_id: sf}
"""
    desk = _desk(small_desk, LOG + stated)

    report = desk.bring_in(
        log=HEADER + "1,Called,2024-06-09 10:00\n2,Called,2024-06-10 10:00\n",
        people="id,made,sf\n1,2024-06-01,00Q1\n",
    )

    assert _created(desk) == {"1": "2024-06-01 00:00", "2": "2024-06-10 10:00"}
    assert desk.rejects == []
    assert _adds_up(report)

    desk.bring_in(people="id,made,sf\n1,2024-06-01,\n2,2024-06-10,00Q2\n")

    # A blank cell says nothing about the id that is known.
    assert _external_ids(desk) == [("1", "salesforce", "00Q1"), ("2", "salesforce", "00Q2")]


SEVERAL = """
format: 1
time_zone: UTC
files:
  - match: log.csv
    when: {column: kind, is_in: [form]}
    lead_id: case
    lead: {created_at: at}
  - match: log.csv
    when: {column: kind, not_in: [form]}
    lead_id: case
    person: {email: mail}
    events: [{behaviour: {column: kind}, occurred_at: at}]
"""


def test_several_entries_read_one_file(small_desk: Desk) -> None:
    desk = _desk(small_desk, SEVERAL)

    report = desk.bring_in(
        log="case,kind,at,mail\n1,form,2024-06-01,a@x.example\n1,visit,2024-06-02,\n"
        "1,dance,2024-06-03,\n2,visit,2024-06-03,b@x.example\n1,form\n"
    )

    (file,) = report.files
    # Five rows and one that is cut short: the dance, the lead nobody made, and the cut one.
    assert (file.rows, file.skipped, file.rejected) == (5, 0, 3)
    assert [(row["lead_id"], row["behaviour"]) for row in desk.rows("event")] == [("1", "visit")]
    assert len(desk.rejects) == 3
    assert "x.example" not in (desk.folder / "rejects.csv").read_text(encoding="utf-8-sig")
    assert _adds_up(report)


def test_a_row_that_one_entry_rejects_stays_in_another(small_desk: Desk) -> None:
    mapping = SEVERAL.replace("    when: {column: kind, is_in: [form]}\n", "").replace(
        "    when: {column: kind, not_in: [form]}\n", ""
    )
    desk = _desk(small_desk, mapping)

    report = desk.bring_in(log="case,kind,at,mail\n1,dance,2024-06-01,\n")

    (file,) = report.files
    assert (file.rows, file.rejected, file.parts_left_out) == (1, 0, 1)
    assert _created(desk) == {"1": "2024-06-01 00:00"}


def test_a_promised_table_without_rows_is_an_error(small_desk: Desk) -> None:
    desk = _desk(small_desk, LOG)

    report = desk.bring_in(log=HEADER + "1,New,2024-06-06 04:00\n1,sold,2024-06-17 14:00\n")

    assert [count.table for count in report.empty] == ["event", "outcome"]
    with pytest.raises(LeadDataError, match="0 of 0 rows for the table event, 0 of 0 rows for"):
        report.refuse_empty()


def test_a_later_file_may_be_without_outcomes(small_desk: Desk) -> None:
    desk = _desk(small_desk, LINES)
    desk.bring_in(lines="id,made,won\n1,2024-05-01,2024-05-20\n")

    report = desk.bring_in(lines="id,made,won\n2,2024-06-01,\n")

    assert report.empty == ()


def test_all_rows_rejected_is_an_error_whatever_is_stored(small_desk: Desk) -> None:
    desk = _desk(small_desk, LINES)
    desk.bring_in(lines="id,made,won\n1,2024-05-01,2024-05-20\n")

    report = desk.bring_in(lines="id,made,won\n2,06/01/2024,\n3,06/02/2024,\n")

    with pytest.raises(LeadDataError, match="got 0 of 2 rows for the table lead"):
        report.refuse_empty()


def test_a_creation_is_either_a_column_or_a_day(every_kind: LeadDefinition) -> None:
    both = LINES.replace("created_at: made", "created_at: {column: made, day: 2024-05-01}")

    with pytest.raises(LeadDataError, match="must have a column, or a set day"):
        parse_mapping(both, "map.yaml", every_kind)
