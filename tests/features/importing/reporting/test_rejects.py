"""What cannot be stored is told, with its file, line, column and reason; the rest is stored."""

import re

import pytest

from tests.features.importing.desk import EVENTS, GOOD, LEADS, MAPPING, Desk

BAD_ROWS = [
    ("leads", "L3,2024-02-30,,,,,\n", "created", "2024-02-30", "must be a date or time"),
    ("leads", "L3,,,,,,\n", "created", "", "must not be blank"),
    ("leads", ",2024-04-01,,,,,\n", "id", "", "must not be blank"),
    ("leads", "L3,1969-01-01,,,,,\n", "created", "1969-01-01", "must lie in the years"),
    ("leads", "L3,2101-01-01,,,,,\n", "created", "2101-01-01", "must lie in the years"),
    ("leads", "L3,2024-04-01\n", "", "2 cells", "must have 7 cells"),
    (
        "leads",
        "L1,2024-04-09 09:00,,,,,\n",
        "created",
        "2024-04-09 09:00",
        "must not contradict an earlier row .*: say `take: first` under created_at",
    ),
    ("leads", "L1,2024-04-01 09:00,,,,bank,\n", "industry", "bank", "must not contradict"),
    ("leads", "L3,2024-04-01,,,,,many\n", "pages", "many", "must be a number"),
    ("events", "L9,2024-04-01,view,\n", "lead", "L9", "must be a lead"),
    ("events", "L1,yesterday,view,\n", "at", "yesterday", "must be a date or time"),
    (
        "events",
        "L1,2024-04-01,dance,\n",
        "what",
        "dance",
        "must be listed in the mapping or be visit",
    ),
    ("events", "L1,2024-04-01,,\n", "what", "", "must be listed in the mapping or be visit"),
    ("events", "L1,2024-04-01,view,long\n", "minutes", "long", "must be a number"),
    ("deals", "L1,sold,2024-04-05,,,,\n", "stage", "sold", "must be .* accepted, returned, oppor"),
    ("deals", "L1,won,2024-03-31,,,,\n", "at", "2024-03-31", "must not be before the lead was"),
    ("deals", "L1,won,,,,,\n", "at", "", "must not be blank"),
    ("deals", "L1,won,2024-04-05,,maybe,,\n", "easy", "maybe", "must be yes or no"),
    ("deals", "L1,won,2024-04-05,,,a lot,\n", "yen", "a lot", "must be a number"),
    ("deals", "L1,won,2024-04-05,,,,2024-03-01\n", "handed", "2024-03-01", "must not be before"),
]


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_bad_row_is_told_and_the_rest_is_stored(
    small_desk: Desk, bad: tuple[str, str, str, str, str]
) -> None:
    file, row, column, value, reason = bad
    files = {**GOOD, file: GOOD[file] + row}
    line = str(GOOD[file].count("\n") + 1)

    report = small_desk.bring_in(**files)

    assert [entry[:4] for entry in small_desk.rejects] == [(f"{file}.csv", line, column, value)]
    assert report.rejected == 1
    assert re.search(reason, small_desk.rejects[0][4])
    stored = {count.table: count.stored for count in report.tables}
    # A lead that lost one fact is still a lead.
    assert stored == {
        "lead": 3 if column == "pages" else 2,
        "person": 1,
        "fact": 3,
        "event": 3,
        "outcome": 2,
        "hand_over": 1,
    }


def test_a_rejected_lead_takes_its_events_with_it(small_desk: Desk) -> None:
    report = small_desk.bring_in(
        leads=LEADS + "L1,soon,,,,,\n", events=EVENTS + "L1,2024-04-01,view,\n"
    )

    assert [entry[2] for entry in small_desk.rejects] == ["lead", "created"]
    assert all(count.stored == 0 for count in report.tables)


def test_a_lead_stored_earlier_is_known(small_desk: Desk) -> None:
    small_desk.bring_in(leads=GOOD["leads"])

    report = small_desk.bring_in(events=EVENTS + "L1,2024-04-01,view,\n")

    assert report.rejected == 0


def test_without_a_zone_naive_times_are_rejected(small_desk: Desk) -> None:
    zoneless = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=MAPPING.replace("time_zone: Asia/Tokyo\n", ""),
    )

    report = zoneless.bring_in(leads=LEADS + "L1,2024-04-01,,,,,\nL2,2024-04-01T00:00:00Z,,,,,\n")

    assert [(entry[1], entry[2]) for entry in zoneless.rejects] == [("2", "created")]
    assert report.files[0].rejected == 1
    assert zoneless.rejects[0][4] == "must carry its offset"


def test_names_and_addresses_are_hidden_in_the_file_of_rejects(small_desk: Desk) -> None:
    mapping = MAPPING.replace("created_at: created", "created_at: mail")
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )

    desk.bring_in(leads=LEADS + "L1,2024-04-01,山田,太郎,taro@example.com,,\n")

    assert [entry[2:4] for entry in desk.rejects] == [("mail", "(hidden)")]
    assert "taro" not in (desk.folder / "rejects.csv").read_text(encoding="utf-8")


def test_rejects_of_an_earlier_import_do_not_stay(small_desk: Desk) -> None:
    small_desk.bring_in(leads=LEADS + "L1,soon,,,,,\n")
    assert len(small_desk.rejects) == 1

    report = small_desk.bring_in(leads=LEADS + "L1,2024-04-01,,,,,\n")

    assert small_desk.rejects == []
    assert report.rejects_file is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1+1)", "'@SUM(1+1)"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("- 5 or so", "'- 5 or so"),
        ("many", "many"),
    ],
)
def test_nothing_in_the_file_of_rejects_is_a_formula(
    small_desk: Desk, written: str, shown: str
) -> None:
    small_desk.bring_in(leads=LEADS + f"L1,2024-04-01,,,,,{written}\n")

    assert [entry[3] for entry in small_desk.rejects] == [shown]


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("45413.5", "excel"),
        ("05/31/2024", "%m/%d/%Y"),
        ("31/05/2024", "%d/%m/%Y"),
        ("4/5/2024", "%m/%d/%Y or %d/%m/%Y"),
        ("2024-05-31 10:00 PM", "%Y-%m-%d %I:%M %p"),
        ("some day", None),
    ],
)
def test_of_a_time_the_format_that_would_read_it_is_named(
    small_desk: Desk, written: str, named: str | None
) -> None:
    small_desk.bring_in(leads=LEADS + f"L1,{written},,,,,\nL2,no date at all,,,,,\n")

    reason = small_desk.rejects[0][4]
    assert reason == "must be a date or time" + (
        "" if named is None else f'; `format: "{named}"` reads it'
    )
