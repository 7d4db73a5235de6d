"""The files a CRM would export of the simulated company, with a CRM's small untidiness.

leads.csv, property_history.csv, activities.csv, deals.csv and hand_overs.csv go through the
ordinary import by import.yaml and lead_definition.yaml beside them. truth.parquet holds true
probabilities of some snapshots; nothing imports it.

Untidy on purpose: form fields left at "未選択", full-width digits, several ways to write an amount
or a number of employees, and `N_BAD` bad rows, which an import rejects one by one.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from features.core.atomic_folder import whole_file, write_whole_file
from features.core.clock import DAY
from training.simulation.behaviour import codes, leak
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.state import JST, Ints
from training.simulation.company import SimulatedCompany
from training.simulation.definition import definition_text, mapping_text
from training.simulation.records import words
from training.simulation.records.identities import Identities, draw_identities
from training.simulation.records.values import Texts, write_values
from training.simulation.truth import sample_truth

ACTIVITY_WORDS = (
    "Page View",
    "Email Click",
    "資料ダウンロード",
    "セミナー参加",
    "料金ページ閲覧",
    "導入事例閲覧",
    "問い合わせ",
    "相談・見積依頼",
    "配信停止",
    "Call",
)
"""Activity types of the CRM, by behaviour."""

PROPERTY_WORDS = {
    codes.INDUSTRY: "業種",
    codes.COMPANY_SIZE: "従業員数",
    codes.JOB_TITLE: "役職",
    codes.DEPARTMENT: "部署",
    codes.PAIN_POINT: "お困りごと",
    codes.PURCHASE_TIMING: "導入時期",
    codes.BUDGET: "予算",
    codes.DECISION_MAKER: "決裁権",
}
UNTOUCHED_SHARE = 0.05
UNTOUCHED = "未選択"
"""What a form field holds that nobody touched; the mapping calls it blank."""

BAD_ACTIVITIES = (
    ("L000001", "Page View", "2025/13/45 10:00"),
    ("L000002", "テスト送信", "2025-02-03 10:00:00"),
    ("", "Page View", "2025-02-03 11:00:00"),
    ("L000003", "Email Click", ""),
)
"""No such day, an unknown type, nobody's, and without a time."""
N_BAD = len(BAD_ACTIVITIES) + 1
"""Rows an import must reject: these and a deal from before its lead's creation."""


def write_company(company: SimulatedCompany, folder: Path) -> None:
    """Write a company's exports, their mapping, its lead definition and its truth to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([company.settings.seed, 3])
    people = draw_identities(company)
    tables = {
        "leads": _leads(company, people),
        "property_history": _property_history(company, rng),
        "activities": _activities(company),
        "deals": _deals(company),
        "hand_overs": _hand_overs(company, people, rng),
    }
    for name, table in tables.items():
        # Excel in Japan takes a CSV file for UTF-8 only with the byte-order mark.
        with whole_file(folder / f"{name}.csv") as file:
            file.write(b"\xef\xbb\xbf")
            pa.csv.write_csv(table, file, pa.csv.WriteOptions(quoting_style="needed"))
    texts = {
        "import.yaml": mapping_text(company.settings),
        "lead_definition.yaml": definition_text(company.settings),
    }
    for name, text in texts.items():
        write_whole_file(folder / name, text.encode())
    with whole_file(folder / "truth.parquet") as file:
        pa.parquet.write_table(sample_truth(company), file)


def _leads(company: SimulatedCompany, people: Identities) -> pa.Table:
    channel = company.leads["given"][:, 0].astype(int).tolist()
    columns = {
        "レコードID": company.lead_ids,
        "作成日時": _local(company.leads["created_at"]),
        "姓": people.surname,
        "名": people.given_name,
        "メール": people.email,
        "電話番号": people.phone,
        "会社名": people.company,
        "企業ID": people.account_id,
        "獲得チャネル": [words.CHANNEL_WORDS[h.CHANNEL_NAMES[code]] for code in channel],
        # Current values, as every CRM exports them: they know the outcome, so nothing maps them.
        "ライフサイクルステージ": _lifecycle(company),
    }
    if company.settings.leak:
        columns[leak.COLUMN] = leak.leak_column(company)
    return pa.table(columns)


def _lifecycle(company: SimulatedCompany) -> Texts:
    stage = np.full(len(company.leads), "リード", dtype=object)
    names = {
        codes.HAND_OVER: "MQL",
        codes.ACCEPTED: "SQL",
        codes.OPPORTUNITY_MADE: "商談",
        codes.WON: "顧客",
    }
    lead = company.lead_of_row
    for kind, name in names.items():
        stage[lead[company.journal["kind"] == kind]] = name
    return stage


def _property_history(company: SimulatedCompany, rng: np.random.Generator) -> pa.Table:
    journal = company.journal
    rows = np.flatnonzero((journal["kind"] == codes.FACT) & (journal["code"] >= codes.INDUSTRY))
    facts, lead = journal[rows], company.lead_of_row[rows]
    told_budget = np.isin(np.arange(len(company.leads)), lead[facts["code"] == codes.BUDGET])
    left = np.flatnonzero((rng.random(len(told_budget)) < UNTOUCHED_SHARE) & ~told_budget)
    names = [PROPERTY_WORDS[code] for code in facts["code"].tolist()]
    of_lead = np.concatenate([lead, left])
    at = np.concatenate([facts["at"], company.leads["created_at"][left]])
    order = np.lexsort((of_lead, at))
    texts = [*write_values(facts, rng).tolist(), *[UNTOUCHED] * len(left)]
    return pa.table(
        {
            "レコードID": _ids(company, of_lead),
            "プロパティ": names + [PROPERTY_WORDS[codes.BUDGET]] * len(left),
            "値": pa.array(texts, pa.string()),
            "変更日時": _local(at),
        }
    ).take(order)


def _activities(company: SimulatedCompany) -> pa.Table:
    journal = company.journal
    rows = np.flatnonzero(journal["kind"] == codes.EVENT)
    rows = rows[np.argsort(journal["at"][rows], kind="stable")]
    events = journal[rows]
    minutes = pc.cast(pa.array(events["value"], from_pandas=True).cast(pa.int64()), pa.string())
    number = pa.array(np.arange(1, len(rows) + 1)).cast(pa.string())
    table = pa.table(
        {
            "活動ID": pc.binary_join_element_wise("A", pc.utf8_lpad(number, 7, "0"), ""),
            "レコードID": _ids(company, company.lead_of_row[rows]),
            "種別": pa.array(ACTIVITY_WORDS).take(pa.array(events["code"])),
            "日時": _local(events["at"]),
            "視聴分数": minutes,
        }
    )
    numbers = range(1, len(BAD_ACTIVITIES) + 1)
    bad: dict[str, list[str | None]] = {"活動ID": [f"B{number}" for number in numbers]}
    for column, texts in zip(
        table.column_names[1:4], zip(*BAD_ACTIVITIES, strict=True), strict=True
    ):
        bad[column] = list(texts)
    bad["視聴分数"] = [None] * len(BAD_ACTIVITIES)
    middle = len(rows) // 2
    return pa.concat_tables(
        [table.slice(0, middle), pa.table(bad, schema=table.schema), table.slice(middle)]
    )


def _deals(company: SimulatedCompany) -> pa.Table:
    journal, lead = company.journal, company.lead_of_row
    made = np.flatnonzero(journal["kind"] == codes.OPPORTUNITY_MADE)
    made = made[np.argsort(journal["at"][made], kind="stable")]
    closed = np.flatnonzero(np.isin(journal["kind"], (codes.WON, codes.LOST)))
    closing = np.full(len(company.leads), -1)
    closing[lead[closed]] = closed
    end = closing[lead[made]]
    is_closed = end >= 0
    is_won = is_closed & (journal["kind"][end] == codes.WON)
    before_creation = company.leads["created_at"][-1:] - 30 * DAY
    return pa.table(
        {
            "取引ID": [f"D{number:05d}" for number in range(len(made) + 1)],
            "レコードID": _ids(company, np.append(lead[made], len(company.leads) - 1)),
            "作成日": _local(np.append(journal["at"][made], before_creation)),
            "ステージ": [
                *np.where(is_won, "受注", np.where(is_closed, "失注", "商談中")),
                "商談中",
            ],
            "クローズ日": _local(np.append(journal["at"][end], 0), [*is_closed, False]),
            "金額": pa.array(
                np.append(journal["value"][end], 0), mask=~np.append(is_won, False)
            ).cast(pa.int64()),
        }
    )


def _hand_overs(
    company: SimulatedCompany, people: Identities, rng: np.random.Generator
) -> pa.Table:
    journal, lead = company.journal, company.lead_of_row
    kinds = (codes.HAND_OVER, codes.ACCEPTED, codes.RETURNED)
    rows = np.flatnonzero(np.isin(journal["kind"], kinds))
    given = np.flatnonzero(journal["kind"][rows] == codes.HAND_OVER)
    # A verdict, if there is one, is the lead's next row of these kinds.
    follows = np.minimum(given + 1, len(rows) - 1)
    answer = journal[rows[follows]]
    is_answered = (answer["kind"] != codes.HAND_OVER) & (lead[rows[follows]] == lead[rows[given]])
    handed, of_lead = journal[rows[given]], lead[rows[given]]
    reasons = np.array([*h.REASONS])[np.where(is_answered, answer["code"], 0)]
    sales = [words.SALES_PEOPLE[person] for person in people.sales_person[of_lead]]
    is_explored = handed["code"] == codes.BY_EXPLORATION
    order = np.argsort(handed["at"], kind="stable")
    return pa.table(
        {
            "レコードID": _ids(company, of_lead),
            "引き渡し日時": _local(handed["at"]),
            "判定": np.where(handed["code"] == codes.SQL_BY_RULEBOOK, "SQL", "MQL"),
            "経路": np.where(is_explored, "お試し", "ルールブック"),
            "抽出確率": pa.array(handed["value"], from_pandas=True),
            "担当者": [name for name, _ in sales],
            "担当チーム": [team for _, team in sales],
            "回答": pa.array(
                np.where(answer["kind"] == codes.ACCEPTED, "受け入れ", "差し戻し"),
                mask=~is_answered,
            ),
            "回答日時": _local(answer["at"], is_answered),
            "理由": pa.array(reasons, mask=~is_answered),
            "コメント": [
                str(rng.choice(words.COMMENTS[reason])) if answered else None
                for reason, answered in zip(reasons, is_answered, strict=True)
            ],
            "動きやすさ": pa.array(
                np.where(answer["value"] == 1, "はい", "いいえ"), mask=~is_answered
            ),
        }
    ).take(order)


def _ids(company: SimulatedCompany, lead: Ints) -> pa.Array:
    return pa.array(company.lead_ids).take(pa.array(lead))


def _local(seconds: Ints, valid: npt.ArrayLike = True) -> pa.Array:
    """Times as the CRM shows them: local, without an offset; null where not valid."""
    blank = ~np.broadcast_to(np.asarray(valid, dtype=bool), seconds.shape)
    return pa.array(seconds + JST, mask=blank).cast(pa.timestamp("s")).cast(pa.string())
