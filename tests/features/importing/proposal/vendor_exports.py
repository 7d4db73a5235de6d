"""Exports of systems without a connector, made up: their headers and what each column is.

A column is one word of :data:`VALUES`, which says what its cells hold and what role it has.
"""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

N_LEADS = 300
BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)

ROLES = {
    "id": ("id", ""),
    "created": ("created", ""),
    "updated": ("left out", ""),
    "checksum": ("left out", ""),
    "visitor": ("left out", ""),
    "email": ("personal data", "email"),
    "phone": ("personal data", "phone"),
    "last": ("personal data", "name"),
    "first": ("personal data", "name"),
    "kana": ("personal data", "name_kana"),
    "name": ("personal data", "name"),
    "company": ("personal data", "company"),
    "address": ("personal data", "address"),
    "job_title": ("attribute", "job_title"),
    "department": ("attribute", "department"),
    "industry": ("attribute", "industry"),
    "company_size": ("attribute", "company_size"),
    "annual_revenue": ("attribute", "annual_revenue"),
    "purchase_timing": ("attribute", "purchase_timing"),
    "budget": ("attribute", "budget"),
    "decision_maker": ("attribute", "decision_maker"),
    "country": ("attribute", "country"),
    "city": ("attribute", "city"),
    "channel": ("attribute", "channel"),
    "owner": ("owner", ""),
    "team": ("team", ""),
    "status": ("outcome", ""),
    "closed": ("outcome", ""),
    "rating": ("leak suspect", ""),
    "probability": ("leak suspect", ""),
    "reason": ("leak suspect", ""),
    "note": ("leak suspect", ""),
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export's columns by header; ``words`` are its words for won, lost and open.

    ``deals`` names key and day of a file of won deals, where the export itself tells no outcome.
    """

    kind: str
    columns: dict[str, str]
    words: tuple[str, str, str] = ("Won", "Lost", "Open")
    deals: tuple[str, str] | None = None

    @property
    def headers(self) -> list[str]:
        """Headers."""
        return list(self.columns)


EXPORTS = (
    Export(
        kind="Dynamics 365 leads",
        columns={
            "(Do Not Modify) Lead": "id", "(Do Not Modify) Row Checksum": "checksum",
            "(Do Not Modify) Modified On": "updated", "First Name": "first", "Last Name": "last",
            "Job Title": "job_title", "Company Name": "company", "Email": "email",
            "Business Phone": "phone", "Country/Region": "country", "City": "city",
            "Lead Source": "channel", "Rating": "rating", "Industry": "industry",
            "No. of Employees": "company_size", "Annual Revenue": "annual_revenue",
            "Purchase Timeframe": "purchase_timing", "Budget Amount": "budget",
            "Decision Maker?": "decision_maker", "Owner": "owner", "Status": "status",
            "Created On": "created",
        },
        words=("Qualified", "Disqualified", "Open"),
    ),
    Export(
        kind="Dynamics 365 leads",
        columns={
            "(変更しないでください) リード": "id", "(変更しないでください) 修正日": "updated",
            "姓": "last", "名": "first",
            "役職": "job_title", "会社名": "company", "電子メール": "email", "会社電話": "phone",
            "リード ソース": "channel", "評価": "rating", "業種": "industry",
            "従業員数": "company_size",
            "年間売上高": "annual_revenue", "予算額": "budget", "意思決定者": "decision_maker",
            "所有者": "owner", "状態": "status", "作成日": "created",
        },
        words=("見込みあり", "見込みなし", "オープン"),
    ),
    Export(
        kind="Odoo leads",
        columns={
            "External ID": "id", "Contact Name": "name", "Company Name": "company",
            "Email": "email", "Phone": "phone", "Job Position": "job_title",
            "Salesperson": "owner", "Sales Team": "team", "Source": "channel", "Country": "country",
            "Probability": "probability", "Stage": "status", "Lost Reason": "reason",
            "Created on": "created", "Closed Date": "closed", "Last Updated on": "updated",
        },
        words=("Won", "Lost", "Proposition"),
    ),
    Export(
        kind="Odoo leads",
        columns={
            "外部ID": "id", "連絡先名": "name", "会社名": "company", "Eメール": "email",
            "電話": "phone", "職位": "job_title", "販売担当者": "owner", "販売チーム": "team",
            "ソース": "channel", "国": "country", "確率": "probability", "ステージ": "status",
            "失注理由": "reason", "作成日": "created", "クローズ日": "closed",
            "最終更新日": "updated",
        },
        words=("受注", "失注", "提案中"),
    ),
    Export(
        kind="Odoo leads",
        columns={
            "ID": "id", "連絡先名": "name", "顧客名": "company", "Eメール": "email",
            "電話": "phone", "機能": "job_title", "販売担当者": "owner", "営業チーム": "team",
            "情報ソース": "channel", "国": "country", "成功率 (%)": "probability",
            "ステージ": "status", "作成日": "created", "閉じた": "closed", "最終更新日": "updated",
        },
        words=("受注", "失注", "案件"),
    ),
    Export(
        kind="Odoo leads",
        columns={
            "id": "id", "contact_name": "name", "partner_name": "company", "email_from": "email",
            "phone": "phone", "function": "job_title", "user_id": "owner", "team_id": "team",
            "source_id": "channel", "country_id": "country", "probability": "probability",
            "stage_id": "status", "create_date": "created", "date_closed": "closed",
            "write_date": "updated",
        },
    ),
    Export(
        kind="kintone records",
        columns={
            "レコード番号": "id", "会社名": "company", "部署名": "department",
            "先方担当者名": "name", "TEL": "phone", "メールアドレス": "email", "業種": "industry",
            "流入経路": "channel", "ステータス": "status", "受注確度": "rating", "備考": "note",
            "作業者": "owner",
            "作成日時": "created", "更新日時": "updated",
        },
        words=("受注", "失注", "商談前"),
    ),
    Export(
        kind="kintone records",
        columns={
            "Record number": "id", "Company name": "company", "Department": "department",
            "Contact name": "name", "TEL": "phone", "Email": "email", "Industry": "industry",
            "Lead source": "channel", "Status": "status", "Notes": "note", "Assignee": "owner",
            "Created datetime": "created", "Updated datetime": "updated",
        },
        words=("Won", "Lost", "Contacted"),
    ),
    Export(
        kind="SATORI customers",
        columns={
            "カスタマーID": "id", "苗字": "last", "名前": "first", "苗字(ふりがな)": "kana",
            "メールアドレス": "email", "企業名": "company", "部署名": "department",
            "役職": "job_title", "電話番号": "phone", "住所": "address",
            "スコア": "rating", "メモ": "note",
            "登録日時": "created", "最終更新日時": "updated",
        },
        deals=("カスタマーID", "受注日"),
    ),
    Export(
        kind="Sansan business cards",
        columns={
            "名刺ID": "id", "名刺交換日": "created", "氏名[姓]": "last", "氏名[名]": "first",
            "会社名": "company", "部署名": "department", "役職": "job_title",
            "メールアドレス": "email", "電話番号": "phone", "住所(1)[全て]": "address",
            "名刺所有者ユーザID": "owner", "メモ": "note", "更新日時": "updated",
        },
        deals=("名刺ID", "受注日"),
    ),
    Export(
        kind="Sansan business cards",
        columns={
            "bizCardId": "id", "exchangeDate": "created", "lastName": "last", "firstName": "first",
            "companyName": "company", "departmentName": "department", "title": "job_title",
            "email": "email", "tel": "phone", "address": "address", "owner": "owner",
            "memo": "note", "updatedTime": "updated",
        },
        deals=("bizCardId", "won_date"),
    ),
    Export(
        kind="SHANON leads",
        columns={
            "リードID": "id", "氏名": "name", "会社名": "company", "部署": "department",
            "役職": "job_title", "E-mailアドレス": "email", "電話番号": "phone", "業種": "industry",
            "流入元": "channel", "登録日時": "created", "更新日時": "updated",
        },
        deals=("リードID", "受注日"),
    ),
    Export(
        kind="SHANON leads",
        columns={
            "visitor_id": "id", "name": "name", "company": "company", "department": "department",
            "title": "job_title", "email": "email", "phone": "phone", "industry": "industry",
            "regist_date": "created", "update_date": "updated",
        },
        deals=("visitor_id", "won_date"),
    ),
)  # fmt: skip


def write_export(export: Export, folder: Path, *, seed: int = 0) -> None:
    """Write an export, and the file of its deals where it has one."""
    draw = random.Random(seed)
    created = sorted(BEGIN + timedelta(minutes=draw.randrange(500_000)) for _ in range(N_LEADS))
    ends = [draw.choice(("won", "lost", "open", "open")) for _ in range(N_LEADS)]
    keys = [f"{draw.getrandbits(64):016x}" for _ in range(N_LEADS)]
    cells = _Cells(export, draw)
    rows = [
        [cells.of(what, at, key=keys[at], end=ends[at], created=created[at]) for what in
         export.columns.values()]
        for at in range(N_LEADS)
    ]  # fmt: skip
    _write(folder / "leads.csv", export.headers, rows)
    if export.deals is not None:
        won = [at for at in range(N_LEADS) if ends[at] == "won"]
        days = [str((created[at] + timedelta(days=20)).date()) for at in won]
        deals = [[keys[at], day] for at, day in zip(won, days, strict=True)]
        _write(folder / "deals.csv", list(export.deals), deals)


def _write(path: Path, headers: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *rows])


class _Cells:
    def __init__(self, export: Export, draw: random.Random) -> None:
        self._words = dict(zip(("won", "lost", "open"), export.words, strict=True))
        self._draw = draw

    def of(self, what: str, at: int, *, key: str, end: str, created: datetime) -> str:
        """A cell of a lead."""
        closed = "" if end == "open" else f"{created + timedelta(days=20):%Y-%m-%d %H:%M}"
        told = {
            "id": key,
            "created": f"{created:%Y-%m-%d %H:%M}",
            "updated": f"{created + timedelta(days=30):%Y-%m-%d %H:%M}",
            "status": self._words[end],
            "closed": closed,
            "reason": "budget" if end == "lost" else "",
            "probability": {"won": "100", "lost": "0", "open": "40"}[end],
            "rating": {"won": "90", "lost": "10", "open": "50"}[end],
        }
        return told[what] if what in told else _OTHERS[what](self._draw, at)


_NAMES = ("Sato", "Suzuki", "Tanaka", "Ito", "Kato", "Mori", "Abe", "Ono", "Endo", "Doi")

_OTHERS: dict[str, Callable[[random.Random, int], str]] = {
    "checksum": lambda draw, _: f"{draw.getrandbits(256):064x}",
    "email": lambda draw, at: f"u{at}@c{draw.randrange(200)}.example",
    "phone": lambda draw, _: f"03-{draw.randrange(1000, 9999)}-{draw.randrange(1000, 9999)}",
    "last": lambda draw, _: draw.choice(_NAMES) + draw.choice(_NAMES).lower(),
    "first": lambda draw, _: draw.choice(_NAMES)[:3] + draw.choice(_NAMES).lower(),
    "kana": lambda draw, _: draw.choice(("さとう", "すずき", "たなか", "いとう", "もり")),
    "name": lambda draw, at: f"{draw.choice(_NAMES)} {draw.choice(_NAMES)} {at}",
    "company": lambda draw, _: f"Company {draw.randrange(200)}",
    "address": lambda draw, at: f"{at} Street {draw.randrange(90)}",
    "job_title": lambda draw, _: draw.choice(("Manager", "Director", "Clerk", "CEO", "")),
    "department": lambda draw, _: draw.choice(("Sales", "IT", "HR", "")),
    "industry": lambda draw, _: draw.choice(("Steel", "Retail", "Software", "Food")),
    "company_size": lambda draw, _: str(draw.choice((10, 50, 120, 800, 4_000))),
    "annual_revenue": lambda draw, _: str(draw.randrange(1, 90) * 1_000_000),
    "purchase_timing": lambda draw, _: draw.choice(("Immediate", "This Quarter", "Unknown", "")),
    "budget": lambda draw, _: draw.choice((str(draw.randrange(1, 90) * 10_000), "")),
    "decision_maker": lambda draw, _: draw.choice(("Yes", "No")),
    "country": lambda draw, _: draw.choice(("Japan", "Germany", "France")),
    "city": lambda draw, _: draw.choice(("Tokyo", "Osaka", "Berlin")),
    "channel": lambda draw, _: draw.choice(("Web", "Fair", "Partner", "Advertisement")),
    "owner": lambda draw, _: draw.choice(_NAMES),
    "team": lambda draw, _: draw.choice(("East", "West")),
    "note": lambda draw, at: draw.choice(("", f"called {at}")),
}  # fmt: skip


GA4_EVENTS = (
    ("first_visit", 1.0), ("session_start", 1.0), ("page_view", 1.0), ("scroll", 0.6),
    ("file_download", 0.3), ("form_submit", 0.3), ("generate_lead", 0.3), ("qualify_lead", 0.2),
    ("close_convert_lead", 0.12), ("disqualify_lead", 0.1),
)  # fmt: skip
"""Events of a visitor in their order, and how many visitors have them."""


def write_ga4_events(path: Path, *, seed: int = 0) -> None:
    """Write rows of the tables of events as BigQuery gives them."""
    headers = (
        "event_date,event_timestamp,event_name,event_bundle_sequence_id,user_id,user_pseudo_id,"
        "user_first_touch_timestamp,device_category,geo_country,traffic_source_source,"
        "traffic_source_medium,platform,stream_id"
    )
    draw, rows = random.Random(seed), []
    for _ in range(N_LEADS):
        visitor = f"{draw.randrange(10**9)}.{draw.randrange(10**9)}"
        at = BEGIN + timedelta(minutes=draw.randrange(500_000))
        first = int(at.timestamp() * 1e6)
        user = f"u{draw.randrange(10**6)}" if draw.random() < 0.3 else ""
        where = [draw.choice(("desktop", "mobile")), draw.choice(("Japan", "Germany")),
                 draw.choice(("google", "(direct)")), draw.choice(("organic", "cpc"))]  # fmt: skip
        for event, share in GA4_EVENTS:
            if draw.random() < share:
                at += timedelta(minutes=draw.randrange(1, 3_000))
                rows.append(
                    [f"{at:%Y%m%d}", str(int(at.timestamp() * 1e6)), event,
                     str(draw.randrange(10**9)), user, visitor, str(first), *where, "WEB", "7"]
                )  # fmt: skip
    draw.shuffle(rows)
    _write(path, headers.split(","), rows)
