"""The page of a trial: agreed on, shown, and ended, by whom it may be."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.core.clock import DAY, to_second
from features.definition.trial import Trial
from training.results_store import keep_trial
from training.trial.count import EnteredLeads, count_trial, wait_seconds

N_ACCOUNTS = 1200


def written(**others):
    today = datetime.now(UTC) + timedelta(days=1)
    return {
        "name": "spring",
        "hypothesis_ja": "モデルのほうが多い",
        "hypothesis_en": "The model finds more",
        "share": "40",
        "starts_on": today.date().isoformat(),
        "months": "6",
        "worthwhile": "1.5",
        "expected_accounts": str(N_ACCOUNTS),
        "present_marketing": "佐藤",
        "present_sales": "鈴木、田中",
        "why": "to know",
    } | others


def send(client, path, form):
    page = client.get("/trial").text
    token = re.search(r'name="form_token" value="(\w+)"', page)
    return client.post(path, data={"form_token": token[1]} | form)


def counted(site, *, model, rulebook):
    """The trial of the agreement, half a year later, counted by the real counting."""
    definition = site.workspace.definition()
    trial = definition.trial
    assert isinstance(trial, Trial)
    draws = np.random.default_rng(2)
    is_tested = draws.random(N_ACCOUNTS) < trial.tested[0].share
    begins = to_second(trial.begins(definition.zone))
    converted = draws.random(N_ACCOUNTS) < np.where(is_tested, model, rulebook)
    unknown = np.full(N_ACCOUNTS, np.nan)
    leads = EnteredLeads(
        unit=np.arange(N_ACCOUNTS),
        account=np.arange(N_ACCOUNTS),
        arm=is_tested.astype(np.int64),
        entered=begins + draws.integers(0, 150, N_ACCOUNTS) * DAY,
        handed_over=converted,
        converted=converted,
        won=converted,
        probability=unknown,
        rulebook_points=unknown,
        age_days=unknown,
    )
    closes = to_second(trial.closes(definition.zone))
    report = count_trial(trial, definition, leads, as_of=closes + wait_seconds(definition))
    keep_trial(site.store, report)
    return report


@pytest.mark.parametrize(("language", "agreed", "better", "ended"), [
    ("en", "The trial agreed: spring", "The model is better", "The last trial"),
    ("ja", "合意した試験: spring", "モデルのほうがよい", "終わった試験"),
])  # fmt: skip
def test_a_trial_from_agreeing_to_ending(site, language, agreed, better, ended) -> None:
    client = site.page_request("marketing")
    send(client, "/language", {"language": language, "next": "/trial"})

    send(client, "/trial", written())
    page = client.get("/trial").text
    assert agreed in page
    assert "40%" in page
    assert 'action="/trial/end"' not in page
    newest = site.workspace.agreed_versions().versions[0]
    assert newest.decision.present == "佐藤, 鈴木, 田中"

    counted(site, model=0.2, rulebook=0.05)
    page = client.get("/trial").text
    assert better in page
    assert "<svg" in page
    send(client, "/trial/end", {"present": "佐藤、鈴木", "why": "ripe"})

    page = client.get("/trial").text
    assert ended in page
    assert better in page
    assert 'action="/trial"' in page
    newest = site.workspace.agreed_versions().versions[0]
    assert (
        newest.decision.what == "trial spring ends: The model is better (Outcomes per 100 leads)."
    )
    assert "trial:" not in newest.definition


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Spring 2026"}, {"share": "2"}, {"months": ""}, {"present_sales": " "},
     {"worthwhile": "-1"}, {"starts_on": "soon"}, {"worthwhile": "nan"}],
    ids="-".join,
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_agreed(site, wrong) -> None:
    client = site.page_request("marketing")

    answer = send(client, "/trial", written(**wrong))

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "The model finds more" in answer.text
    assert site.workspace.definition().trial is None


def test_sales_read_it_and_decide_nothing(site) -> None:
    client = site.page_request("sales")

    page = client.get("/trial")

    assert page.status_code == 200
    assert '<form method="post" action="/trial' not in page.text
    assert send(client, "/trial", written()).status_code == 403


@pytest.mark.parametrize("locale", ["ja-JP", pytest.param("en-GB", marks=pytest.mark.long)])
def test_a_browser_agrees_looks_and_ends(open_as, address, site, locale) -> None:
    page = open_as("marketing", locale=locale)
    page.goto(f"{address}/trial")
    for name, value in written().items():
        page.fill(f"main [name={name}]", value)
    page.click("form[action='/trial'] button")
    assert "spring" in page.inner_text("#terms-heading")
    assert page.locator("form[action='/trial/end']").count() == 0

    counted(site, model=0.2, rulebook=0.05)
    page.goto(f"{address}/trial")
    better = "モデルのほうがよい" if locale == "ja-JP" else "The model is better"
    assert better in page.inner_text("#answer")
    assert page.locator("#looks svg").is_visible()
    page.fill("form[action='/trial/end'] [name=present]", "佐藤、鈴木")
    page.fill("form[action='/trial/end'] [name=why]", "ripe")
    page.click("form[action='/trial/end'] button")

    assert page.locator("form[action='/trial']").count() == 1
    assert better in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.context.close()
