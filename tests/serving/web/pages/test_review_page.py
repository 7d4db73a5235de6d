"""The monthly review as people of each role see it."""

import re
import sys
from urllib.parse import unquote

import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.ledger.leads.worklist import WorklistFilter, read_page
from serving.ledger.verdicts import Verdict, record_verdict

MONTH = "2023-12"
EAST_COMMENT, WEST_COMMENT = "東の担当者より", "西の担当者より"


def _of_team(site, team: str) -> str:
    found = read_page(site.store, WorklistFilter(team=team), limit=200)
    return next(s.lead_id for s, _ in found if s.handed_over_at is not None and s.verdict is None)


@pytest.fixture
def commented(site):
    """Sales of both teams returned a lead in December, with a comment."""
    rows = []
    for team, comment in (("east", EAST_COMMENT), ("west", WEST_COMMENT)):
        lead_id = _of_team(site, team)
        handed = site.store.read_lead(lead_id).hand_over.to_pylist()[0]["handed_over_at"]
        rows.append(
            {
                "lead_id": lead_id,
                "stage": "returned",
                "occurred_at": handed + 2 * DAY,
                "known_at": handed + 2 * DAY,
                "reason": "too_early",
                "comment": comment,
                "easy_to_act_on": False,
                "by": "Lee",
            }
        )
    site.store.write(
        LeadTables(
            lead=LEAD.empty_table(),
            fact=FACT.empty_table(),
            event=EVENT.empty_table(),
            outcome=pa.Table.from_pylist(rows, OUTCOME),
            hand_over=HAND_OVER.empty_table(),
        )
    )
    return site


def test_the_menu_leads_to_the_last_complete_month(site) -> None:
    answer = site.page_request("marketing").get("/review")

    # The newest things are of early December 2023.
    assert answer.status_code == 303
    assert answer.headers["location"] == "/review/2023-11"


def test_one_answer_long_after_the_data_end_opens_no_empty_month(site) -> None:
    answered = Verdict(
        lead_id=_of_team(site, "east"),
        answer="accepted",
        reason=site.definition.verdict_reasons.accepted[0].name,
        comment="",
        easy_to_act_on=None,
        by="sales",
    )
    record_verdict(site.store, answered, site.definition)  # today, years later

    answer = site.page_request("marketing").get("/review")

    assert answer.headers["location"] == "/review/2023-11"


def test_sales_see_everybodys_figures_and_their_own_teams_comments(commented) -> None:
    east = commented.page_request("east", language="ja").get(f"/review/{MONTH}/details").text
    marketing = (
        commented.page_request("marketing", language="ja").get(f"/review/{MONTH}/details").text
    )

    assert EAST_COMMENT in east
    assert WEST_COMMENT not in east
    assert EAST_COMMENT in marketing
    assert WEST_COMMENT in marketing
    for page in (east, marketing):
        assert re.search(r"差し戻し2件", page)


def test_a_file_shows_no_more_than_the_page(commented) -> None:
    minutes = commented.page_request("east", language="ja").get(f"/review/{MONTH}/md")

    assert minutes.headers["content-disposition"] == f'attachment; filename="review-{MONTH}.md"'
    assert EAST_COMMENT in minutes.text
    assert WEST_COMMENT not in minutes.text


@pytest.mark.parametrize("form", ["xlsx", "html", "md"])
def test_every_file_can_be_taken_away(site, form: str) -> None:
    answer = site.page_request("scientist").get(f"/review/{MONTH}/{form}")

    assert answer.status_code == 200
    assert len(answer.content) > 1000


def test_a_format_that_does_not_exist_is_no_page(site) -> None:
    assert site.page_request("marketing").get(f"/review/{MONTH}/docx").status_code == 404


@pytest.mark.parametrize("month", ["2023-13", "december", "1999-01"])
def test_a_month_that_cannot_be_reviewed_is_told_in_one_sentence(site, month: str) -> None:
    answer = site.page_request("marketing").get(f"/review/{month}")

    assert answer.status_code == 400
    assert "2026-03" in answer.text or "2023-11 to 2023-12" in answer.text


def test_a_review_out_of_date_says_so_and_is_made_anew(site) -> None:
    client = site.page_request("marketing")
    first = client.get(f"/review/{MONTH}/details").text
    lead_id = _of_team(site, "east")
    token = re.search(r'name="form_token" value="(\w+)"', first)[1]
    sales = site.page_request("sales")
    sales_token = re.search(r'name="form_token" value="(\w+)"', sales.get("/worklist").text)[1]
    sales.post(
        f"/leads/{lead_id}/verdict",
        data={"form_token": sales_token, "answer": "accepted", "reason": "clear_need"},
    )

    stale = client.get(f"/review/{MONTH}/details").text
    answer = client.post(f"/review/{MONTH}/details", data={"form_token": token})
    fresh = client.get(f"/review/{MONTH}/details").text

    assert "have moved since" not in first
    assert "have moved since" in stale
    assert answer.headers["location"] == f"/review/{MONTH}"
    assert "have moved since" not in fresh


def test_a_lead_named_in_a_comment_leads_to_its_card(commented) -> None:
    page = commented.page_request("marketing").get(f"/review/{MONTH}/details").text

    assert f'href="/leads/{_returned(commented)}"' in page


def _returned(site) -> str:
    outcome = site.store.read_tables().outcome.to_pylist()
    return next(row["lead_id"] for row in outcome if row["comment"] == EAST_COMMENT)


@pytest.mark.parametrize(
    ("language", "population"),
    [
        ("en", "leads answered by sales in the month, whenever handed over"),
        ("ja", "今月営業が回答したリード(引き渡しの時期は問わない)"),
    ],
)
def test_the_page_names_whom_a_measure_counts_below_it(
    site, language: str, population: str
) -> None:
    html = site.page_request("marketing", language=language).get(f"/review/{MONTH}/details").text

    assert f"<small>{population}</small></th>" in html


@pytest.mark.parametrize(
    ("language", "name"), [("ja", "印刷・PDF保存用のページ"), ("en", "Page to print")]
)
def test_without_the_extra_for_pdf_a_page_that_prints_is_offered(
    site, monkeypatch: pytest.MonkeyPatch, language: str, name: str
) -> None:
    client = site.page_request("marketing", language)
    complete = client.get("/review/2023-12/details").text
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    without = client.get("/review/2023-12/details").text

    assert ">PDF</a>" in complete
    assert "/pdf" not in without
    assert f'<a href="/review/2023-12/html">{name}' in without
    # Nobody reads how to install a package, in whatever language.
    assert client.get("/review/2023-12/pdf").status_code == 404


def test_figures_lead_to_the_leads_they_count(site) -> None:
    client = site.page_request("marketing")
    page = client.get("/review/2023-12/details").text

    links = re.findall(r'<td class="figure number[^"]*"><a href="([^"]+)">', page)
    pages = {path: client.get(path) for path in links}
    file = client.get("/review/2023-12/html").text

    names = {unquote(path.rpartition("/")[2]) for path in links}
    assert {"mql_count", "lead_count:before", "now:handed_over", "2023-12:handed_over"} <= names
    assert any(name.startswith("by:") for name in names)
    assert {path: answer.status_code for path, answer in pages.items()} == dict.fromkeys(links, 200)
    assert "<h1>Review of December 2023: 2023-11 (Created (all leads))</h1>" in (
        pages["/review/2023-12/leads/2023-11%3Acreated"].text
    )
    # A file is read where no such page is.
    assert "/review/2023-12/leads/" not in file
