"""Promises of every page: no script, nothing from elsewhere, words in both languages, safe text."""

import ast
import re
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from serving.ledger.leads.queues import Queue
from serving.ledger.leads.worklist import Sort
from serving.web.headers import CONTENT_SECURITY_POLICY, SCRIPT_POLICY
from serving.web.pages.leads.today_page import GROUPS
from serving.web.words import page_words
from serving.web.words.page_words import PAGE_WORDS

PATHS = [
    "/sign-in",
    "/worklist",
    "/worklist?view=waiting",
    "/leads/L000",
    "/home",
    "/review/2023-11/details",
    "/definition",
    "/definition/diff",
    "/proposals",
    "/decide?per_month=300",
    "/people",
    "/people/sales",
    "/account",
    "/account/second-factor",
]
TEMPLATES = [
    file
    for file in resources.files("serving.web").joinpath("templates").iterdir()
    if file.name.endswith(".html")
]
WORD = re.compile(r"\bw\.([a-z_]+)")


@pytest.fixture(params=PATHS)
def answer(request, site):
    return site.page_request(None if request.param == "/sign-in" else "admin").get(request.param)


def test_a_page_runs_no_script_and_loads_nothing_from_elsewhere(answer) -> None:
    html = answer.text

    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert not re.search(r'(?:src|href|action)="(?!/|#|mailto:|tel:|otpauth:)', html)


def test_the_page_with_keys_runs_our_own_script_alone(site) -> None:
    answer = site.page_request("sales").get("/today")

    assert re.findall(r'<script src="(/static/today\.js)[^"]*" defer></script>', answer.text)
    assert len(re.findall(r"<script", answer.text)) == 1
    assert answer.headers["content-security-policy"] == SCRIPT_POLICY
    assert "connect-src 'self'" in SCRIPT_POLICY
    assert "unsafe" not in SCRIPT_POLICY


def test_a_page_says_its_language_and_has_one_heading_and_a_main_part(answer) -> None:
    assert '<html lang="en">' in answer.text
    assert len(re.findall(r"<h1\b", answer.text)) == 1
    assert len(re.findall(r"<main\b", answer.text)) == 1


def test_text_that_people_typed_stays_text(site) -> None:
    html = site.page_request("sales").get("/leads/L000").text

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_pages_are_in_the_visitors_language(site) -> None:
    japanese = site.page_request("sales", language="ja").get("/worklist").text

    assert "リード一覧" in japanese
    assert "Worklist" not in japanese


def test_the_words_of_templates_are_all_there_and_all_used() -> None:
    used = {name for file in TEMPLATES for name in WORD.findall(file.read_text(encoding="utf-8"))}
    # Read by name from Python: teams, menu entries, ways, faults and axes.
    by_name = {"marketing", "sales", "worklist", "definition", "people", "mql_when", "sql_when"}
    by_name |= {"sign_in_failed", "sign_in_paused", "behaviour", "information", "all", "waiting"}
    by_name |= {"handed_over", "company", "review", "proposals"}
    by_name |= {"overtaken", "faults", "nothing_chosen", "say_all", "day_wrong"}
    by_name |= {"needs_other_team", "change_closed", "mql_is", "sql_is", "in_both_languages"}
    by_name |= {"nothing_changed", "start_linked", "start_looked_up", "start_unused"}
    by_name |= {"mine", "team", *Queue, *(f"{queue}_note" for queue in GROUPS)}
    by_name |= {"sent_back", "answer_is_late", "prints_as_pdf"}
    by_name |= {"take_it", "channel", "sort", *(f"sort_{sort}" for sort in Sort)}
    by_name |= {"view_returned", "view_won", "view_lost"}
    by_name |= {"email_address", "given_answer", "waiting_hours"}
    by_name |= {"several_answered", "several_left", "none_selected"}
    by_name |= {"in_force", "planned", "waiting_to_learn", "earlier"}
    by_name |= {"nothing_listed", "nothing_scored", "nothing_waiting", "nothing_found"}
    by_name |= {"no_judgement", "no_model", "release_gone"}
    by_name |= {"sign_in_first", "not_saved", "no_cookie", "password_set", "code_late"}
    by_name |= {"passwords_differ", "password_weak", "password_wrong", "password_changed"}
    by_name |= {"code_wrong", "factor_on", "factor_off", "sessions_ended", "login_taken"}
    by_name |= {"changed", "closed", "reopened", "unlocked"}
    by_name |= {"company_sign_in_failed", "company_sign_in_unknown", "export_csv", "export_xlsx"}

    assert used <= set(PAGE_WORDS)
    assert set(PAGE_WORDS) == used | by_name


def test_a_name_stands_for_one_text() -> None:
    """The files of words are joined into one: a name in two of them would hide one text."""
    files = Path(page_words.__file__).parent.glob("*_words.py")
    held = [
        node.value
        for path in files
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target).endswith("_WORDS")
    ]
    names = [key.value for words in held for key in words.keys if key is not None]

    assert len(names) == len(PAGE_WORDS)
    assert [name for name, n in Counter(names).items() if n > 1] == []


def test_no_words_are_left_empty() -> None:
    assert not [name for name, words in PAGE_WORDS.items() if not (words.ja and words.en)]


def test_what_does_not_exist_is_told_in_words(site) -> None:
    answer = site.page_request("sales").get("/leads/nobody")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_an_unexpected_fault_shows_no_detail_and_logs_no_value(site, monkeypatch, caplog) -> None:
    address = "@".join(("taro", "example.co.jp"))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(address)

    monkeypatch.setattr("serving.web.pages.leads.worklist_page.read_page", fail)
    client = site.page_request("sales")
    client._transport.raise_server_exceptions = False

    answer = client.get("/worklist")

    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "Something went wrong here" in answer.text
    assert "taro@" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "taro@" not in caplog.text


def test_the_stylesheet_may_be_kept_because_its_path_changes_with_it(site) -> None:
    client = site.page_request()
    path = re.search(r'href="(/static/awase\.css\?v=\w+)"', client.get("/sign-in").text)
    assert path

    style = client.get(path[1])

    assert style.status_code == 200
    assert "immutable" in style.headers["cache-control"]
    assert "url(" not in style.text
    assert "@import" not in style.text
