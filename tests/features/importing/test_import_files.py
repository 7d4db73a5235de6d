"""Files through a mapping into a real store: what is stored, what is counted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.clock import from_second
from features.core.errors import LeadDataError
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.reporting.report import TableCount
from tests.features.importing.desk import DEALS, EVENTS, GOOD, LEADS, MAPPING, Desk


def test_what_files_say_is_stored(desk: Desk) -> None:
    report = desk.bring_in(**GOOD)

    assert desk.rejects == []
    assert report.tables == (
        TableCount(table="lead", read=2, stored=2, unchanged=0, rejected=0),
        TableCount(table="person", read=1, stored=1, unchanged=0, rejected=0),
        TableCount(table="fact", read=3, stored=3, unchanged=0, rejected=0),
        TableCount(table="event", read=3, stored=3, unchanged=0, rejected=0),
        TableCount(table="outcome", read=2, stored=2, unchanged=0, rejected=0),
        TableCount(table="hand_over", read=1, stored=1, unchanged=0, rejected=0),
    )
    leads = {row["lead_id"]: row for row in desk.rows("lead")}
    assert str(from_second(leads["L1"]["created_at"])) == "2024-04-01 00:00:00+00:00"
    assert not leads["L1"]["day_only"]
    assert str(from_second(leads["L2"]["created_at"])) == "2024-04-01 15:00:00+00:00"
    assert leads["L2"]["day_only"]


def test_facts_say_since_when_they_are_known_and_whether_anybody_knows(desk: Desk) -> None:
    desk.bring_in(**GOOD)

    facts = {row["attribute"]: row for row in desk.rows("fact")}

    assert {name: row["value"] for name, row in facts.items()} == {
        "industry": "it",
        "pages": "1200",
        "email_domain": "example.co.jp",
    }
    assert {name: row["honest"] for name, row in facts.items()} == {
        "industry": True,
        "pages": False,
        "email_domain": True,
    }
    created = {str(from_second(row["known_at"])) for row in facts.values()}
    assert created == {"2024-04-01 00:00:00+00:00"}


def test_an_event_of_a_day_counts_from_its_end(desk: Desk) -> None:
    desk.bring_in(**GOOD)

    webinar = next(row for row in desk.rows("event") if row["behaviour"] == "webinar")

    assert str(from_second(webinar["occurred_at"])) == "2024-04-02 15:00:00+00:00"
    assert str(from_second(webinar["known_at"])) == "2024-04-03 14:59:59+00:00"
    assert webinar["amount"] == 4.5
    assert webinar["actor"] == "lead"


def test_outcomes_carry_what_sales_said(desk: Desk) -> None:
    desk.bring_in(**GOOD)

    stages = {row["stage"]: row for row in desk.rows("outcome")}

    assert stages["accepted"]["reason"] == "need"
    assert stages["accepted"]["easy_to_act_on"] is True
    assert stages["lost"]["value"] == 1000.0


@pytest.mark.parametrize("times", [1, 2])
def test_importing_again_changes_nothing(desk: Desk, times: int) -> None:
    desk.bring_in(**GOOD)
    before = {name: desk.rows(name) for name in ("lead", "fact", "event", "outcome", "hand_over")}

    for _ in range(times):
        report = desk.bring_in(**GOOD)

    assert all(count.stored == 0 and count.unchanged == count.read for count in report.tables)
    assert {name: desk.rows(name) for name in before} == before


def test_a_corrected_value_is_stored(desk: Desk) -> None:
    desk.bring_in(**GOOD)

    report = desk.bring_in(leads=GOOD["leads"].replace("IT", "bank"))

    fact = next(count for count in report.tables if count.table == "fact")
    assert (fact.stored, fact.unchanged) == (1, 2)


def test_files_that_fit_no_entry_are_listed_and_skipped(small_desk: Desk) -> None:
    (small_desk.folder / "notes.txt").write_text("not a table at all")

    report = import_files(
        small_desk.store,
        [_written(small_desk, "leads_2024.csv", GOOD["leads"]), small_desk.folder / "notes.txt"],
        mapping=parse_mapping(MAPPING, "map.yaml", small_desk.definition),
        definition=small_desk.definition,
    )

    assert report.unmatched == ("notes.txt",)
    assert [file.file for file in report.files] == ["leads_2024.csv"]


def test_no_file_that_fits_is_an_error(small_desk: Desk) -> None:
    with pytest.raises(
        LeadDataError, match=r"named as the mapping says \(leads\*\.csv, .*got 1 oth"
    ):
        small_desk.bring_in(other="a\n1\n")


def test_a_file_without_a_column_of_the_mapping_is_refused_whole(small_desk: Desk) -> None:
    with pytest.raises(LeadDataError, match=r"events\.csv must have the columns 'what'; got lead,"):
        small_desk.bring_in(leads=GOOD["leads"], events="lead,at,minutes\n")

    assert small_desk.rows("lead") == []


def _written(desk: Desk, name: str, text: str) -> Path:
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    return path


JOINED = """
format: 1
time_zone: UTC
files:
  - match: deals.csv
    when: {column: test, not_in: ["1"]}
    joins:
      - {file: accounts.csv, as: account, key: name, on: {column: account, values: {ACME: Acme}}}
    lead_id: id
    lead: {created_at: created}
    facts: [{attribute: industry, column: account.sector, known_at: created}]
"""


def test_columns_of_another_file_are_joined_by_a_key(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=JOINED,
    )

    report = desk.bring_in(
        deals="id,created,account,test\n1,2024-01-01,ACME,\n2,2024-01-01,Nobody,\n"
        "3,2024-01-01,,\n4,2024-01-01,Acme,1\n",
        accounts="name,sector\nAcme,steel\n,none\n",
    )

    assert report.joined == ("accounts.csv",)
    assert report.files[0].skipped == 1
    assert [(row["lead_id"], row["value"]) for row in desk.rows("fact")] == [("1", "steel")]


def test_a_join_by_a_repeated_key_is_refused(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=JOINED,
    )

    with pytest.raises(LeadDataError, match="must be different in each row; got 1 repeated of 2"):
        desk.bring_in(
            deals="id,created,account,test\n1,2024-01-01,Acme,\n",
            accounts="name,sector\nAcme,steel\nAcme,bank\n",
        )


HISTORY = """
format: 1
time_zone: UTC
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
  - match: history.csv
    lead_id: id
    facts:
      - attribute: {column: field, values: {Branche: industry}, others: skip}
        column: value
        known_at: {column: at}
"""


def test_a_history_of_changes_becomes_facts_with_their_own_times(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=HISTORY,
    )

    desk.bring_in(
        leads="id,created\n1,2024-01-01T00:00:00Z\n",
        history="id,field,value,at\n1,Branche,steel,2024-01-02T00:00:00Z\n"
        "1,Branche,,2024-01-03T00:00:00Z\n1,Colour,red,2024-01-03T00:00:00Z\n"
        "1,pages,12,2024-01-04T00:00:00Z\n",
    )

    facts = [(row["attribute"], row["value"], row["known_at"]) for row in desk.rows("fact")]
    # 2024-01-02 is 19724 days after 1970-01-01. A blank takes the fact back.
    assert facts == [
        ("industry", "steel", 19_724 * 86_400),
        ("industry", None, 19_725 * 86_400),
        ("pages", "12", 19_726 * 86_400),
    ]


STATUS = """
format: 1
time_zone: UTC
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    events: [{behaviour: {column: last_touch}, occurred_at: touched}]
    outcomes: [{stage: {column: status, values: {Won: won}}, occurred_at: closed}]
    hand_overs: [{handed_over_at: closed, qualification: {column: qualification}}]
"""


@pytest.mark.parametrize("others", ["reject", "skip", "lost"])
def test_a_blank_status_is_open_whatever_other_words_mean(small_desk: Desk, others: str) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=STATUS.replace("{Won: won}", f"{{Won: won}}, others: {others}"),
    )

    report = desk.bring_in(
        leads="id,created,status,closed,last_touch,touched,qualification\n"
        "1,2024-01-01,Won,2024-02-01,visit,2024-01-05,SQL\n2,2024-01-01,,,,,\n"
        "3,2024-01-01,Dead,2024-02-01,,,\n"
    )

    stages = [(row["lead_id"], row["stage"]) for row in desk.rows("outcome")]
    assert stages == {"lost": [("1", "won"), ("3", "lost")]}.get(others, [("1", "won")])
    leads = [row["lead_id"] for row in desk.rows("lead")]
    assert leads == (["1", "2"] if others == "reject" else ["1", "2", "3"])
    assert report.rejected == (1 if others == "reject" else 0)
    assert len(desk.rows("event")) == len(desk.rows("hand_over")) == 1


def test_a_blank_may_be_listed_as_a_word(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=STATUS.replace("{Won: won}", '{Won: won, "": lost}'),
    )

    desk.bring_in(
        leads="id,created,status,closed,last_touch,touched,qualification\n"
        "1,2024-01-01,,2024-02-01,,,\n"
    )

    assert [row["stage"] for row in desk.rows("outcome")] == ["lost"]


def test_of_two_changes_in_one_second_the_later_row_holds(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=HISTORY,
    )

    report = desk.bring_in(
        leads="id,created\n1,2024-01-01T00:00:00Z\n",
        history="id,field,value,at\n1,Branche,steel,2024-01-02T00:00:00Z\n"
        "1,Branche,bank,2024-01-02T00:00:00Z\n1,Branche,bank,2024-01-02T00:00:00Z\n",
    )

    assert [row["value"] for row in desk.rows("fact")] == ["bank"]
    (facts,) = [count for count in report.tables if count.table == "fact"]
    assert (facts.read, facts.stored, facts.unchanged, facts.rejected) == (3, 1, 2, 0)


UNDATED = """
format: 1
undated: true
files:
  - match: leads.csv
    lead_id: id
    lead: {arrival: number}
    outcomes: [{stage: won, when: {column: converted, is_in: ["1"]}}]
    facts: [{attribute: industry, column: industry, known_at: created}]
"""


def test_a_data_set_without_dates_is_all_at_one_instant(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=UNDATED,
    )

    desk.bring_in(leads="id,number,converted,industry\na,7,1,steel\nb,8,0,\n")

    assert [(row["created_at"], row["arrival"]) for row in desk.rows("lead")] == [
        (0, 7.0),
        (0, 8.0),
    ]
    assert [(row["lead_id"], row["occurred_at"]) for row in desk.rows("outcome")] == [("a", 0)]
    assert [row["known_at"] for row in desk.rows("fact")] == [0]


def test_hand_overs_are_numbered_by_time_and_keep_their_numbers(desk: Desk) -> None:
    rows = "L1,accepted,2024-04-05,,,,2024-04-08\nL1,returned,2024-04-06,,,,2024-04-04\n"
    desk.bring_in(leads=GOOD["leads"], deals=DEALS + rows)
    before = desk.rows("hand_over")

    desk.bring_in(deals=DEALS + "L1,won,2024-04-07,,,,2024-04-12\n" + rows)

    cycles = [(row["cycle"], row["handed_over_at"]) for row in desk.rows("hand_over")]
    assert cycles[:2] == [(row["cycle"], row["handed_over_at"]) for row in before]
    assert [cycle for cycle, _ in cycles] == [1, 2, 3]
    assert [at for _, at in cycles] == sorted(at for _, at in cycles)


def test_an_event_id_with_other_content_is_rejected_and_its_repetition_is_not(
    small_desk: Desk,
) -> None:
    mapping = MAPPING.replace("        amount: minutes", "        event_id: minutes")
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )
    rows = "L1,2024-04-01,view,7\nL1,2024-04-01,view,7\nL1,2024-04-02,view,7\n"

    report = desk.bring_in(leads=GOOD["leads"], events=EVENTS + rows)

    events = next(count for count in report.tables if count.table == "event")
    assert (events.read, events.stored, events.unchanged, events.rejected) == (3, 1, 1, 1)
    assert [entry[1:4] for entry in desk.rejects] == [("4", "minutes", "7")]


def test_an_outcome_of_the_day_of_creation_follows_the_creation(small_desk: Desk) -> None:
    small_desk.bring_in(
        leads=LEADS + "L1,2024-04-01 09:00,,,,,\n", deals=DEALS + "L1,won,2024-04-01,,,,\n"
    )

    (outcome,), (lead,) = small_desk.rows("outcome"), small_desk.rows("lead")
    assert outcome["occurred_at"] == lead["created_at"]


def test_who_waits_is_told_how_far_it_is(small_desk: Desk) -> None:
    told: list[tuple[str, int, int]] = []

    import_files(
        small_desk.store,
        [_written(small_desk, "leads.csv", GOOD["leads"])],
        mapping=parse_mapping(MAPPING, "map.yaml", small_desk.definition),
        definition=small_desk.definition,
        on_step=lambda *step: told.append(step),
    )

    assert list(dict.fromkeys(step for step, _, _ in told)) == [
        "read files",
        "check rows",
        "store rows",
    ]
    ends = {step: (done, total) for step, done, total in told}
    assert all(done == total for done, total in ends.values())


NUMBERS = """
format: 1
time_zone: UTC
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    facts: [{attribute: pages, column: pages, known_at: created}]
    outcomes: [{stage: won, occurred_at: won, value: yen}]
"""


@pytest.mark.parametrize(
    ("decimal", "pages", "n_rejected"),
    [("", [None, "7"], 1), ('decimal: ","', ["1234", "7"], 0), ('decimal: "."', ["1.234", "7"], 0)],
)
def test_a_column_that_leaves_its_notation_open_is_asked_once(
    small_desk: Desk, decimal: str, pages: list[str | None], n_rejected: int
) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=NUMBERS.replace("time_zone: UTC", f"time_zone: UTC\n{decimal}"),
    )

    report = desk.bring_in(
        leads="id;created;pages;won;yen\n1;2024-01-01;1.234;2024-02-01;(500)\n"
        "2;2024-01-01;7;2024-02-01;1.234,50\n"
    )

    found = {row["lead_id"]: row["value"] for row in desk.rows("fact")}
    assert [found.get("1"), found["2"]] == pages
    assert [row["value"] for row in desk.rows("outcome")] == [-500, 1234.5]
    assert report.rejected == len(desk.rejects) == n_rejected
    assert all("decimal" in entry[4] for entry in desk.rejects)


def test_numbers_of_a_program_are_never_asked(small_desk: Desk) -> None:
    desk = Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=NUMBERS.replace("leads.csv", "leads.parquet"),
    )
    table = pa.table(
        {"id": ["1"], "created": ["2024-01-01"], "pages": [1.234], "won": [""], "yen": [2.5]}
    )
    pq.write_table(table, desk.folder / "leads.parquet")

    import_files(
        desk.store,
        [desk.folder / "leads.parquet"],
        mapping=parse_mapping(desk.mapping, "map.yaml", desk.definition),
        definition=desk.definition,
    )

    assert [row["value"] for row in desk.rows("fact")] == ["1.234"]


def test_words_for_nothing_are_proposed_as_blanks(small_desk: Desk) -> None:
    rows = "L1,2024-04-01,,,,NULL,\nL2,2024-04-01,,,,未設定,\nL3,2024-04-01,,,,bank,\n"

    report = small_desk.bring_in(leads=LEADS + rows)

    (note,) = report.notes
    assert note.startswith(
        "leads.csv: 2 values of 'industry' are NULL, 未設定; if they mean nothing"
    )


def test_spellings_that_are_read_as_one_category_are_told(small_desk: Desk) -> None:
    words = ("Web", "web", "ｗｅｂ")
    rows = "".join(f"L{i},2024-04-01,,,,{word},\n" for i, word in enumerate(words))

    report = small_desk.bring_in(leads=LEADS + rows)

    (note,) = (note for note in report.notes if "capitals" in note)
    assert note == (
        "leads.csv: values of 'industry' that differ in capitals alone are one (Web = web); say "
        "`keep_case: true` of industry in the lead definition if they are not"
    )
