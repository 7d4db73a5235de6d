"""Exports of CRMs, recognised by their headers and imported as proposed."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from features.core.errors import LeadDataError
from features.definition import TEMPLATE, LeadDefinition, read_definition
from features.importing.import_files import import_files
from features.importing.presets.kinds import canonical
from features.importing.presets.presets import other_exports
from features.importing.proposal.writing.propose_mapping import (
    MappingProposal,
    propose_mapping,
)
from features.importing.reporting.report import ImportReport
from features.store import Store
from serving.crm.registry import known_exports

KINDS = (*known_exports(), *other_exports())


@pytest.fixture(scope="module")
def definition() -> LeadDefinition:
    return read_definition(TEMPLATE)


@pytest.fixture
def sqlite(sqlite_url: str) -> Store:
    return Store.open(sqlite_url)


def _folder(tmp_path: Path, **files: str | bytes) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def _bring_in(
    store: Store, folder: Path, definition: LeadDefinition
) -> tuple[MappingProposal, ImportReport]:
    proposal = propose_mapping([folder], definition, exports=known_exports())
    report = import_files(
        store,
        [folder],
        mapping=proposal.mapping,
        definition=definition,
        rejects_file=folder.parent / "rejects.csv",
    )
    return proposal, report


def _rows(store: Store, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = getattr(store.read_tables(), table).to_pylist()
    return rows


def _facts(store: Store) -> dict[str, str]:
    return {row["attribute"]: row["value"] for row in _rows(store, "fact")}


SALESFORCE_REPORT = """リードレポート

リードID,姓,名,会社名,役職,メール,電話,リードソース,リード状況,作成日,取引開始済み,取引開始日,従業員数
00Q1,山田,太郎,㈱ヤマダ,部長,taro@yamada.example,03-1,Web,Working,2026/04/01 9:30,0,,１，２００
00Q2,佐藤,花子,佐藤商事,課長,hana@sato.example,03-2,紹介,Converted,2026/04/02,1,2026/05/01,50

合計,2,,,,,,,,,,,

Copyright (c) 2000-2026
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_japanese_salesforce_report_needs_no_mapping(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition, encoding: str
) -> None:
    folder = _folder(tmp_path, report=SALESFORCE_REPORT.encode(encoding))

    proposal, report = _bring_in(sqlite, folder, definition)

    assert [one.kind for one in proposal.presets] == ["Salesforce leads"]
    assert report.rejected == 0
    assert report.files[0].footer_rows == 2
    leads = {row["lead_id"]: row["day_only"] for row in _rows(sqlite, "lead")}
    assert leads == {"00Q1": False, "00Q2": True}
    first = {row["attribute"]: row["value"] for row in _rows(sqlite, "fact")[:6]}
    assert first["company_size"] == "１，２００"  # as written; read where features are made
    assert first["email_domain"] == "yamada.example"
    assert [(row["lead_id"], row["stage"]) for row in _rows(sqlite, "outcome")] == [
        ("00Q2", "accepted")
    ]


HUBSPOT_CONTACTS = (
    "Record ID,First Name,Last Name,Email,Job Title,Company Name,Create Date,Lifecycle Stage,"
    "Became a Marketing Qualified Lead Date,Became an Opportunity Date,Original Source,Email\n"
    "101,Ann,Lee,ann@a.example,CTO,A Inc.,2026-01-05 10:00,opportunity,2026-01-06 10:00,"
    "2026-02-01 10:00,Organic Search,ann2@a.example\n"
    "102,Bo,Kim,bo@b.example,,B Ltd.,2026-01-07 10:00,lead,,,Referrals,\n"
)


def test_hubspot_contacts_with_a_repeated_header(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    _, report = _bring_in(sqlite, _folder(tmp_path, contacts=HUBSPOT_CONTACTS), definition)

    assert report.rejected == 0
    assert [(row["lead_id"], row["stage"]) for row in _rows(sqlite, "outcome")] == [
        ("101", "opportunity")
    ]
    assert [(row["lead_id"], row["qualification"]) for row in _rows(sqlite, "hand_over")] == [
        ("101", "MQL")
    ]
    honest = {row["attribute"]: row["honest"] for row in _rows(sqlite, "fact")}
    # An export holds today's values: only the source never changes after creation.
    assert honest["channel"]
    assert not honest["job_title"]


def test_hubspot_tables_of_a_connector_are_joined(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    folder = _folder(
        tmp_path,
        contact="id,property_email,property_createdate,property_hs_merged_object_ids,is_deleted\n"
        "1,a@x.example,2026-01-01 00:00:00,,false\n2,b@x.example,2026-01-01 00:00:00,,true\n"
        "3,c@x.example,2026-01-01 00:00:00,,false\n4,c@x.example,2026-01-01 00:00:00,,false\n",
        form="timestamp,form_id,contact_id,conversion_id\n2026-01-02 00:00:00,9,1,77\n",
        history="contact_id,timestamp,name,value,source\n"
        "1,2026-01-03 00:00:00,jobtitle,CEO,CRM\n1,2026-01-04 00:00:00,hs_score,12,CRM\n",
        mail="id,created,type,recipient\nm1,2026-01-05 00:00:00,CLICK,a@x.example\n"
        "m2,2026-01-05 00:00:00,CLICK,c@x.example\nm3,2026-01-05 00:00:00,OPEN,a@x.example\n",
        engagement="contact_id,engagement_id,engagement_type\n1,50,CALL\n",
        call="engagement_id,property_hs_timestamp,type\n50,2026-01-06 00:00:00,CALL\n",
        deal_contact="contact_id,deal_id\n1,7\n3,8\n",
        deal="deal_id,property_dealname,property_createdate,property_closedate,property_amount,"
        "deal_pipeline_stage_id\n7,x,2026-02-01 00:00:00,2026-03-01 00:00:00,100,s1\n"
        "8,y,2026-02-01 00:00:00,2026-03-01 00:00:00,50,s2\n",
        stage="stage_id,closed_won,is_closed\ns1,TRUE,TRUE\ns2,FALSE,TRUE\n",
    )

    _, report = _bring_in(sqlite, folder, definition)

    assert report.rejected == 0
    assert report.unmatched == ()
    assert [row["lead_id"] for row in _rows(sqlite, "lead")] == ["1", "3", "4"]
    # The address that contacts 3 and 4 share tells nobody whose the click was.
    events = [(row["lead_id"], row["behaviour"], row["actor"]) for row in _rows(sqlite, "event")]
    assert events == [
        ("1", "inquiry", "lead"),
        ("1", "email_click", "lead"),
        ("1", "sales_call", "sales"),
    ]
    outcomes = [(row["lead_id"], row["stage"], row["value"]) for row in _rows(sqlite, "outcome")]
    assert outcomes == [
        ("1", "opportunity", 100.0),
        ("1", "won", 100.0),
        ("3", "lost", None),
        ("3", "opportunity", 50.0),
    ]
    assert _facts(sqlite)["job_title"] == "CEO"


def test_marketo_activities_are_told_apart_by_their_code(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    folder = _folder(
        tmp_path,
        lead="\ufeffid,created_at,updated_at,email,first_name\n"
        "5,2026-01-01 00:00:00,,e@x.example,E\n",
        activity="\ufeffactivity_date,activity_type_id,id,lead_id\n"
        "2026-01-02 00:00:00,11,1,5\n2026-01-02 00:00:00,7,2,5\n2026-01-02 00:00:00,2,3,5\n",
        change="activity_date,activity_type_id,id,lead_id,new_value,old_value,"
        "primary_attribute_value\n2026-01-03 00:00:00,13,4,5,Steel,,Industry\n",
    )

    _, report = _bring_in(sqlite, folder, definition)

    assert report.rejected == 0
    assert sorted(row["behaviour"] for row in _rows(sqlite, "event")) == ["email_click", "inquiry"]
    assert _facts(sqlite)["industry"] == "Steel"


def test_salesforce_tasks_of_leads_and_the_end_of_their_deals(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    folder = _folder(
        tmp_path,
        lead="id,created_date,last_name,company,is_converted,converted_date,"
        "converted_opportunity_id\n00Q1,2026-01-01 00:00:00,A,C,TRUE,2026-02-01 00:00:00,0061\n",
        opportunity="id,stage_name,close_date,amount,is_closed,is_won\n"
        "0061,Closed,2026-03-01 00:00:00,900,true,true\n",
        task="id,who_id,task_subtype,completed_date_time,is_deleted\n"
        "t1,00Q1,Call,2026-01-02 00:00:00,FALSE\nt2,0031,Call,2026-01-02 00:00:00,FALSE\n",
    )

    _, report = _bring_in(sqlite, folder, definition)

    assert report.rejected == 0
    assert [row["event_id"] for row in _rows(sqlite, "event")] == ["t1"]
    stages = {row["stage"]: row["value"] for row in _rows(sqlite, "outcome")}
    assert stages == {"accepted": None, "opportunity": None, "won": 900.0}


def test_zoho_leads_are_read_in_the_definitions_time_zone(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    text = (
        "リードID,姓,会社,メール,作成時刻,更新時刻\nz1,山田,ヤマダ,t@y.example,2026/04/01 09:00,\n"
    )

    proposal, _ = _bring_in(sqlite, _folder(tmp_path, zoho=text), definition)

    assert [one.kind for one in proposal.presets] == ["Zoho leads"]
    # 20544 days lie between 1970-01-01 and 2026-04-01; 9:00 in Tokyo is midnight in UTC.
    assert [row["created_at"] for row in _rows(sqlite, "lead")] == [20_544 * 86_400]


@pytest.mark.parametrize(
    ("written", "formats"),
    [
        (("46113", "46114.5"), "excel"),
        (("1775001600000", "1775001600001"), "epoch_milliseconds"),
        (("4/1/2026 9:05 AM", "12/31/2026 1:00 PM"), "%m/%d/%Y %I:%M %p"),
        (("31/12/2026", "1/4/2026"), "%d/%m/%Y"),
    ],
)
def test_ways_to_write_times_are_found_by_trying(
    tmp_path: Path, definition: LeadDefinition, written: tuple[str, str], formats: str
) -> None:
    rows = "".join(f"{at},a{at}@x.example,{text},lead\n" for at, text in enumerate(written))
    folder = _folder(tmp_path, contacts="Record ID,Email,Create Date,Lifecycle Stage\n" + rows)

    proposal = propose_mapping([folder], definition, exports=known_exports())

    lead = proposal.mapping.files[0].lead
    assert lead is not None
    assert lead.created_at is not None
    assert formats in lead.created_at.format


def _contacts(dates: list[str]) -> str:
    rows = "".join(f"{at},a{at}@x.example,{text},lead\n" for at, text in enumerate(dates))
    return "Record ID,Email,Create Date,Lifecycle Stage\n" + rows


def test_the_whole_column_decides_whether_days_come_first(
    tmp_path: Path, definition: LeadDefinition
) -> None:
    # Twelve days of January fill more rows than anybody samples; the thirteenth tells.
    dates = [f"{at % 12 + 1:02}/01/2026 {at // 60 % 24:02}:{at % 60:02}" for at in range(6_000)]
    folder = _folder(tmp_path, contacts=_contacts([*dates, "13/01/2026 09:00"]))

    lead = propose_mapping([folder], definition, exports=known_exports()).mapping.files[0].lead

    assert lead is not None
    assert lead.created_at is not None
    assert lead.created_at.format[0] == "%d/%m/%Y %H:%M"


def test_a_column_that_fits_both_orders_is_asked(
    tmp_path: Path, definition: LeadDefinition
) -> None:
    folder = _folder(tmp_path, contacts=_contacts(["01/02/2026", "03/04/2026"]))

    with pytest.raises(LeadDataError, match="day or month comes first; got 'Create Date', where"):
        propose_mapping([folder], definition, exports=known_exports())


def test_a_workbook_is_recognised_like_text(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    folder = _folder(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["レコードID", "Eメール", "作成日", "役職"])
    book.active.append([1, "a@x.example", 46113, "部長"])
    book.save(folder / "contacts.xlsx")

    _, report = _bring_in(sqlite, folder, definition)

    assert report.rejected == 0
    assert [row["created_at"] for row in _rows(sqlite, "lead")] == [20_544 * 86_400 - 9 * 3600]


def test_the_proposal_is_a_text_that_says_what_was_left_out(
    tmp_path: Path, definition: LeadDefinition
) -> None:
    folder = _folder(tmp_path, contacts=HUBSPOT_CONTACTS, notes="a,b\n1,2\n")

    proposal = propose_mapping([folder], definition, exports=known_exports())

    assert "# contacts.csv: HubSpot contacts, used" in proposal.text
    assert "# notes.csv: not recognised, not used" in proposal.text
    assert "Lifecycle Stage" in proposal.presets[0].left_out
    assert "&id" not in proposal.text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_recognised_by_headers_of_its_fields(kind: Any) -> None:
    headers = [names[-1] for names in kind.fields.values() if names] + list(kind.telling)

    best = max(
        (match for other in KINDS if (match := other.match(headers)) is not None),
        key=lambda match: match.strength,
    )

    assert best.kind.name == kind.name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Create Date", "createdate"), ("property_createdate", "CreateDate"), ("ＩＤ", "id"),
     ("リード 所有者", "リード所有者")],
)  # fmt: skip
def test_headers_are_compared_without_spelling(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


CONTACTS_OF_COMPANIES = """Record ID,Last Name,Email,Create Date,Associated Company ID,Industry,City
1,Sato,taro@aozora.example,2026-04-01 09:00,11,,Osaka
2,Lee,ann@blue.example,2026-04-01 10:00,12,,
3,Li,bo@blue.example,2026-04-01 11:00,,,
"""
HUBSPOT_COMPANIES = """Record ID,Company name,Company Domain Name,Industry,Number of Employees,City
11,青空工業,aozora.example,MACHINERY,120,Tokyo
12,Blue,blue.example,RETAIL,9,London
"""


def test_hubspot_companies_say_what_their_contacts_do_not(
    tmp_path: Path, sqlite: Store, definition: LeadDefinition
) -> None:
    folder = _folder(tmp_path, contacts=CONTACTS_OF_COMPANIES, companies=HUBSPOT_COMPANIES)

    proposal, _ = _bring_in(sqlite, folder, definition)

    assert {(one.kind, one.entry is not None, one.joined) for one in proposal.presets} == {
        ("HubSpot contacts", True, False),
        ("HubSpot companies", False, True),
    }
    told = {
        (r["lead_id"], r["attribute"]): (r["value"], r["honest"]) for r in _rows(sqlite, "fact")
    }
    assert told["1", "industry"] == ("MACHINERY", False)
    assert told["2", "company_size"] == ("9", False)
    assert ("3", "industry") not in told
    assert told["1", "account_id"] == ("11", False)
