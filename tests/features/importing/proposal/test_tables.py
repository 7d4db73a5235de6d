"""Tables that hang together by their values, as people export them."""

from pathlib import Path

import openpyxl
import pytest

from features.core.errors import LeadDataError
from features.core.parsing.record_ids import long_id
from features.importing.import_files import import_files
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.whats_new import whats_new
from features.importing.proposal.writing.propose import propose
from features.store import Store

N = 120


def day(at: int, month: int = 1) -> str:
    return f"2026-{month:02d}-{at % 28 + 1:02d}"


def write(folder: Path, **tables: tuple[str, list[str]]) -> Understanding:
    for name, (header, rows) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return understand(list(read_raw([folder]).files))


def stored(found: Understanding, folder: Path) -> dict[str, int]:
    """Rows that an import of the proposal stores, by table; none may be rejected."""
    proposal = propose(found)
    store = Store.open(f"sqlite:///{folder / 'store.db'}")
    paths = sorted(folder.glob("*.csv"))
    report = import_files(store, paths, mapping=proposal.mapping, definition=proposal.definition)
    names = ("lead", "event", "outcome", "fact")
    rows = {name: store.read_table(name).num_rows for name in names}
    store.close()
    assert report.rejected == 0
    return rows


DEALS = [
    f"{at},{at % 40 + 1},{at % 6 + 1},{day(at)},{('Won', 'Lost', 'Open')[at % 3]},{day(at, 3)}"
    for at in range(1, N + 1)
]
DEALS_HEADER = "opportunity_id,customer_id,product_id,created_date,stage,close_date"


def test_small_numbers_that_meet_by_chance_are_no_link(tmp_path: Path) -> None:
    products = [f"{at},Product {at},{('A', 'B')[at % 2]}" for at in range(1, 7)]
    regions = [f"{at},{('North', 'South')[at % 2]}" for at in range(1, 9)]

    found = write(
        tmp_path,
        opportunities=(DEALS_HEADER, DEALS),
        products=("product_id,product_name,category", products),
        regions=("region_id,name", regions),
    )

    assert found.tables.leads.name == "opportunities.csv"
    assert found.tables.linked == ()
    assert [(k.file.name, k.column.header) for k in found.tables.looked_up] == [
        ("products.csv", "product_id")
    ]
    assert [file.name for file in found.tables.unused] == ["regions.csv"]


@pytest.mark.parametrize(("step", "linked"), [(1, []), (2, ["groups.csv"])])
def test_a_column_called_id_that_counts_its_own_rows_is_no_link(
    step: int, linked: list[str], tmp_path: Path
) -> None:
    users = [f"{at},u{at}@x.example,{day(at)}" for at in range(1000, 1000 + N)]
    groups = [f"{at},Group {at},{day(at)}" for at in range(1000, 1000 + N // 2, step)]

    found = write(
        tmp_path, users=("id,email,created_at", users), groups=("id,name,created_at", groups)
    )

    assert [link.file.name for link in found.tables.linked] == linked


def test_the_number_of_a_customer_is_no_result(tmp_path: Path) -> None:
    found = write(tmp_path, opportunities=(DEALS_HEADER, DEALS))

    roles = {c.header: c.role for c in found.columns}

    assert roles["customer_id"] == ColumnRole.ACCOUNT


@pytest.mark.parametrize(("month", "leads"), [(1, "customers.csv"), (6, "opportunities.csv")])
def test_who_came_after_their_deals_are_not_the_leads(
    month: int, leads: str, tmp_path: Path
) -> None:
    customers = [f"{at},Name {at},u{at}@x.example,{day(at, month)}" for at in range(1, 41)]
    deals = [row.replace("2026-01", "2026-02") for row in DEALS]

    found = write(
        tmp_path,
        customers=("customer_id,customer_name,email,created_at", customers),
        opportunities=(DEALS_HEADER, deals),
    )

    assert found.tables.leads.name == leads


USERS = [f"{at},{day(at)},{('Rome', 'Bonn')[at % 2]}" for at in range(1, 200)]
REQUESTS = [
    f"{at},{at + 50},{day(at, 2)},{('new', 'converted', 'lost')[at % 3]}" for at in range(1, N + 1)
]
LESSONS = [
    f"{at},{at % 40 + 51},{day(at, 3)},{('webinar', 'download')[at % 2]}" for at in range(1, 161)
]


def test_events_of_the_person_behind_a_lead_are_the_leads(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        users=("user_id,registration_date,city", USERS),
        leads=("lead_id,user_id,lead_date,lead_status", REQUESTS),
        lessons=("lesson_id,user_id,lesson_date,lesson_type", LESSONS),
    )

    rows = stored(found, tmp_path)

    (link,) = found.tables.linked
    assert found.tables.leads.name == "leads.csv"
    assert (link.file.name, link.key.header) == ("lessons.csv", "user_id")
    assert [k.file.name for k in found.tables.looked_up] == ["users.csv"]
    assert int(found.won.sum()) == N // 3
    assert rows["lead"] == N
    assert rows["event"] == 160


def test_deals_are_met_by_an_address(tmp_path: Path) -> None:
    people = [f"{at},u{at}@x.example,{day(at)}" for at in range(1000, 1000 + N)]
    deals = [
        f"{day(at, 4)},{at * 100},{('Won', 'Lost')[at % 2]},u{at}@x.example"
        for at in range(1000, 1000 + N, 3)
    ]

    found = write(
        tmp_path,
        users=("id,email,created_at", people),
        deals=("close_date,amount,deal_stage,email", deals),
    )
    rows = stored(found, tmp_path)
    times = propose(found).times

    assert [(o.stage, o.column, o.time) for o in found.outcomes] == [
        ("won", "deal_stage", "close_date")
    ]
    assert int(found.won.sum()) == 20
    assert int(times.reached.notna().sum()) == 20
    assert rows["outcome"] == 40


def test_a_result_without_a_day_in_a_table_beside_the_leads_is_imported(tmp_path: Path) -> None:
    leads = [f"L{at:03d},{day(at)},{('web', 'fair')[at % 2]}" for at in range(N)]
    enrolled = [f"L{at:03d},{('Yes', 'No')[at % 2]},{at * 10}" for at in range(0, N, 3)]

    found = write(
        tmp_path,
        leads=("Lead_ID,Date_Lead,Source", leads),
        enrollment=("Lead_ID,Enrolled,Fee", enrolled),
    )

    assert found.outcomes[0].column == "Enrolled"
    assert stored(found, tmp_path)["outcome"] == N // 6


def test_what_is_told_by_the_leads_own_number_is_theirs(tmp_path: Path) -> None:
    leads = [f"L{at:03d},{day(at)},{('web', 'fair')[at % 2]}" for at in range(N)]
    results = [f"L{at:03d},{('won', 'lost', 'open')[at % 3]}" for at in range(N)]

    found = write(
        tmp_path,
        leads=("Lead ID,Created,Source", leads),
        results=("Lead ID,Stage", results),
    )

    assert [link.file.name for link in found.tables.linked] == ["results.csv"]
    assert (found.outcomes[0].file, int(found.won.sum())) == ("results.csv", N // 3)


def test_leads_without_a_number_are_refused(tmp_path: Path) -> None:
    rows = [
        f"{20 + at % 50},{('web', 'fair')[at % 2]},{('yes', 'no')[at % 3 > 0]}" for at in range(N)
    ]

    with pytest.raises(LeadDataError, match="whose value differs from row to row; got none: 'age'"):
        write(tmp_path, people=("age,source,y", rows))


@pytest.mark.parametrize("header", ["y", "target", "buy", "Enrolled", "subscribed"])
def test_a_yes_or_no_that_is_learned_from_is_the_outcome(header: str, tmp_path: Path) -> None:
    rows = [f"L{at},{day(at)},{('web', 'fair')[at % 2]},{int(at % 3 == 0)}" for at in range(N)]

    found = write(tmp_path, leads=(f"id,created_at,source,{header}", rows))

    assert [(o.stage, o.column) for o in found.outcomes] == [("won", header)]


def test_numbers_of_many_values_that_tell_the_outcome_are_suspects(tmp_path: Path) -> None:
    rows = [
        f"L{at},{day(at)},{('web', 'fair')[at % 2]},{at * 3 + (900 if at % 3 == 0 else 0)},"
        f"{at * 7 % 400},{int(at % 3 == 0)}"
        for at in range(300)
    ]

    found = write(tmp_path, leads=("id,created_at,source,minutes,pages,Converted", rows))

    roles = {c.header: c.role for c in found.columns}
    assert roles["minutes"] == ColumnRole.LEAK
    assert roles["pages"] == ColumnRole.ATTRIBUTE


def test_months_with_their_year_across_the_top_are_a_pivot_table(tmp_path: Path) -> None:
    rows = [f"{channel},1,2,3" for channel in ("web", "fair", "mail")]

    with pytest.raises(LeadDataError, match="got a pivot table with 3 periods"):
        write(tmp_path, opportunities=("Channel,Jan-20,Feb-20,Mar-20", rows))


def test_a_day_that_is_not_stored_does_not_date_the_results(tmp_path: Path) -> None:
    rows = [f"L{at},{day(at)},2026-09-01,{int(at % 3 == 0)}" for at in range(N)]

    found = write(tmp_path, leads=("id,created_at,updated_at,Converted", rows))
    proposal = propose(found)

    assert "observed_at: 2026-01-28" in proposal.mapping_text


def _leads_of(numbers: range, won: int = 3) -> str:
    rows = (
        f"L-{n:04},2026-{n // 60 % 6 + 1:02}-{n % 28 + 1:02},{('web', 'event')[n % 2]},"
        f"{'2026-07-01' if n % won == 0 else ''}\n"
        for n in numbers
    )
    return "Lead ID,Created,Channel,Won Date\n" + "".join(rows)


def test_months_of_one_export_are_one_table(tmp_path: Path) -> None:
    for month in range(3):
        text = _leads_of(range(month * 60, month * 60 + 60))
        (tmp_path / f"leads_2026-0{month + 1}.csv").write_text(text, encoding="utf-8")

    proposal = propose(understand(list(read_raw([tmp_path]).files)))

    (entry,) = proposal.mapping.files
    assert entry.match == ("leads_*.csv",)
    assert proposal.understanding.tables.leads.n_rows == 180
    assert proposal.understanding.outcomes[0].column == "Won Date"


def test_of_exports_that_repeat_each_other_the_longest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "alpha.csv").write_text(_leads_of(range(60)), encoding="utf-8")
    (tmp_path / "beta.csv").write_text(_leads_of(range(90)), encoding="utf-8")

    proposal = propose(understand(list(read_raw([tmp_path]).files)))

    assert proposal.understanding.tables.leads.n_rows == 90
    assert proposal.mapping.files[0].match == ("alpha.csv", "beta.csv")


def test_a_text_that_is_no_table_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(_leads_of(range(60)), encoding="utf-8")
    prose = "Terms, as agreed\n" + "You may use it.\nUnder, and, only under, these terms.\n" * 9
    (tmp_path / "LICENSE.txt").write_text(prose, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("Notes\nask Ann\nask Bob\n", encoding="utf-8")

    raw = read_raw([tmp_path])

    assert [file.name for file in raw.files] == ["leads.csv"]
    assert [fault.split(" must")[0] for fault in raw.faults] == ["LICENSE.txt", "notes.txt"]


def test_numbers_that_a_spreadsheet_rounded_are_refused_by_name(tmp_path: Path) -> None:
    rows = "".join(f"1.2{n:04}E+17,2026-01-{n % 28 + 1:02},{n % 2}\n" for n in range(60))
    (tmp_path / "leads.csv").write_text("Lead ID,Created,Converted\n" + rows, encoding="utf-8")

    with pytest.raises(LeadDataError, match=r"'Lead ID' in leads\.csv must be the whole key, not"):
        understand(list(read_raw([tmp_path]).files))


@pytest.mark.parametrize(
    ("own", "other"),
    [("7{:03}", "7{:03}.0"), ("00Q5g0000{:03}CdEEAV", "00Q5g0000{:03}CdE")],
)
def test_a_key_in_another_form_is_the_same_key(own: str, other: str, tmp_path: Path) -> None:
    leads = "".join(
        f"{long_of(own.format(n))},2026-01-{n % 28 + 1:02},web\n" for n in range(100, 160)
    )
    (tmp_path / "leads.csv").write_text("Lead ID,Created,Channel\n" + leads, encoding="utf-8")
    deals = "".join(f"{other.format(n)},won,2026-03-{n % 28 + 1:02}\n" for n in range(100, 130))
    (tmp_path / "deals.csv").write_text("Lead ID,Stage,Close Date\n" + deals, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    (link,) = found.tables.linked
    assert (link.file.name, link.found) == ("deals.csv", 1.0)
    assert int(found.won.sum()) == 30


def long_of(text: str) -> str | None:
    """An id as the CRM gives it in full; numbers are full as they are."""
    return text if text.isdigit() else long_id(text[:15])


def test_records_whose_tables_are_written_out_are_refused_by_name(tmp_path: Path) -> None:
    rows = [
        f"{'*' if at % 3 == 0 else ''},{1_000 + at // 3},{day(at // 3)},{('電話', '訪問')[at % 2]}"
        for at in range(3 * N)
    ]

    with pytest.raises(LeadDataError, match="360 rows of 120 records: 'レコードの開始行' marks"):
        write(tmp_path, records=("レコードの開始行,レコード番号,作成日,対応種別", rows))


def test_a_star_that_marks_something_else_is_a_column_like_others(tmp_path: Path) -> None:
    rows = [f"{at},{day(at)},{'*' if at % 5 == 0 else ''},{at % 7}" for at in range(1, N + 1)]

    found = write(tmp_path, leads=("lead_id,created_at,starred,employees", rows))

    assert found.tables.key.header == "lead_id"


def test_what_leads_became_is_looked_up_as_an_outcome_and_never_as_an_attribute(
    tmp_path: Path,
) -> None:
    leads = [
        f"00Q{at:04},{day(at)},{('Web', 'Fair')[at % 2]},"
        + (f"{day(at, 2)},006Q{at:04}" if at % 3 == 0 else ",")
        for at in range(N)
    ]
    deals = [
        f"006Q{at:04},{('Closed Won', 'Closed Lost')[at % 2]},{day(at, 4)},{day(at, 3)},{at * 9}"
        for at in range(0, N, 3)
    ]

    found = write(
        tmp_path,
        leads=("Lead ID,Create Date,Lead Source,Converted Date,Converted Opportunity ID", leads),
        opportunities=("Opportunity ID,Stage,Close Date,Created Date,Amount", deals),
    )

    assert found.tables.looked_up == ()
    assert [(o.stage, o.file, o.time) for o in found.outcomes] == [
        ("opportunity", "opportunities.csv", "Created Date"),
        ("won", "opportunities.csv", "Close Date"),
    ]
    assert [c.header for c in found.of(ColumnRole.ATTRIBUTE)] == ["Lead Source"]
    assert stored(found, tmp_path)["outcome"] == 40 + 40


def test_leads_are_the_people_whose_addresses_the_other_tables_name(tmp_path: Path) -> None:
    cards = [f"{70_000 + at},佐藤,課長,k{at}@x.example,{day(at)}" for at in range(N)]
    deals = [
        f"{at},k{at * 3}@x.example,{('受注', '失注')[at % 2]},{day(at, 3)},{day(at, 2)}"
        for at in range(N // 3)
    ]
    log = [f"{day(at, 2)},k{at % N}@x.example,{('閲覧', '開封')[at % 2]}" for at in range(2 * N)]

    found = write(
        tmp_path,
        案件管理=("レコード番号,メールアドレス,商談ステータス,完了日,作成日時", deals),
        名刺=("名刺ID,姓,役職,e-mail,名刺交換日", cards),
        アクセス=("日時,メール,アクション", log),
    )

    assert found.tables.leads.name == "名刺.csv"
    assert found.tables.unused == ()
    assert stored(found, tmp_path)["event"] == 2 * N


def test_the_ids_of_contacts_lead_from_deals_to_them(tmp_path: Path) -> None:
    contacts = [f"{51_000 + at},{day(at)},{('Web', 'Fair')[at % 2]}" for at in range(N)]
    deals = [
        f"{9_000 + at},{('Won', 'Lost')[at % 2]},{day(at, 3)},{51_000 + at}" for at in range(40)
    ]

    found = write(
        tmp_path,
        contacts=("Record ID,Create Date,Original Source", contacts),
        deals=("Record ID,Deal Stage,Close Date,Associated Contact IDs", deals),
    )

    (link,) = found.tables.linked
    assert link.column.header == "Associated Contact IDs"


def test_every_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    sheets = {
        "リード": [("リードNo", "登録日", "流入元", "製品No")]
        + [(f"L{n:03}", day(n), ("Web", "展示会")[n % 2], f"P{n % 3}") for n in range(N)],
        "商談": [("商談No", "リードNo", "商談作成日", "受注日")]
        + [(f"D{n:03}", f"L{n:03}", day(n, 2), day(n, 3) if n % 2 else None) for n in range(40)],
        "活動": [("活動日", "リードNo", "活動種別")]
        + [(day(n, 2), f"L{n % N:03}", ("資料請求", "電話")[n % 2]) for n in range(2 * N)],
        "製品": [("製品No", "製品種類")] + [(f"P{n}", ("機器", "保守")[n % 2]) for n in range(3)],
        "集計": [("月", "2026-01", "2026-02", "2026-03"), ("Web", 1, 2, 3), ("展示会", 2, 3, 4)],
    }
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "営業.xlsx")

    raw = read_raw([tmp_path])
    found = understand(list(raw.files))
    proposal = propose(found)

    assert [file.called for file in raw.files] == ["リード", "商談", "活動", "製品"]
    assert raw.faults[0].startswith("営業.xlsx (集計) must hold one row")
    assert found.tables.leads.called == "リード"
    assert [o.stage for o in found.outcomes] == ["opportunity", "won"]
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    report = import_files(
        store, [tmp_path / "営業.xlsx"], mapping=proposal.mapping, definition=proposal.definition
    )
    rows = {name: store.read_table(name).num_rows for name in ("lead", "outcome", "event")}
    known = set(store.read_table("fact").column("value").to_pylist())
    store.close()
    assert report.rejected == 0
    assert rows == {"lead": N, "outcome": 60, "event": 2 * N}
    assert known >= {"機器", "保守"}
    assert whats_new(raw.files, proposal.mapping, proposal.mapping_text) == ()
