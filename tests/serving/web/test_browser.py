"""The pages in a real browser: what sales and marketing do, without script, at two widths."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from features.store.schema import fact
from serving.ledger.leads.notes import read_notes
from serving.ledger.leads.worklist import WorklistFilter, read_page
from tests.served import AXE_RULES

PASSWORD = "correct horse battery"

REVIEW = ("/home", "/review/2023-12", "/review/2023-12/details", "/review/2023-12/leads/mql_count")
PEOPLE = ("/people", "/people/sales", "/account", "/account/second-factor")


def _sign_in(page, login: str) -> None:
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")


def test_sales_return_the_top_lead_and_marketing_read_why(open_as, address, site) -> None:
    top = read_page(site.store, WorklistFilter())[0][0].lead_id
    sales = open_as("sales")
    sales.goto(f"{address}/worklist")

    sales.locator("tbody th a").first.click()
    assert "判定の理由" in sales.inner_text("main")
    form = sales.locator("form.verdict-returned")
    form.locator("select[name=reason]").select_option(index=1)
    form.locator("textarea").fill("担当者が異動した")
    form.locator("button").click()
    sales.goto(f"{address}/worklist")
    listed = sales.inner_text("main")
    sales.context.close()

    reason = site.definition.verdict_reasons.returned[0]
    marketing = open_as("marketing", locale="en-GB")
    marketing.goto(f"{address}/leads/{top}")
    history = marketing.inner_text("ol.history")
    marketing.context.close()

    assert top not in listed
    assert "担当者が異動した" in history
    assert reason.label.en in history
    assert site.store.read_lead(top).outcome.to_pylist()[-1]["by"] == "sales"


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
@pytest.mark.parametrize("locale", [pytest.param("ja-JP", marks=pytest.mark.long), "en-GB"])
def test_no_page_is_wider_than_the_window(open_as, address, site, width, locale) -> None:
    page = open_as("admin", width=width, locale=locale)
    top = read_page(site.store, WorklistFilter())[0][0].lead_id

    widths = {}
    paths = ("/today", "/worklist", f"/leads/{top}", *REVIEW, "/definition", *PEOPLE)
    for path in (*paths, f"/leads/{top}/account", "/proposals", "/definition/diff", "/nowhere"):
        page.goto(address + path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert max(widths.values()) <= width, widths


def test_sales_answer_a_lead_with_eight_keys(chromium, address, site) -> None:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(address)
    _sign_in(page, "sales")
    page.wait_for_url("**/today*")
    first, second = page.locator(".day th a[id]").evaluate_all("links => links.map(a => a.id)")[:2]

    # Down to the first lead, accept it, choose a reason, and send.
    for key in ("j", "a", "ArrowDown", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/today*#{second}")
    focused = page.evaluate("document.activeElement.id")
    page.keyboard.press("r")
    opened = page.locator("details[open]").count()
    page.keyboard.press("Escape")
    closed = page.locator("details[open]").count()
    context.close()

    outcomes = site.store.read_lead(first.removeprefix("lead-")).outcome.to_pylist()
    assert (outcomes[-1]["stage"], outcomes[-1]["by"]) == ("accepted", "sales")
    assert focused == second
    assert (opened, closed) == (1, 0)


def test_sales_sign_in_and_record_an_answer_with_three_actions(chromium, address, site) -> None:
    page = chromium.new_page(locale="ja-JP", java_script_enabled=False)
    page.goto(address)
    _sign_in(page, "sales")  # types login and password, and signs in: the first
    page.wait_for_url("**/today")
    lead = page.locator(".day th a[id]").first.get_attribute("id").removeprefix("lead-")

    page.locator(".answer summary").first.click()
    page.locator(".verdict-accepted button").first.click()
    page.context.close()

    (answer,) = site.store.read_lead(lead).outcome.to_pylist()[-1:]
    assert (answer["stage"], answer["by"]) == ("accepted", "sales")


SMALL = """() => [...document.querySelectorAll("a, button, summary, input, select, textarea")]
    .map(found => found.closest("label") ?? found)
    .filter(found => getComputedStyle(found).display !== "inline" && !found.matches(".skip"))
    .map(found => [found.outerHTML.slice(0, 90), found.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < 23.9 || box.width < 23.9))
    .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
"""Targets under 24 pixels; a link within a sentence may be as high as its line."""


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_whatever_sales_press_measures_24_pixels(open_as, address, site, width) -> None:
    page = open_as("sales", width=width)
    card = f"/leads/{read_page(site.store, WorklistFilter())[0][0].lead_id}"

    small = {}
    for path in ("/today", card, f"{card}/account", "/worklist", "/worklist?view=returned"):
        page.goto(address + path)
        small[path] = page.evaluate(SMALL)
    page.context.close()

    assert small == {path: [] for path in small}


@pytest.fixture
def today(open_as) -> Iterator[Any]:
    """Today's list of sales in a browser that runs our script."""
    page = open_as("sales", height=720, script=True)
    yield page
    page.context.close()


def _leads_of(page) -> list[str]:
    return page.locator(".day th a[id]").evaluate_all("links => links.map(a => a.id.slice(5))")


def _panel_of(page, lead: str) -> None:
    page.locator(f".panel:not([aria-busy]) form[action='/leads/{lead}/verdict']").first.wait_for()


def test_the_side_panel_opens_follows_the_keys_and_gives_the_focus_back(today) -> None:
    first, second = _leads_of(today)[:2]
    path = today.url

    today.keyboard.press("j")
    today.keyboard.press("Enter")
    _panel_of(today, first)
    headline = today.locator(".panel .headline").count()
    today.keyboard.press("j")
    _panel_of(today, second)
    today.keyboard.press("a")
    field = today.evaluate("document.activeElement.closest('.panel form').className")
    today.keyboard.press("Escape")

    assert headline == 1
    assert "verdict-accepted" in field
    assert today.locator(".panel").is_hidden()
    assert today.evaluate("document.activeElement.id") == f"lead-{second}"
    assert today.url == path


def test_after_an_answer_in_the_panel_the_next_lead_follows_in_it(today, site) -> None:
    first, second = _leads_of(today)[:2]

    today.locator(f"#lead-{first}").click()
    _panel_of(today, first)
    form = today.locator(".panel .verdict-returned")
    form.locator("select[name=reason]").select_option(index=1)
    form.locator("button").click()
    _panel_of(today, second)

    assert today.evaluate("document.activeElement.id") == f"lead-{second}"
    assert first not in _leads_of(today)
    newest = site.store.read_lead(first).outcome.to_pylist()[-1]
    assert (newest["stage"], newest["by"]) == ("returned", "sales")


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_several_leads_get_one_answer_without_script(open_as, site, width) -> None:
    page = open_as("sales", width=width)
    chosen = _leads_of(page)[:2]

    for lead in chosen:
        page.locator(f"input[name=lead_{lead}]").check()
    bar = page.locator("form#several")
    bar.locator("select").select_option(index=1)
    bar.locator("button").click()
    page.wait_for_load_state()
    said = page.locator("p.done").inner_text()
    page.context.close()

    assert said == "2件に回答しました。"
    stages = [site.store.read_lead(lead).outcome.to_pylist()[-1]["stage"] for lead in chosen]
    assert stages == ["accepted", "accepted"]


def test_on_a_phone_a_lead_of_today_takes_three_lines(open_as) -> None:
    page = open_as("sales", width=390)

    row = page.locator(".day tbody tr").first
    middles = row.evaluate(
        "row => [...row.children].map(cell => cell.getBoundingClientRect())"
        ".filter(box => box.height).map(box => box.top + box.height / 2)"
    )
    height = row.bounding_box()["height"]
    page.context.close()

    lines = {round(middle / 12) for middle in middles}
    assert len(lines) <= 3
    assert height < 120


def test_marketing_open_last_months_review_in_japanese(open_as) -> None:
    page = open_as("marketing")

    page.click("nav.menu a[href='/review']")
    page.wait_for_url("**/review/2023-11")
    page.click("a.month-after")
    page.wait_for_url("**/review/2023-12")
    screens = page.locator(".screen h2").all_inner_texts()
    page.locator(".screen-bar").first.get_by_text("数字の詳細").click()
    page.wait_for_url("**/review/2023-12/details#kpis")
    heading = page.inner_text("h1")
    parts = page.locator("section.part h2").all_inner_texts()
    page.click("nav.contents a[href='#nurture']")
    drawn = page.locator("svg.chart").first.bounding_box()
    with page.expect_download() as taken:
        page.click(".take-away a[href$='/xlsx']")
    page.context.close()

    assert screens == [
        "まとめ",
        "引き渡したリードの傾向",
        "成果につながったリードの共通点",
        "営業が動きやすかったリード",
        "来月育てたいリード",
        "次の合意",
    ]
    assert heading == "2023年12月のレビュー: 数字の詳細"
    assert parts[0] == "両チームのKPI"
    assert "営業が動きやすかったリード" in parts
    assert drawn is not None
    assert drawn["width"] > 300
    assert taken.value.suggested_filename == "review-2023-12.xlsx"


def test_the_list_is_worked_from_the_keyboard(open_as) -> None:
    page = open_as("sales")

    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    page.locator(".answer summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.name")
    page.context.close()

    assert first == "skip"
    assert inside == "reason"


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_axe_finds_nothing_to_object_to_in_light_or_dark(chromium, address, site, width) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="checks for screen readers need the package axe-playwright-python",
    )
    # axe is script; our own policy would not let it in.
    context = chromium.new_context(
        locale="ja-JP", bypass_csp=True, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    found = _violations(axe, page)
    _sign_in(page, "admin")
    page.wait_for_url("**/home")

    top = read_page(site.store, WorklistFilter())[0][0].lead_id
    _at_an_account(site, top)
    lead = (f"/leads/{top}", f"/leads/{top}/account")
    for path in ("/today", "/worklist", *lead, *REVIEW, "/definition", *PEOPLE):
        page.goto(address + path)
        if path == "/worklist":
            page.locator(".answer summary").first.click()
        for folded in page.locator(".lead-card details, .lead-owner details").all():
            folded.locator(":scope > summary").click()
        if path == "/today":
            page.locator(".filters summary").click()
            page.locator(".day th a").first.click()
            page.locator(".panel:not([aria-busy]) .answers form").first.wait_for()
        found += _violations(axe, page)
    context.close()

    assert found == []


def _at_an_account(site, lead_id: str) -> None:
    """Have a lead and two others at one account."""
    known_at = datetime(2023, 12, 1, tzinfo=UTC)
    with site.store.engine.begin() as connection:
        for one in {lead_id, "L001", "L002"}:
            said = {"attribute": "account_id", "known_at": known_at, "value": "C1", "honest": True}
            connection.execute(insert(fact).values(lead_id=one, **said))


def test_two_people_answer_one_lead_and_the_second_chooses(open_as, address, site) -> None:
    top = read_page(site.store, WorklistFilter())[0][0].lead_id
    first = open_as("sales")
    second = open_as("admin", locale="en-GB", width=390)
    for page in (first, second):
        page.goto(f"{address}/leads/{top}")

    returned = first.locator("form.verdict-returned")
    returned.locator("select[name=reason]").select_option(index=1)
    returned.locator("button").click()
    accepted = second.locator("form.verdict-accepted")
    accepted.locator("textarea").fill("I call her tomorrow")
    accepted.locator("button").click()
    told, typed = second.inner_text("main"), second.input_value("textarea")
    wide = second.evaluate("document.documentElement.scrollWidth")
    second.click("text=Replace it with mine")
    second.wait_for_url(f"**/leads/{top}")
    for page in (first, second):
        page.context.close()

    assert "Somebody answered first" in told
    assert site.definition.verdict_reasons.returned[0].label.en in told
    assert typed == "I call her tomorrow"
    assert wide <= 390
    newest = max(site.store.read_lead(top).outcome.to_pylist(), key=lambda row: row["occurred_at"])
    assert (newest["stage"], newest["by"], newest["comment"]) == ("accepted", "admin", typed)


def test_a_session_that_ended_keeps_what_was_typed(open_as, address, site) -> None:
    top = read_page(site.store, WorklistFilter())[0][0].lead_id
    page = open_as("sales", locale="en-GB")
    page.goto(f"{address}/leads/{top}")
    page.context.clear_cookies()
    page.fill("#notes textarea", "Budget is decided in autumn")
    page.click("#notes button")
    told, typed = page.inner_text("main"), page.input_value("textarea")

    with page.context.expect_page() as opened:
        page.click("a[target=_blank]")
    beside = opened.value
    _sign_in(beside, "sales")
    beside.wait_for_url(f"**/leads/{top}*")
    # The form bears the token of the session that ended: it is given back with the new one.
    page.click("text=Send again")
    page.click("text=Send again")
    page.wait_for_url(f"**/leads/{top}#notes")
    page.context.close()

    assert "Not sent yet" in told
    assert typed == "Budget is decided in autumn"
    assert [note.text for note in read_notes(site.store, top)] == [typed]


def _violations(axe, page) -> list[str]:
    faults = []
    for scheme, rules in AXE_RULES.items():
        page.emulate_media(color_scheme=scheme)
        faults += [
            f"{page.url} {scheme} {fault['id']}: {fault['nodes'][0]['html'][:100]}"
            for fault in axe.Axe().run(page, options=rules).response["violations"]
        ]
    return faults
