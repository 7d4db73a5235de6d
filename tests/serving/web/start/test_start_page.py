"""The whole way of a start in the browser, in both languages, and who may go it."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from features.importing.import_files import import_files
from features.importing.proposal.prospect import look_ahead
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.propose import propose
from features.store import Store
from serving.cli.main import app
from serving.cli.start import in_browser
from serving.web.start.start_app import StartDesk, create_start_app
from serving.web.start.start_page import field_of_role
from tests.features.importing.proposal.generated_company import make_company
from tests.served import served

DATES = 0
"""Seed of a made-up company whose outcome is told by dates."""

WORDS = {
    "ja-JP": ("データから最初のモデルまで", "最初のモデルを作る", "まだモデルはありません"),
    "en-GB": ("From your files to a first release", "Make the first release", "No release yet"),
}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    make_company(folder, DATES, n=90)
    return folder


class Terminal:
    """The command in a thread, and the address it hands to the browser."""

    def __init__(self, exports: Path, workspace: Path, opened: list[str]) -> None:
        words = ["start", str(exports), "--browser", "-w", str(workspace)]
        self._words, self._opened = words, opened
        self.told: Result | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.told = CliRunner().invoke(app, self._words)

    def address(self) -> str:
        self._thread.start()
        while not self._opened and self._thread.is_alive():
            self._thread.join(0.05)
        return self._opened[0]

    def end(self) -> Result:
        self._thread.join()
        assert self.told is not None
        return self.told


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []
    monkeypatch.setattr(in_browser.webbrowser, "open", addresses.append)
    return addresses


@pytest.mark.parametrize("locale", ["ja-JP", pytest.param("en-GB", marks=pytest.mark.long)])
def test_a_person_corrects_a_role_and_gets_a_workspace(
    locale: str, exports: Path, tmp_path: Path, opened: list[str], chromium: Any
) -> None:
    title, begin, end = WORDS[locale]
    found = understand(list(read_raw([exports]).files))
    used = next(c.header for c in found.columns if c.role == "attribute")
    terminal = Terminal(exports, tmp_path / "ours", opened)
    context = chromium.new_context(locale=locale)
    page = context.new_page()

    page.goto(terminal.address())
    heading = page.locator("h1").inner_text()
    n_leads = page.locator("#counts td").nth(1).inner_text()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label(re.compile(rf": {re.escape(used)}$")).select_option("left out")
    page.get_by_role("button", name=begin).click()
    page.get_by_text(end).wait_for(timeout=240_000)
    said = page.locator("main").inner_text()
    told = terminal.end()
    context.close()

    assert heading == title
    assert n_leads == "90"
    assert told.exit_code == 0, told.output
    assert "awase serve" in said
    mapping = (tmp_path / "ours" / "import.yaml").read_text(encoding="utf-8")
    left_out = [line for line in mapping.splitlines() if "# left out:" in line and used in line]
    assert "you said so" in left_out[0]


def test_reasons_keep_to_their_columns_and_the_outcome_names_its_file(
    tmp_path: Path, opened: list[str], chromium: Any
) -> None:
    leads = "Lead ID,First Name,Last Name,Email,Create Date,Channel\n" + "".join(
        f"L{n:03d},Ann,Lee {n},p{n}@x.example,2026-01-{n % 28 + 1:02d},Web\n" for n in range(90)
    )
    deals = "Deal ID,Lead ID,Create Date,Stage,Close Date\n" + "".join(
        f"D{n},L{n:03d},2026-02-{n % 28 + 1:02d},Won,2026-03-10\n" for n in range(0, 90, 3)
    )
    (tmp_path / "leads.csv").write_text(leads, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(deals, encoding="utf-8")
    files = read_raw([tmp_path]).files
    desk = StartDesk(files=files, found=understand(list(files)))
    page = chromium.new_page(locale="en-GB")

    with served(create_start_app(desk)) as address:
        page.goto(f"{address}/?key={desk.key}")
        chosen = page.locator("select[name=outcome] option:checked").inner_text()
        too_long = page.locator(".start-table small").evaluate_all(
            "reasons => reasons.filter(r => r.scrollWidth > r.clientWidth).map(r => r.innerText)"
        )
        page.close()

    assert chosen == "Create Date (deals.csv)"
    assert too_long == []


@pytest.fixture
def desk(exports: Path) -> StartDesk:
    files = read_raw([exports]).files
    return StartDesk(files=files, found=understand(list(files)))


@pytest.fixture
def client(desk: StartDesk) -> Iterator[TestClient]:
    with TestClient(create_start_app(desk), base_url="http://127.0.0.1") as client:
        yield client


def fields(text: str) -> dict[str, str]:
    """What the form on a page would send."""
    sent = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', text))
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = "" if chosen is None else chosen[1]
    return sent


def test_without_script_the_button_takes_the_roles(client: TestClient, desk: StartDesk) -> None:
    form = fields(client.get(f"/?key={desk.key}").text)
    at = next(
        n for n, role in enumerate(form[f"role_0_{n}"] for n in range(9)) if role == "attribute"
    )

    answer = client.post("/", data=form | {f"role_0_{at}": "owner", "per_month": "33"})

    assert answer.status_code == 200
    assert fields(answer.text) == form | {f"role_0_{at}": "owner", "per_month": "33"}
    assert desk.proposal is not None
    assert "per_month: 33" in desk.proposal.definition_text
    assert "name: owner" in desk.proposal.definition_text


def log_of_two_types(folder: Path) -> Path:
    """Leads, accounts that they refer to, and a log in which two columns may say what happened."""
    leads = [f"L{n},2026-01-{n % 28 + 1:02d},A{n % 9},{int(n % 4 == 0)}" for n in range(60)]
    kinds = ("visit", "download", "demo")
    events = [
        f"L{n},2026-02-{n % 28 + 1:02d},{('web', 'mail')[n % 2]},{kinds[n % 3]}" for n in range(60)
    ] * 2
    accounts = [f"A{n},{('gold', 'iron')[n % 2]}" for n in range(9)]
    for name, header, rows in (
        ("leads", "Lead ID,Created,Account,Converted", leads),
        ("log", "Lead ID,At Date,Event Group,Event Type", events),
        ("accounts", "Account,Tier", accounts),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder


def test_roles_of_the_other_tables_can_be_corrected(tmp_path: Path) -> None:
    files = read_raw([log_of_two_types(tmp_path)]).files
    desk = StartDesk(files=files, found=understand(list(files)))
    client = TestClient(create_start_app(desk), base_url="http://127.0.0.1")
    page = client.get(f"/?key={desk.key}").text
    group = field_of_role(desk.found, "log.csv", "Event Group")
    tier = field_of_role(desk.found, "accounts.csv", "Tier")
    before = fields(page)

    answer = client.post("/", data=before | {group: "behaviour", tier: "left out"})

    assert before[field_of_role(desk.found, "log.csv", "Event Type")] == "behaviour"
    assert before[tier] == "attribute"
    assert "各行で何が起きたかを示す" in page
    after = fields(answer.text)
    assert (after[group], after[tier]) == ("behaviour", "left out")
    assert after[field_of_role(desk.found, "log.csv", "Event Type")] == "left out"
    assert desk.proposal is not None
    assert {b.name for b in desk.proposal.definition.behaviours} == {"web", "mail"}
    assert "Event Group, others: skip" in desk.proposal.mapping_text
    assert "accounts.Tier" not in desk.proposal.mapping_text


def test_choices_that_do_not_fit_say_so_and_keep_the_last(
    client: TestClient, desk: StartDesk
) -> None:
    form = fields(client.get(f"/?key={desk.key}").text)
    headers = [c.header for c in desk.found.tables.leads.columns]
    outcome = desk.found.outcomes[0].column
    # The only column that tells the outcome cannot be the day of creation as well.
    role = f"role_0_{headers.index(outcome)}"

    answer = client.post("/", data=form | {role: "created"})

    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert desk.found.outcomes[0].column == outcome
    assert client.post("/begin", data=form | {role: "created"}).status_code == 200
    assert not desk.chosen.is_set()


@pytest.mark.parametrize("path", ["/", "/begin", "/language"])
def test_nobody_without_the_key_sees_or_changes_anything(
    path: str, client: TestClient, desk: StartDesk
) -> None:
    form = {"form_token": "guessed", "language": "en"}

    answers = [client.get("/"), client.get("/?key=guessed"), client.post(path, data=form)]

    assert [a.status_code for a in answers[:2]] == [403, 403]
    assert "Lead" not in answers[0].text
    assert not desk.chosen.is_set()


def test_a_form_of_another_page_is_refused(client: TestClient, desk: StartDesk) -> None:
    client.get(f"/?key={desk.key}")

    assert client.post("/begin", data={"form_token": "guessed"}).status_code == 403
    assert not desk.chosen.is_set()


def test_the_language_can_be_switched(client: TestClient, desk: StartDesk) -> None:
    token = fields(client.get(f"/?key={desk.key}").text)["form_token"]

    texts = [
        client.post("/language", data={"form_token": token, "language": language}).text
        for language in ("en", "ja")
    ]

    assert WORDS["en-GB"][0] in texts[0]
    assert WORDS["ja-JP"][0] in texts[1]


@pytest.mark.parametrize("seed", range(7))
def test_what_is_counted_is_what_an_import_stores(seed: int, tmp_path: Path) -> None:
    make_company(tmp_path, seed)
    found = understand(list(read_raw([tmp_path]).files))
    proposal = propose(found)
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")

    ahead = look_ahead(found, ZoneInfo("UTC"))
    report = import_files(
        store,
        [tmp_path / found.tables.leads.name],
        mapping=proposal.mapping,
        definition=proposal.definition,
    )

    (leads,) = [t for t in report.tables if t.table == "lead"]
    assert ahead.stored == store.read_table("lead").num_rows
    assert ahead.rejected == leads.rejected
    assert sum(month.leads for month in ahead.months) == (ahead.stored if found.created else 0)
    store.close()
