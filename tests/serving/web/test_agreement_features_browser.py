"""What an agreement of both teams needs, each by real clicks, without script.

A table of points, a checklist, behaviour x information, phases with roles, KPIs of both teams on
one page, a comment that says why, a regular revision, and sales as the owner of its half.
"""

import re

import pytest


def _form_of(page, block: str) -> None:
    """From wherever one stands to the form of a block of the agreement."""
    page.click("nav >> text=リード定義")
    page.click(f'a[href="/propose/{block}"] >> nth=0')


def _propose(page, what: str) -> None:
    """From the form to the proposed change."""
    page.click('button[value="review"]')
    page.fill("textarea[name=agreed]", what)
    page.fill("textarea[name=why]", "実績から")
    page.click("form[action='/decide'] button.primary")
    page.wait_for_url("**/changes/1")


def _approve(open_as, login: str):
    """The other team approve by a click and see the new version."""
    page = open_as(login)
    page.click("nav >> text=次の合意")
    page.click(".waiting-changes a")
    page.fill("textarea[name=text]", "賛成です")
    page.click("button[value=approve]")
    page.wait_for_url("**/definition?version=2")
    return page


def test_the_table_of_points_is_read_and_changed(open_as, site) -> None:
    page = open_as("marketing")
    _form_of(page, "rulebook")
    page.click("text=セミナーに参加した")
    page.fill('input[name="at.points"]', "12")
    _propose(page, "セミナーは12点")
    page.context.close()

    agreed = _approve(open_as, "sales")
    row = agreed.locator("tr", has_text="セミナーに参加した").filter(has_text="直近90日").first
    points = row.locator("td").inner_text()
    agreed.context.close()

    assert points == "+12"
    rules = {rule.name: rule.points for rule in site.workspace.definition().rulebook.rules}
    assert rules["webinar_attended"] == 12


def test_a_checklist_is_proposed_and_agreed(open_as) -> None:
    page = open_as("sales")
    _form_of(page, "rulebook")
    page.fill('[name="at.mql.checklist.label.ja"]', "セミナー参加+課題がわかっている")
    page.fill(
        '[name="at.mql.checklist.when"]',
        "{all_of: [{behaviour: webinar, at_least: 1}, {attribute: pain_point, known: true}]}",
    )
    _propose(page, "MQLのチェックリストを短く")
    page.context.close()

    agreed = _approve(open_as, "marketing")
    text = agreed.inner_text(".agreement-page")
    agreed.context.close()

    assert "チェックリスト: セミナー参加+課題がわかっている" in re.sub(r"\s+", " ", text)


def test_behaviour_and_information_stand_in_three_rows(open_as) -> None:
    page = open_as("sales")
    page.click("nav >> text=リード定義")

    rows = page.locator("table.three tbody tr, table.three > tr").all_inner_texts()
    page.context.close()

    said = [row.split("\t") for row in rows if "位置づけ" not in row]
    assert len(said) == 3
    assert "資料をダウンロードした" in said[0][0]
    assert "まだMQLではない" in said[0][2]
    assert "セミナー参加" in said[1][0]
    assert {"課題", "部署"} <= {part for part in ("課題", "部署") if part in said[1][1]}
    assert "問い合わせ" in said[2][0]
    assert all(part in said[2][1] for part in ("導入時期", "予算", "決裁者"))


def test_phases_and_roles_are_one_table_that_sales_can_change(open_as) -> None:
    page = open_as("sales")
    page.click("nav >> text=リード定義")
    heads = page.locator(".phase-table thead th").all_inner_texts()
    _form_of(page, "phases")
    page.click("main >> text=検討")
    page.select_option('select[name="at.leads"]', "sales")
    _propose(page, "検討フェーズは営業が主導する")
    page.context.close()

    agreed = _approve(open_as, "marketing")
    row = agreed.locator(".phase-table tr", has_text="検討").first.inner_text()
    agreed.context.close()

    assert heads == ["フェーズ", "主担当", "マーケティング", "営業"]
    assert "営業" in row.split("\t")[1]


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_kpis_of_both_teams_are_one_page_with_the_shared_above(open_as, address, width) -> None:
    page = open_as("marketing", width=width)
    page.goto(f"{address}/review/2023-11")  # the month that home shows; made if it is not yet
    page.goto(f"{address}/home")

    cards = page.locator("main section h2").all_inner_texts()
    bars = page.locator(".home-teams .kpi-bar").count()
    shown = page.locator(".home-teams .kpi-bar >> visible=true").count()
    figures = page.locator(".kpis td a").evaluate_all("all => all.map(one => one.href)")
    page.click(".kpis td a >> nth=0")
    behind = page.locator("h1").inner_text()
    page.context.close()

    assert cards[:3] == ["両チーム共通", "マーケティング", "営業"]
    assert bars > 0
    assert shown == (bars if width > 390 else 0)
    assert all("/leads/" in path for path in figures)
    assert behind


@pytest.mark.parametrize(
    ("one", "other"),
    [("sales", "marketing"), pytest.param("marketing", "sales", marks=pytest.mark.long)],
)
def test_the_regular_revision_goes_from_the_meeting_to_the_minutes(
    open_as, address, one, other
) -> None:
    page = open_as(one)
    page.goto(f"{address}/review/2023-12")
    page.click('#agreement a[href="/proposals"]')
    page.click("nav >> text=リード定義")
    _form_of(page, "sales")
    page.fill('input[name="at.response_time_hours"]', "12")
    _propose(page, "12時間以内に答える")
    alone = page.locator("button[value=approve]").count()
    page.context.close()

    agreed = _approve(open_as, other)
    said = agreed.inner_text("main")
    agreed.context.close()

    assert alone == 0
    assert "12時間" in said
    assert "12時間以内に答える" in said
