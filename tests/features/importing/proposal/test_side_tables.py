"""Histories of changes and hand-overs among raw exports: what is understood, what imported."""

from collections import Counter
from pathlib import Path

import pytest

from features.core.clock import from_second
from features.core.formats import share
from features.core.text import Language
from features.importing.import_files import import_files
from features.importing.proposal.column_guess import ColumnRole
from features.importing.proposal.looked_at import attendance
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.propose import Proposal, propose
from features.store import Store

N = 120
HEADERS = {
    "en": {
        "leads": "Lead ID,Create Date,Lead Source,Number of Employees,Status,Close Date",
        "history": "Lead ID,Field,Old Value,New Value,Changed On",
        "hand_overs": "Lead ID,Handed over at,Qualification,Decided by,Owner,Answer,Answered on",
        "fields": ("Number of Employees", "Job Title", "Status"),
        "answers": ("accepted", "sent back"),
    },
    "ja": {
        "leads": "リードID,作成日,流入元,従業員数,ステータス,クローズ日",
        "history": "リードID,項目,変更前,変更後,変更日時",
        "hand_overs": "リードID,引き渡し日,判定,決定者,担当者,回答,回答日",
        "fields": ("従業員数", "役職", "ステータス"),
        "answers": ("受け入れ", "差し戻し"),
    },
}


def _write(folder: Path, language: str) -> None:
    headers = HEADERS[language]
    size, title, status = headers["fields"]
    accepted, returned = headers["answers"]
    leads, history, handed = [], [], []
    for number in range(N):
        lead, day = f"L{number:03d}", f"2026-{number % 5 + 1:02d}-{number % 28 + 1:02d}"
        people = number // 3 * 5 + 20
        state = ("Won", "Lost", "Open")[number % 3]
        closed = "" if state == "Open" else f"2026-06-{number % 28 + 1:02d}"
        leads.append(f"{lead},{day},{('web', 'expo')[number % 2]},{people},{state},{closed}")
        history.append(f"{lead},{size},{people - 15},{people},{day} 12:00")
        history.append(f"{lead},{status},Open,{state},2026-07-01 12:00")
        if number % 2:
            history.append(f"{lead},{title},,{('Director', 'Clerk')[number % 3 == 1]},{day} 13:00")
        if number % 4 == 0:
            said = (accepted, returned)[number % 8 == 0]
            row = f"{lead},2026-06-{number % 28 + 1:02d},MQL,rulebook,Rep {number % 3},{said}"
            handed.append(f"{row},2026-06-30")
    for name, rows in (("leads", leads), ("history", history), ("hand_overs", handed)):
        text = "\n".join([headers[name], *rows]) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


@pytest.fixture(params=list(HEADERS))
def proposal(request: pytest.FixtureRequest, tmp_path: Path) -> Proposal:
    _write(tmp_path, request.param)
    return propose(understand(list(read_raw([tmp_path]).files)))


def test_every_column_of_both_has_its_role(proposal: Proposal) -> None:
    roles = {
        file: [c.role for c in proposal.understanding.columns if c.file == f"{file}.csv"]
        for file in ("history", "hand_overs")
    }
    id_, over = ColumnRole.ID, ColumnRole.HAND_OVER

    assert roles["history"] == [id_, *[ColumnRole.HISTORY] * 3, ColumnRole.TIME]
    assert roles["hand_overs"] == [id_, over, over, over, ColumnRole.OWNER, over, over]
    assert proposal.understanding.asked == ()


def test_the_outcome_stays_that_of_the_leads(proposal: Proposal) -> None:
    (outcome,) = proposal.understanding.outcomes

    assert outcome.file == "leads.csv"
    assert outcome.stage == "won"


def test_what_is_imported_is_what_the_files_say(proposal: Proposal, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    paths = sorted(tmp_path.glob("*.csv"))

    report = import_files(store, paths, mapping=proposal.mapping, definition=proposal.definition)

    rows = {name: store.read_table(name).to_pylist() for name in ("fact", "outcome", "hand_over")}
    size = [row for row in rows["fact"] if row["attribute"] == "company_size"]
    first = {
        row["value"]: from_second(row["known_at"]).day for row in size if row["lead_id"] == "L000"
    }
    assert report.rejected == 0
    # The value before the first change held from creation on; the leads' column adds nothing.
    assert len(size) == 2 * N
    assert sorted(first) == ["20", "5"]
    assert sum(row["attribute"] == "job_title" for row in rows["fact"]) == N // 2
    assert len(rows["hand_over"]) == N // 4
    assert {(row["qualification"], row["by"]) for row in rows["hand_over"]} == {("MQL", "rulebook")}
    stages = [row["stage"] for row in rows["outcome"]]
    assert {stage: stages.count(stage) for stage in sorted(set(stages))} == {
        "accepted": 15, "lost": 40, "returned": 15, "won": 40,
    }  # fmt: skip
    store.close()


def test_a_history_that_tells_few_values_leaves_the_leads_column(tmp_path: Path) -> None:
    _write(tmp_path, "en")
    history = tmp_path / "history.csv"
    lines = history.read_text(encoding="utf-8").splitlines()
    few = [line for line in lines[1:] if "Employees" not in line or line < "L030"]
    history.write_text("\n".join([lines[0], *few]) + "\n", encoding="utf-8")

    text = propose(understand(list(read_raw([tmp_path]).files))).mapping_text

    assert "company_size, column: Number of Employees, known_at: unknown" in text
    assert "Job Title: job_title" in text


def test_the_day_a_contact_became_mql_is_a_hand_over_and_no_outcome(tmp_path: Path) -> None:
    header = (
        "Record ID,Create Date,Original Source,Became a Marketing Qualified Lead Date,Won Date\n"
    )
    rows = [
        f"{at + 1000},2026-01-{at % 28 + 1:02d},web,{'2026-03-01' if at % 2 else ''},"
        f"{'2026-04-01' if at % 5 == 0 else ''}\n"
        for at in range(N)
    ]
    (tmp_path / "contacts.csv").write_text(header + "".join(rows), encoding="utf-8")

    found = propose(understand(list(read_raw([tmp_path]).files)))

    assert "- {handed_over_at: Became a Marketing Qualified" in found.mapping_text
    assert [outcome.column for outcome in found.understanding.outcomes] == ["Won Date"]


@pytest.mark.parametrize(
    ("language", "why"),
    [("en", "a value of its own in each row"), ("ja", "各行で値が異なる")],
)
def test_reasons_stand_in_the_language_of_the_headers(
    language: Language, why: str, tmp_path: Path
) -> None:
    _write(tmp_path, language)

    proposal = propose(understand(list(read_raw([tmp_path]).files)))

    key = proposal.understanding.of(ColumnRole.ID, "leads.csv")[0]
    sure = share(key.confidence).read(language)
    assert key.reason.read(language) == why
    assert f"# {sure}: {why}" in proposal.mapping_text


def test_what_leads_did_is_told_by_values_or_by_the_name_of_the_file(tmp_path: Path) -> None:
    leads = "Record ID,Email,Create Date,Original Source,Converted\n" + "".join(
        f"{51_000 + n},p{n}@x.example,2026-01-{n % 28 + 1:02d},Web,{('No', 'Yes')[n % 4 == 0]}\n"
        for n in range(120)
    )
    forms = "Form name,Submission date,Email\n" + "".join(
        f"{('Demo request', 'Whitepaper', 'Autumn webinar')[n % 3]},2026-02-{n % 28 + 1:02d},"
        f"p{n % 80}@x.example\n"
        for n in range(160)
    )
    came = "Email,Registered at,Attended\n" + "".join(
        f"p{n}@x.example,2026-03-{n % 28 + 1:02d},{('No', 'Yes')[n % 2]}\n" for n in range(60)
    )
    sold = "Email,Created,Product,Amount\n" + "".join(
        f"p{n}@x.example,2026-03-{n % 28 + 1:02d},{('Consulting', 'Trial')[n % 2]},{n * 90}\n"
        for n in range(0, 120, 4)
    )
    for name, text in {"contacts": leads, "forms": forms, "webinar": came, "sold": sold}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    did = {(c.file, c.header, c.named) for c in found.of(ColumnRole.BEHAVIOUR)}
    assert did == {("forms.csv", "Form name", ""), ("webinar.csv", "Registered at", "webinar")}
    assert [(o.file, o.column) for o in found.outcomes] == [("contacts.csv", "Converted")]
    # Who registered and stayed away did nothing.
    proposal, store = propose(found), Store.open(f"sqlite:///{tmp_path / 'x.db'}")
    paths = sorted(tmp_path.glob("*.csv"))
    import_files(store, paths, mapping=proposal.mapping, definition=proposal.definition)
    behaviours = store.read_table("event").column("behaviour").to_pylist()
    store.close()
    assert Counter(behaviours) == {
        "consultation_request": 54,
        "document_download": 53,
        "webinar": 53 + 30,
    }


def test_what_members_of_campaigns_did_is_a_behaviour_and_no_result(tmp_path: Path) -> None:
    leads = "Lead ID,Created Date,Lead Source,Converted\n" + "".join(
        f"L{n:03d},2026-01-{n % 28 + 1:02d},Web,{('No', 'Yes')[n % 4 == 0]}\n" for n in range(120)
    )
    members = "Campaign ID,Lead ID,Member Status,Member First Responded Date\n" + "".join(
        f"C{n % 3},L{n % 70:03d},{('Sent', 'Registered', 'Attended')[n % 3]},"
        f"2026-02-{n % 28 + 1:02d}\n"
        for n in range(210)
    )
    (tmp_path / "leads.csv").write_text(leads, encoding="utf-8")
    (tmp_path / "campaign_members.csv").write_text(members, encoding="utf-8")

    proposal = propose(found := understand(list(read_raw([tmp_path]).files)))

    assert [o.column for o in found.outcomes] == ["Converted"]
    actors = {b.name: b.actor for b in proposal.definition.behaviours}
    assert actors == {"sent": "sales", "registered": "lead", "webinar": "lead"}


@pytest.mark.parametrize(
    ("header", "words", "came"),
    [
        ("Attended", ("No", "Yes"), ("Yes",)),
        ("Attendance status", ("Registered", "No show", "Attended"), ("Attended",)),
        ("出欠", ("欠席", "出席"), ("出席",)),
        ("参加費", ("0", "3000"), None),
        ("Attended", ("Yes",), None),
    ],
)
def test_who_came_is_told_by_a_column_of_attendance(
    header: str, words: tuple[str, ...], came: tuple[str, ...] | None, tmp_path: Path
) -> None:
    rows = "".join(f"p{n}@x.example,{words[n % len(words)]}\n" for n in range(60))
    (tmp_path / "webinar.csv").write_text(f"Email,{header}\n{rows}", encoding="utf-8")

    found = attendance(read_raw([tmp_path]).files[0])

    assert (None if found is None else found[1]) == came
