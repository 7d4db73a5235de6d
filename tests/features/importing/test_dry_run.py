"""What an import would store and why it would reject, before anything is stored."""

import pytest

from tests.features.importing.desk import DEALS, EVENTS, GOOD, LEADS, MAPPING, Desk


def test_a_dry_run_counts_what_the_import_then_stores(desk: Desk) -> None:
    tried = desk.try_out(**GOOD)

    assert tried.dry_run
    assert desk.rows("lead") == []
    assert desk.bring_in(**GOOD).tables == tried.tables


def test_a_dry_run_of_what_is_stored_finds_it_unchanged(desk: Desk) -> None:
    desk.bring_in(**GOOD)

    tried = desk.try_out(**GOOD)

    assert all(count.unchanged == count.read for count in tried.tables)


@pytest.mark.parametrize(
    ("file", "row", "remedy"),
    [
        ("leads", "L3,04/20/2024,,,,,\n", 'say `format: "%m/%d/%Y"` beside the column'),
        ("leads", "L3,20.04.2024,,,,,\n", 'say `format: "%d.%m.%Y"` beside the column'),
        ("leads", "L3,4/5/2024,,,,,\n", '`format: "%m/%d/%Y"` or `format: "%d/%m/%Y"`'),
        ("leads", "L3,45400.5,,,,,\n", '`format: "excel"`'),
        ("leads", "L3,soon,,,,,\n", "say under `format` how times are written"),
        ("leads", "L3,,,,,,\n", "`when: {column: ..., known: true}`"),
        ("leads", "L3,2101-01-01,,,,,\n", "list a placeholder under `blank`"),
        ("leads", "L3,2024-04-01\n", "look for a delimiter inside a cell"),
        ("leads", "L1,2024-04-09 09:00,,,,,\n", "say `take: first` under created_at"),
        ("leads", "L3,2024-04-01,,,,,many\n", "list words that mean nothing under `blank`"),
        ("leads", "1.2E+17,2024-04-01,,,,,\n", "format the column as text"),
        ("events", "L9,2024-04-01,view,\n", "import the table of leads along"),
        ("events", "L1,2024-04-01,dance,\n", "list the word under `values`, or say `others: skip`"),
        ("deals", "L1,won,2024-03-31,,,,\n", "map created_at to the column"),
        ("deals", "L1,won,2024-04-05,,maybe,,\n", "translate the words under `values`"),
    ],
)
def test_every_reason_comes_with_its_row_and_what_to_do(
    small_desk: Desk, file: str, row: str, remedy: str
) -> None:
    files = {**GOOD, file: GOOD[file] + row}

    tried = small_desk.try_out(**files)

    (reason,) = tried.reasons
    assert (reason.file, reason.count) == (f"{file}.csv", 1)
    assert reason.line == GOOD[file].count("\n") + 1
    assert remedy in reason.remedy


def test_the_five_commonest_reasons_are_told_with_an_example_each(small_desk: Desk) -> None:
    rows = ["L3,soon,,,,,\n"] * 3 + [",2024-04-01,,,,,\n"] * 2 + ["L4,2024-04-01,,,,,x\n"]
    events = ["L9,2024-04-01,view,\n"] * 4 + ["L1,2024-04-01,view,x\n"]

    tried = small_desk.try_out(
        leads=GOOD["leads"] + "".join(rows),
        events=EVENTS + "".join(events),
        deals=DEALS + "L1,won,,,,,\n",
    )

    assert [(reason.column, reason.count) for reason in tried.reasons[:3]] == [
        ("lead", 4),
        ("created", 3),
        ("id", 2),
    ]
    assert len(tried.reasons) == 5
    assert tried.reasons[1].value == "soon"


def test_examples_do_not_say_who_somebody_is(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=MAPPING.replace("created_at: created", "created_at: mail"),
    )

    tried = desk.try_out(leads=LEADS + "L1,2024-04-01,,,taro@example.com,,\n")

    assert [reason.value for reason in tried.reasons] == ["(hidden)"]
