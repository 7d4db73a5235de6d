"""Keys as spreadsheets, reports and Macs write them: one lead stays one."""

import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest

from features.core.clock import from_second
from features.core.parsing.record_ids import long_id
from features.importing.import_files import import_files
from features.importing.mapping.keys import MUST_BE_WHOLE, MUST_FIT_CHECKSUM, read_keys
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.reporting.report import ImportReport
from features.importing.validate import MUST_BE_ONE_LIFE
from tests.features.importing.desk import Desk

MAPPING = """
format: 1
time_zone: UTC
files:
  - match: leads*.csv
    lead_id: ID
    lead: {created_at: created}
  - match: acts*.csv
    lead_id: ID
    events: [{behaviour: {column: what}, occurred_at: at}]
"""
RECREATED = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    lead_id: id
    lead: {created_at: created}
    outcomes: [{stage: won, occurred_at: won_at}]
"""
LEADS, ACTS = "ID,created\n", "ID,what,at\n"
SHORT = "00Q5g00000AbCdE"
LONG = "00Q5g00000AbCdEEAV"


def _desk(small_desk: Desk, mapping: str = MAPPING) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )


def _leads(desk: Desk) -> list[str]:
    return [row["lead_id"] for row in desk.rows("lead")]


def _adds_up(report: ImportReport) -> bool:
    return all(
        count.read == count.stored + count.unchanged + count.rejected for count in report.tables
    )


@pytest.mark.parametrize(
    ("short", "long"),
    [
        # By hand: of five characters each, the first counts 1, the second 2, up to 16.
        ("001000000000000", "001000000000000AAA"),
        ("00Q000000000000", "00Q000000000000EAA"),
        ("0015000000abcDE", "0015000000abcDEAAY"),
        (SHORT, LONG),
    ],
)
def test_the_last_three_characters_tell_capitals(short: str, long: str) -> None:
    assert long_id(short) == long_id(long) == long


def test_a_long_id_whose_capitals_were_lost_does_not_fit() -> None:
    assert long_id(LONG.lower()) is None


def test_keys_that_a_program_made_floats_are_matched_and_said(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        leads=LEADS + "7001,2026-04-01\n7002,2026-04-02\n",
        acts=ACTS + "7001.0,visit,2026-04-05\n7002.0,visit,2026-04-06\n",
    )

    assert [row["lead_id"] for row in desk.rows("event")] == ["7001", "7002"]
    assert report.notes == ("acts.csv: 2 keys of 'ID' end in .0 and were read without it",)
    assert _adds_up(report)


def test_some_floats_among_words_go_to_the_leads_they_mean(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        leads=LEADS + "7001,2026-04-01\nA-1,2026-04-02\n",
        acts=ACTS + "7001.0,visit,2026-04-05\nA-1,visit,2026-04-06\n9.0,visit,2026-04-06\n",
    )

    assert [row["lead_id"] for row in desk.rows("event")] == ["7001", "A-1"]
    assert [entry[3] for entry in desk.rejects] == ["9.0"]
    assert "1 keys of 'ID' end in .0" in report.notes[0]


@pytest.mark.parametrize("first", [SHORT, LONG])
@pytest.mark.parametrize("second", [SHORT, LONG])
def test_both_lengths_of_a_salesforce_id_are_one_lead(
    small_desk: Desk, first: str, second: str
) -> None:
    desk = _desk(small_desk)

    desk.bring_in(leads=LEADS + f"{first},2026-04-01\n")
    report = desk.bring_in(
        leads=LEADS + f"{second},2026-04-01\n", acts=ACTS + f"{second},visit,2026-04-05\n"
    )

    assert _leads(desk) == [LONG]
    assert [row["lead_id"] for row in desk.rows("event")] == [LONG]
    assert report.rejected == 0


def test_a_lead_that_was_stored_by_its_short_id_keeps_it(small_desk: Desk) -> None:
    desk = _desk(small_desk)
    with desk.store.writing() as write:
        write(
            "lead",
            pa.table({"lead_id": [SHORT], "created_at": [1_775_000_000], "day_only": [False]}),
        )

    desk.bring_in(leads=LEADS + f"{LONG},2026-04-01\n")

    assert _leads(desk) == [SHORT]


@pytest.mark.parametrize(
    "key", ["abcdefghijklmno", "123456789012345", "001234567890123", "00Qx", "LEAD-00Q5g0000"]
)
def test_keys_of_others_stay_as_they_are(key: str) -> None:
    assert read_keys(pa.array([key])).text.to_pylist() == [key]


def test_rounded_keys_are_rejected_by_name(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        leads=LEADS
        + "1.23457E+17,2026-04-01\n1.23457E+17,2026-04-02\n12345678901234567,2026-04-01\n"
    )

    assert _leads(desk) == ["12345678901234567"]
    assert [entry[3:5] for entry in desk.rejects] == [("1.23457E+17", MUST_BE_WHOLE)] * 2
    assert _adds_up(report)


def test_an_id_without_its_capitals_is_rejected_by_name(small_desk: Desk) -> None:
    desk = _desk(small_desk)
    lost = "00Q" + LONG[3:].lower()

    desk.bring_in(leads=LEADS + f"{lost},2026-04-01\n")

    assert [entry[3:5] for entry in desk.rejects] == [(lost, MUST_FIT_CHECKSUM)]


def test_what_a_mac_writes_apart_is_one_word(small_desk: Desk) -> None:
    mapping = MAPPING.replace("leads*.csv", "リードデータ*.csv").replace(
        "created_at: created", "created_at: 作成日(データ)"
    )
    desk = _desk(small_desk, mapping)
    apart = unicodedata.normalize("NFD", "リードデータ.csv")
    path = desk.folder / apart
    text = "ID,作成日(データ)\nガ1,2026-04-01\n"
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")

    _import(desk, path)

    assert _leads(desk) == ["ガ1"]


def _import(desk: Desk, path: Path) -> ImportReport:
    return import_files(
        desk.store,
        [path],
        mapping=parse_mapping(desk.mapping, "map.yaml", desk.definition),
        definition=desk.definition,
    )


JOINED = """
format: 1
time_zone: UTC
files:
  - match: leads.csv
    joins: [{file: accounts.csv, as: account, key: id, on: account}]
    lead_id: ID
    lead: {created_at: created}
    facts: [{attribute: industry, column: account.sector, known_at: created}]
"""


def test_every_join_says_how_well_it_matched(small_desk: Desk) -> None:
    desk = _desk(small_desk, JOINED)

    report = desk.bring_in(
        leads="ID,created,account\n1,2026-04-01,7.0\n2,2026-04-01,8.0\n3,2026-04-01,\n",
        accounts="id,sector\n7,steel\n9,bank\n",
    )

    assert [row["value"] for row in desk.rows("fact")] == ["steel"]
    assert report.notes == ("accounts.csv joined by 'id': 1 of 2 keys in 'account' found",)


def test_a_key_that_a_second_record_took_is_refused(small_desk: Desk) -> None:
    won = "id,created,won_at\n"
    desk = _desk(small_desk, RECREATED)
    desk.bring_in(leads=won + "1,2024-04-01 10:00,2024-04-20 10:00\n2,2024-04-01 10:00,\n")

    desk.bring_in(leads2=won + "1,2024-06-01 10:00,\n2,2024-06-01 10:00,\n")

    assert [row[3:] for row in desk.rejects] == [("2024-06-01 10:00", MUST_BE_ONE_LIFE)]
    # Nothing of the first record changed; a lead without outcomes may have its date corrected.
    created = {row["lead_id"]: str(from_second(row["created_at"])) for row in desk.rows("lead")}
    assert created == {"1": "2024-04-01 01:00:00+00:00", "2": "2024-06-01 01:00:00+00:00"}


MERGED = """
format: 1
time_zone: UTC
files:
  - match: people*.csv
    lead_id: id
    lead: {created_at: made, merged_into: master}
    facts:
      - {attribute: industry, column: industry, known_at: created}
  - match: log.csv
    lead_id: id
    events:
      - {behaviour: webinar, occurred_at: at}
"""


def test_what_is_said_of_merged_records_goes_to_the_lead_that_stays(small_desk: Desk) -> None:
    desk = _mapped(small_desk, MERGED)

    report = desk.bring_in(
        people="id,made,master,industry\n1,2024-04-01,,it\n2,2024-04-03,1,retail\n3,2024-04-04,2,it\n",
        log="id,at\n3,2024-04-05 10:00\n1,2024-04-06 10:00\n",
    )

    assert [row["lead_id"] for row in desk.rows("lead")] == ["1"]
    assert [row["lead_id"] for row in desk.rows("event")] == ["1", "1"]
    assert report.merged == (("2", "1"), ("3", "1"))
    assert (report.rejected, report.files[0].skipped) == (0, 2)
    assert any("2 records were merged into others" in note for note in report.notes)


@pytest.mark.parametrize(
    "masters", [("2", "1"), ("", "9")], ids=["in a circle", "into one nobody knows"]
)
def test_a_merge_that_leads_nowhere_leaves_its_records(
    small_desk: Desk, masters: tuple[str, str]
) -> None:
    desk = _mapped(small_desk, MERGED)

    desk.bring_in(
        people=f"id,made,master,industry\n1,2024-04-01,{masters[0]},it\n2,2024-04-03,{masters[1]},it\n"
    )

    assert [row["lead_id"] for row in desk.rows("lead")] == ["1", "2"]


def _mapped(desk: Desk, mapping: str) -> Desk:
    return Desk(folder=desk.folder, store=desk.store, definition=desk.definition, mapping=mapping)
