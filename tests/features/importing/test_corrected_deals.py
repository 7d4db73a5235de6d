"""Deals that a later export corrects or opens again: what stands now replaces what stood then."""

from features.core.clock import from_second
from features.store.schema import outcome_history
from tests.features.importing.desk import Desk

DEALS = """
format: 1
time_zone: UTC
files:
  - match: people.csv
    lead_id: who
    lead: {created_at: made}
  - match: deals*.csv
    lead_id: who
    outcomes:
      - {stage: opportunity, occurred_at: opened, deal: deal}
      - {stage: {column: state, others: skip}, occurred_at: closed, value: yen, deal: deal}
"""
PEOPLE = "who,made\nAki,2024-04-01 09:00\nBen,2024-04-01 09:00\nChie,2024-04-01 09:00\n"
HEADER = "deal,who,opened,state,closed,yen\n"
IN_MAY = (
    HEADER + "d1,Aki,2024-04-05,won,2024-05-01,100\nd2,Ben,2024-04-06,lost,2024-05-02,\n"
    "d3,Aki,2024-04-07,won,2024-05-03,300\n"
)
IN_JUNE = (
    HEADER + "d1,Aki,2024-04-05,won,2024-05-20,100\nd2,Ben,2024-04-06,talks again,,\n"
    "d4,Chie,2024-06-01,,,\n"
)
RIGHT = [
    ("Aki", "opportunity", "04-05", None),
    ("Aki", "opportunity", "04-07", None),
    ("Aki", "won", "05-03", 300.0),
    ("Aki", "won", "05-20", 100.0),
    ("Ben", "opportunity", "04-06", None),
    ("Chie", "opportunity", "06-01", None),
]


def _with(desk: Desk, mapping: str = DEALS) -> Desk:
    return Desk(folder=desk.folder, store=desk.store, definition=desk.definition, mapping=mapping)


def _outcomes(desk: Desk) -> list[tuple[str, str, str, float | None]]:
    return [
        (row["lead_id"], row["stage"], f"{from_second(row['occurred_at']):%m-%d}", row["value"])
        for row in desk.rows("outcome")
    ]


def _taken_back(desk: Desk) -> list[tuple[str, str, str]]:
    history = outcome_history.c
    with desk.store.engine.connect() as connection:
        rows = connection.execute(
            outcome_history.select()
            .where(history.withdrawn_at.is_not(None))
            .order_by(history.lead_id)
        )
        return [(row.deal, row.stage, f"{row.occurred_at:%m-%d}") for row in rows]


def test_a_later_export_corrects_and_takes_back(desk: Desk) -> None:
    desk = _with(desk)
    desk.bring_in(people=PEOPLE, deals=IN_MAY)

    report = desk.bring_in(deals=IN_JUNE)

    assert _outcomes(desk) == RIGHT
    assert _taken_back(desk) == [("d1", "won", "05-01"), ("d2", "lost", "05-02")]
    assert any("2 outcomes were taken back" in note for note in report.notes)
    counts = report.tables[0]
    assert (counts.read, counts.stored, counts.unchanged) == (4, 2, 2)
    again = desk.bring_in(deals=IN_JUNE)
    assert (again.tables[0].stored, again.tables[0].unchanged) == (0, 4)
    assert _outcomes(desk) == RIGHT


def test_exports_of_both_months_together_come_to_the_same(small_desk: Desk) -> None:
    desk = _with(small_desk)

    report = desk.bring_in(people=PEOPLE, deals_05=IN_MAY, deals_06=IN_JUNE)

    assert _outcomes(desk) == RIGHT
    assert sum(count.rejected for count in report.tables) == 0


def test_what_comes_back_stands_again(small_desk: Desk) -> None:
    desk = _with(small_desk)
    desk.bring_in(people=PEOPLE, deals=IN_MAY)
    desk.bring_in(deals=IN_JUNE)

    desk.bring_in(deals=IN_MAY)

    assert ("Ben", "lost", "05-02", None) in _outcomes(desk)
    assert ("Aki", "won", "05-20", 100.0) not in _outcomes(desk)


def test_a_row_that_cannot_be_read_takes_nothing_back(small_desk: Desk) -> None:
    desk = _with(small_desk)
    desk.bring_in(people=PEOPLE, deals=IN_MAY)

    desk.bring_in(deals=HEADER + "d1,Aki,2024-04-05,won,31 Undecember,100\n")

    assert ("Aki", "won", "05-01", 100.0) in _outcomes(desk)
    assert _taken_back(desk) == []


def test_what_another_deal_says_as_well_stays(small_desk: Desk) -> None:
    desk = _with(small_desk)
    desk.bring_in(
        people=PEOPLE,
        deals=HEADER + "d1,Aki,2024-04-05,lost,2024-05-01,\nd2,Aki,2024-04-06,lost,2024-05-01,\n",
    )

    desk.bring_in(deals=HEADER + "d1,Aki,2024-04-05,talks again,,\n")

    assert ("Aki", "lost", "05-01", None) in _outcomes(desk)


def test_a_dry_run_takes_nothing_back(small_desk: Desk) -> None:
    desk = _with(small_desk)
    desk.bring_in(people=PEOPLE, deals=IN_MAY)

    report = desk.try_out(deals=IN_JUNE)

    assert any("2 outcomes would be taken back" in note for note in report.notes)
    assert ("Ben", "lost", "05-02", None) in _outcomes(desk)


def test_a_second_end_without_a_key_is_said(small_desk: Desk) -> None:
    desk = _with(small_desk, DEALS.replace(", deal: deal", ""))
    desk.bring_in(people=PEOPLE, deals=IN_MAY)

    report = desk.bring_in(deals=HEADER + "d2,Ben,2024-04-06,won,2024-06-02,\n")

    (note,) = report.notes
    assert note == (
        "deals.csv: 1 leads get another won or lost beside one that is stored. Where an export "
        "corrects an earlier one, name the column of the deal's key under `deal`"
    )


def test_a_status_without_dates_is_taken_back_too(small_desk: Desk) -> None:
    desk = _with(
        small_desk,
        """
format: 1
time_zone: UTC
files:
  - match: leads_*.csv
    observed_at: {in_name: "%Y%m"}
    lead_id: id
    lead: {created_at: made}
    outcomes:
      - {stage: {column: status, others: skip}, occurred_at: unknown, deal: id}
""",
    )
    made = "2024-01-05 09:00"
    desk.bring_in(leads_202402=f"id,made,status\nA,{made},lost\nB,{made},\n")

    desk.bring_in(leads_202403=f"id,made,status\nA,{made},\nB,{made},won\n")

    assert [row["lead_id"] + row["stage"] for row in desk.rows("outcome")] == ["Bwon"]


WITHOUT = DEALS.replace(", deal: deal", "")


def test_what_was_stored_before_the_deal_was_named_is_corrected_with_it(desk: Desk) -> None:
    _with(desk, WITHOUT).bring_in(people=PEOPLE, deals=IN_MAY)
    desk = _with(desk)

    report = desk.bring_in(deals=IN_JUNE + "d3,Aki,2024-04-07,won,2024-05-03,300\n")

    assert _outcomes(desk) == RIGHT
    assert _taken_back(desk) == [("", "won", "05-01"), ("", "lost", "05-02")]
    assert any("2 outcomes were taken back" in note for note in report.notes)
    again = desk.bring_in(deals=IN_JUNE)
    assert (again.tables[0].stored, again.tables[0].unchanged) == (0, 4)


def test_what_another_file_or_a_person_says_without_a_deal_stays(small_desk: Desk) -> None:
    said = "who,made,won_on,said_by\nAki,2024-04-01 09:00,2024-05-01,\n"
    sales = """
  - match: people*.csv
    lead_id: who
    lead: {created_at: made}
    outcomes: [{stage: won, occurred_at: won_on, by: said_by}]
"""
    of_sales = WITHOUT.replace("files:", "files:" + sales.rstrip("\n"))
    both = _with(small_desk, of_sales.replace("closed, value: yen", "closed, deal: deal"))
    both.bring_in(people=said, people_2=said.replace("Aki", "Ben").replace(",\n", ",B. S.\n", 1))
    deals = HEADER + "d1,Aki,2024-04-05,won,2024-05-20,\nd2,Ben,2024-04-05,won,2024-05-20,\n"

    both.bring_in(deals=deals)
    won = [row for row in _outcomes(both) if row[1] == "won"]
    assert [f"{lead} {day}" for lead, _, day, _ in won] == [
        "Aki 05-01", "Aki 05-20", "Ben 05-01", "Ben 05-20",
    ]  # fmt: skip

    _with(small_desk).bring_in(deals=deals)
    won = [row for row in _outcomes(both) if row[1] == "won"]
    assert [f"{lead} {day}" for lead, _, day, _ in won] == [
        "Aki 05-20", "Ben 05-01", "Ben 05-20",
    ]  # fmt: skip


def test_a_row_without_a_deal_stays_beside_one_of_the_same_lead_with_a_deal(
    small_desk: Desk,
) -> None:
    desk = _with(small_desk)
    both = HEADER + ",Aki,2024-04-05,won,2024-05-01,100\nd1,Aki,2024-04-07,won,2024-05-03,300\n"

    for _ in range(2):
        desk.bring_in(people=PEOPLE, deals=both)

        assert _outcomes(desk) == [
            ("Aki", "opportunity", "04-05", None),
            ("Aki", "opportunity", "04-07", None),
            ("Aki", "won", "05-01", 100.0),
            ("Aki", "won", "05-03", 300.0),
        ]
        assert _taken_back(desk) == []
