"""An import that is cut by lead stores and tells what one in memory does, in bounded memory."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.reporting.report import ImportReport
from features.store import Store
from features.store.schema import METADATA
from tests.features.importing.desk import GOOD, LEADS, MAPPING, Desk

TINY = 1e-5
"""Megabytes: a row or two in a slice."""

FEW = 10 * TINY
"""A handful of rows."""

TABLES = (
    *("lead", "person", "lead_external_id", "fact", "event"),
    *("outcome", "outcome_history", "hand_over"),
)

NUMBERS = """
format: 1
time_zone: UTC
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    facts:
      - {attribute: pages, column: pages, known_at: created}
      - {attribute: budget, column: budget, known_at: created}
      - {attribute: industry, column: industry, known_at: created}
"""
LOG = """
format: 1
time_zone: UTC
files:
  - match: people.csv
    lead_id: id
    lead: {created_at: made, merged_into: master}
  - match: log.csv
    lead_id: id
    events: [{behaviour: {column: what}, occurred_at: at, event_id: key, amount: minutes}]
  - match: log.csv
    lead_id: by
    when: {column: by, known: true}
    events: [{behaviour: sales_call, occurred_at: at, event_id: [key, by]}]
"""
DEALS = """
format: 1
time_zone: UTC
files:
  - match: people.csv
    joins: [{file: accounts.csv, as: account, key: id, on: account}]
    lead_id: who
    lead: {created_at: made}
    facts: [{attribute: industry, column: account.sector, known_at: created}]
  - match: deals.csv
    lead_id: who
    outcomes:
      - {stage: opportunity, occurred_at: opened, deal: deal}
      - {stage: {column: state, others: skip}, occurred_at: closed, value: yen, deal: deal}
    hand_overs: [{handed_over_at: opened}]
"""
PEOPLE = "".join(f"p{n},2024-04-{n + 1:02},{n % 4}.0\n" for n in range(20))
PEOPLE_OF_A_FORM = "".join(f"L{n},2024-04-01 09:00,,name,m{n}@x.example,IT,n/a\n" for n in range(9))
CASES = {
    "rows of every kind": (MAPPING, [GOOD]),
    "rejects, repetitions and a footer": (
        MAPPING,
        [
            {
                "leads": LEADS
                + PEOPLE_OF_A_FORM
                + "L1,2024-04-01 09:00,,name,m1@x.example,IT,n/a\nL2,2024-05-01,,,,,\nX1\n"
                + "L9,soon,,,,,12\n,2024-04-02,,,,,\n\n\nTotal,12,,,,,\n(c) somebody\n",
                "events": GOOD["events"] + "L9,2024-04-04,view,\nnobody,2024-04-04,view,\n",
            }
        ],
    ),
    "numbers that only the column tells": (
        NUMBERS,
        [
            {
                "leads": "id,created,pages,budget,industry\n"
                "a,2024-04-01,1.234,1.500,Web\nb,2024-04-01,12,2.000 EUR,web\n"
                'c,2024-04-01,"1.234,5",300,NULL\nd,2024-04-01,5%,"1,5",WEB\n'
            },
            {
                "leads": "id,created,pages,budget,industry\n"
                "1.0,2024-04-01,1.234,1.500,a\n2.0,2024-04-01,2,3,A\n3.0,2024-04-01,7,,null\n"
            },
        ],
    ),
    "keys that leads share": (
        LOG,
        [
            {
                "people": "id,made,master\n1,2024-04-01,\n2,2024-04-03,1\n3,2024-04-04,2\n"
                "0015000000abcDE,2024-04-01,\n8,2024-04-01,\n9,2024-04-01,\n",
                "log": "id,key,what,at,minutes,by\n"
                "3,k1,visit,2024-04-05,1,\n9,k1,visit,2024-04-05,1,8\n"
                "8,k2,webinar,2024-04-05,2.5,9\n1,k2,webinar,2024-04-05,2.5,\n"
                "8.0,k3,visit,2024-04-06,,1\n0015000000abcDEAAY,k4,visit,2024-04-06,,\n",
            },
            {
                "log": "id,key,what,at,minutes,by\n"
                "9.0,k5,visit,2024-04-09,,\n3,k6,visit,2024-04-09,,\n"
            },
        ],
    ),
    "deals of several leads, corrected later": (
        DEALS,
        [
            {
                "people": f"who,made,account\n{PEOPLE}",
                "accounts": "id,sector\n0,steel\n1,bank\n2,it\n",
                "deals": "deal,who,opened,state,closed,yen\n"
                "d1,p1,2024-05-01,won,2024-05-09,100\nd1,p15,2024-05-01,won,2024-05-09,100\n"
                "d2,p2,2024-05-03,lost,2024-05-04,\n",
            },
            {
                "deals": "deal,who,opened,state,closed,yen\n"
                "d1,p1,2024-05-01,won,2024-05-19,90\nd2,p9,2024-05-03,,,\nd3,p15,2024-06-01,,,\n"
            },
        ],
    ),
}


@pytest.mark.parametrize(
    "slice_mb", [pytest.param(TINY, id="tiny", marks=pytest.mark.long), pytest.param(FEW, id="few")]
)
@pytest.mark.parametrize("case", CASES)
def test_slices_give_the_same_tables_report_and_rejects(
    case: str, slice_mb: float, tmp_path: Path, every_kind: LeadDefinition
) -> None:
    mapping, imports = CASES[case]
    told = {}
    for name, megabytes in (("whole", 100.0), ("sliced", slice_mb)):
        folder = tmp_path / name
        folder.mkdir()
        desk = Desk(
            folder=folder,
            store=Store.open(f"sqlite:///{folder / 'store.db'}"),
            definition=every_kind,
            mapping=mapping,
            slice_mb=megabytes,
        )
        reports = [
            (_report(desk.try_out(**files)), _report(desk.bring_in(**files)), desk.rejects)
            for files in imports
        ]
        told[name] = (reports, _content(desk.store))
        desk.store.close()

    assert told["sliced"] == told["whole"]


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
def test_slices_can_be_imported_again(desk: Desk) -> None:
    sliced = replace(desk, slice_mb=TINY)

    first, again = sliced.bring_in(**GOOD), sliced.bring_in(**GOOD)

    assert {count.table: count.stored for count in first.tables} == {
        "lead": 2, "person": 1, "fact": 3, "event": 3, "outcome": 2, "hand_over": 1,
    }  # fmt: skip
    assert sum(count.stored for count in again.tables) == 0


def test_a_column_that_is_missing_is_told_before_anything_is_stored(desk: Desk) -> None:
    sliced = replace(desk, slice_mb=TINY)

    with pytest.raises(LeadDataError, match=r"events\.csv must have the columns 'minutes'"):
        sliced.bring_in(leads=GOOD["leads"], events="lead,at,what\nL1,2024-04-01 10:00,view\n")

    assert sliced.rows("lead") == []


REFUSES = {
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON lead WHEN NEW.lead_id = 'L2' "
    "BEGIN SELECT RAISE(ABORT, 'no L2'); END",
    "postgresql": "ALTER TABLE lead ADD CONSTRAINT \"no L2\" CHECK (lead_id <> 'L2')",
}

REFUSES_NO_MORE = {
    "sqlite": "DROP TRIGGER refuse",
    "postgresql": 'ALTER TABLE lead DROP CONSTRAINT "no L2"',
}


def test_an_import_that_breaks_in_a_later_slice_stores_nothing(desk: Desk) -> None:
    sliced = replace(desk, slice_mb=TINY)
    dialect = sliced.store.engine.dialect.name
    with sliced.store.engine.begin() as connection:
        connection.exec_driver_sql(REFUSES[dialect])

    try:
        with pytest.raises(Exception, match="no L2"):
            sliced.bring_in(**GOOD)
    finally:  # the server is that of all tests
        with sliced.store.engine.begin() as connection:
            connection.exec_driver_sql(REFUSES_NO_MORE[dialect])

    assert sliced.rows("lead") == []


MEASURED = '''
import json, sys
from pathlib import Path
import pyarrow as pa
from features.definition import TEMPLATE, read_definition
from features.importing.import_files import Importer
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store

folder, n_leads = Path(sys.argv[1]), int(sys.argv[2])
with (folder / "leads.csv").open("w") as file:
    file.write("id,created\\n" + "".join(f"L{n:07},2024-04-01\\n" for n in range(n_leads)))
with (folder / "log.csv").open("w") as file:
    file.write("id,lead,what,at,note\\n")
    for n in range(20 * n_leads):
        at = f"2024-05-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:00"
        file.write(f"E{n:08},L{n * 7919 % n_leads:07},page_visit,{at},something said\\n")
definition = read_definition(TEMPLATE)
mapping = """
format: 1
time_zone: UTC
files:
  - {match: leads.csv, lead_id: id, lead: {created_at: created}}
  - match: log.csv
    lead_id: lead
    events: [{behaviour: {column: what}, occurred_at: at, event_id: id}]
"""
importer = Importer(
    mapping=parse_mapping(mapping, "map.yaml", definition),
    definition=definition,
    slice_mb=int(sys.argv[3]),
)
store = Store.open(f"sqlite:///{folder / 'store.db'}")
report = importer.run(store, [folder / "leads.csv", folder / "log.csv"])
stored = {count.table: count.stored for count in report.tables}
print(json.dumps([stored["event"], pa.default_memory_pool().max_memory()]))
'''


@pytest.mark.long
def test_slices_need_less_memory_than_the_whole(tmp_path: Path) -> None:
    whole, sliced = (_measure(tmp_path / str(mb), mb) for mb in (1_000, 2))

    assert whole[0] == sliced[0] == 800_000
    assert sliced[1] < whole[1] / 2


def _measure(folder: Path, slice_mb: int) -> tuple[int, int]:
    """Events stored, and bytes that Arrow held at most, in a process of its own."""
    folder.mkdir()
    command = [sys.executable, "-c", MEASURED, str(folder), "40000", str(slice_mb)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    n_events, most = json.loads(told)
    return n_events, most


def _report(report: ImportReport) -> ImportReport:
    return replace(report, rejects_file=None, notes=tuple(sorted(report.notes)))


def _content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Rows of all tables; of what was taken back, that it was and not when."""
    content = {}
    with store.engine.connect() as connection:
        for table in TABLES:
            rows = connection.execute(select(METADATA.tables[table])).mappings()
            told = [
                tuple(value is None if name == "withdrawn_at" else value for name, value in cells)
                for cells in (row.items() for row in rows)
            ]
            content[table] = sorted(told, key=repr)
    return content
