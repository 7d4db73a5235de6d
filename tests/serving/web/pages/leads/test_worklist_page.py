"""The worklist as sales see it, and the answer given in it."""

import codecs
import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import openpyxl
import pytest
from sqlalchemy import event, insert

from features.core.guarded_csv import csv_lines
from features.store.schema import fact
from serving.ledger.access.audit import read_audit
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.leads.worklist import WorklistFilter, read_page, read_standing

LEAD = re.compile(r'<th scope="row"[^>]*>\s*<a href="/leads/(\w+)">')


def _leads(html: str) -> list[str]:
    return LEAD.findall(html)


def _token(html: str) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', html)
    assert found
    return found[1]


def test_leads_come_by_probability_each_with_its_reasons(site) -> None:
    page = site.page_request("sales").get("/worklist")

    expected = [lead_state.lead_id for lead_state, _ in read_page(site.store, WorklistFilter())]
    assert _leads(page.text) == expected
    assert "Webinar" in page.text
    first = read_page(site.store, WorklistFilter())[0][0]
    assert f"{100 * first.probability:.1f}%" in page.text


def test_pages_follow_each_other_without_gap_or_repeat(site) -> None:
    object.__setattr__(site.app.state.services.settings, "rows_per_page", 7)
    client = site.page_request("sales")
    seen: list[str] = []
    path: str | None = "/worklist"

    while path:
        html = client.get(path).text
        seen += _leads(html)
        following = re.search(r'<a href="([^"]+)" rel="next">', html)
        path = unescape(following[1]) if following else None

    listed = read_page(site.store, WorklistFilter(), limit=1000)
    assert seen == [lead_state.lead_id for lead_state, _ in listed]
    assert len(seen) > 14


def test_a_member_of_a_team_sees_that_teams_leads_only(site) -> None:
    client = site.page_request("east")

    shown = _leads(client.get("/worklist").text)

    teams = {read_standing(site.store, lead_id)[0].team for lead_id in shown}
    assert teams == {"east"}
    others = [s.lead_id for s, _ in read_page(site.store, WorklistFilter(team="west"))]
    assert client.get(f"/leads/{others[0]}").status_code == 404
    form = {"form_token": _token(client.get("/worklist").text), "answer": "accepted"}
    assert client.post(f"/leads/{others[0]}/verdict", data=form).status_code == 404


def test_a_search_finds_a_company_and_keeps_what_was_typed(site) -> None:
    listed = read_page(site.store, WorklistFilter())[3]

    html = site.page_request("sales").get("/worklist", params={"q": listed[1].company}).text

    assert listed[0].lead_id in _leads(html)
    assert f'value="{listed[1].company}"' in html


def test_an_answer_given_in_the_list_takes_the_lead_off_those_waiting(site) -> None:
    client = site.page_request("sales")
    html = client.get("/worklist?view=waiting").text
    lead_id = _leads(html)[0]
    form = {
        "form_token": _token(html),
        "answer": "returned",
        "reason": site.definition.verdict_reasons.returned[0].name,
        "comment": "まだ先の話とのこと",
        "easy_to_act_on": "no",
        "next": "/worklist?view=waiting",
    }

    answer = client.post(f"/leads/{lead_id}/verdict", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist?view=waiting")
    assert lead_id not in _leads(client.get("/worklist?view=waiting").text)
    [row] = site.store.read_lead(lead_id).outcome.to_pylist()
    assert (row["stage"], row["comment"], row["by"]) == ("returned", "まだ先の話とのこと", "sales")
    assert row["easy_to_act_on"] is False


def test_of_data_that_ended_long_ago_waiting_is_counted_to_their_end(site) -> None:
    lead_state, _ = read_page(site.store, WorklistFilter(waiting=True))[0]
    assert lead_state.handed_over_at is not None
    days = (lead_state.as_of - lead_state.handed_over_at).days

    row = site.page_request("sales").get("/worklist?view=waiting").text.split("<tbody>")[1]

    assert days == 9
    assert f">{days} days<" in row.split("</tr>")[0]
    assert "overdue" in row.split("</tr>")[0]


def test_an_unknown_answer_or_reason_is_refused_in_words(site) -> None:
    client = site.page_request("sales")
    token = _token(client.get("/worklist").text)

    unknown = client.post("/leads/L003/verdict", data={"form_token": token, "answer": "maybe"})
    wrong = client.post(
        "/leads/L003/verdict", data={"form_token": token, "answer": "accepted", "reason": "x"}
    )

    assert (unknown.status_code, wrong.status_code) == (400, 400)
    assert "one of the lead definition" in wrong.text


def test_those_who_only_read_get_no_form(site) -> None:
    assert "/verdict" not in site.page_request("marketing").get("/worklist").text


def test_the_list_is_saved_as_a_file_that_no_spreadsheet_runs(site) -> None:
    answer = site.page_request("sales", language="ja").get("/worklist.csv")

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    listed = read_page(site.store, WorklistFilter(), limit=1000)
    assert answer.content.startswith(codecs.BOM_UTF8)
    assert rows[0][:3] == ["リード", "氏名", "会社名"]
    assert [row[0] for row in rows[1:]] == [lead_state.lead_id for lead_state, _ in listed]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert read_audit(site.store)[0].action == "worklist_exported"


def test_the_file_is_sent_in_few_pieces_however_many_its_lines(site) -> None:
    pieces = []

    async def counted(scope, receive, send) -> None:
        async def count(message) -> None:
            if message["type"] == "http.response.body":
                pieces.append(message)
            await send(message)

        await site.app(scope, receive, count)

    browser = replace(site, app=counted).page_request("sales")
    lines = browser.get("/worklist.csv").text.splitlines()

    assert len(lines) > 10 * len(pieces)


def test_the_file_reads_no_column_that_it_does_not_hold(site) -> None:
    asked: list[str] = []
    listen = (site.store.engine, "before_cursor_execute")
    event.listen(*listen, lambda _connection, _cursor, statement, *_: asked.append(statement))

    site.page_request("sales").get("/worklist.csv")

    [read] = [one for one in asked if "standing.priority" in one.partition("FROM")[0]]
    assert "person.email" in read
    assert not re.search(r"standing\.(rulebook_points|probability_before|verdict_at|team),", read)


def test_the_list_is_saved_for_excel_with_numbers_as_numbers(site) -> None:
    answer = site.page_request("sales").get("/worklist.xlsx")

    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    listed = read_page(site.store, WorklistFilter(), limit=1000)
    assert head[:3] == ("Lead", "Name", "Company")
    assert [row[0] for row in rows] == [lead_state.lead_id for lead_state, _ in listed]
    shares = [lead_state.probability for lead_state, _ in listed]
    assert [row[4] for row in rows] == pytest.approx(shares, rel=1e-12)
    handed_over = [lead_state.handed_over_at for lead_state, _ in listed]
    local = [at and at.astimezone(site.definition.zone).replace(tzinfo=None) for at in handed_over]
    assert [row[5] for row in rows] == local
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_a_file_holds_contact_reasons_answer_and_hours_waited(site) -> None:
    lead_state, person = read_page(site.store, WorklistFilter(waiting=True))[0]
    html = site.page_request("sales").get("/worklist?view=waiting").text

    text = site.page_request("sales").get("/worklist.csv?view=waiting").content.decode("utf-8-sig")

    row = next(csv.DictReader(io.StringIO(text)))
    clock = site.app.state.services.waiting_clock()
    hours = (clock.now - lead_state.handed_over_at).total_seconds() // 3600
    contact = csv_lines([[person.email], [person.phone]])
    assert next(csv.reader([contact])) == [row["E-mail"], row["Telephone"]]
    assert row["Waiting (hours)"] == str(int(hours))
    assert row["Sales' answer"] == ""
    assert row["Main reasons"].split("; ")[0] in unescape(html)


def test_words_that_are_kept_follow_a_dated_fact_that_arrives_later(site) -> None:
    client = site.page_request("sales")

    def why() -> dict[str, str]:
        text = client.get("/worklist.csv").content.decode("utf-8-sig")
        return {row["Lead"]: row["Main reasons"] for row in csv.DictReader(io.StringIO(text))}

    before = why()
    dated = [lead for lead, words in before.items() if "Purchase timing" in words]
    other = next(lead for lead, words in before.items() if words and lead not in dated)
    known_at = read_standing(site.store, dated[0])[0].as_of - timedelta(minutes=1)
    with site.store.engine.begin() as connection:
        for lead in (dated[0], other):
            said = {"attribute": "purchase_timing", "known_at": known_at, "value": "来月"}
            connection.execute(insert(fact).values(lead_id=lead, honest=True, **said))

    after = why()

    assert "来月" in after[dated[0]]
    assert {lead for lead in after if after[lead] != before[lead]} == {dated[0]}


def test_the_server_says_whether_it_can_serve_pages(site) -> None:
    assert site.page_request().get("/ready").status_code == 200
    site.store.close()
    (site.workspace.folder / "awase.db").unlink()
    (site.workspace.folder / "awase.db").mkdir()

    assert site.page_request().get("/ready").status_code == 503
    assert site.page_request().get("/health").status_code == 200


def test_strange_pages_asked_for_are_answered_calmly(site) -> None:
    client = site.page_request("sales")

    for query in ("view=nonsense", "q=%25_%5C"):
        assert client.get(f"/worklist?{query}").status_code == 200
    for query in ("after=x", "after=nan L001", "after=1e999 L001", "after=1 %00", "q=%00"):
        answer = client.get(f"/worklist?{query}")
        assert answer.status_code == 422
        assert f"Please correct: {query[: query.index('=')]}" in answer.text


def test_leads_judged_by_the_rulebook_alone_show_its_points(site) -> None:
    from sqlalchemy import update

    from features.store.schema import decision

    with site.store.engine.begin() as connection:
        connection.execute(
            update(decision).values(probability=None, release_id=None, qualification="MQL")
        )
    refresh_standings(site.store, site.definition)

    html = site.page_request("sales").get("/worklist").text
    assert "rule points" in html
    card = site.page_request("sales").get(f"/leads/{_leads(html)[0]}").text
    assert "Only the rulebook qualified this lead" in card


def test_a_search_finds_the_leads_of_an_owner_and_can_be_left(site) -> None:
    owned = [
        s.lead_id
        for s, _ in read_page(site.store, WorklistFilter(), limit=1000)
        if s.owner == "Lee"
    ]

    html = site.page_request("sales").get("/worklist?q=lee").text

    assert set(owned[:50]) <= set(_leads(html))
    assert '<a class="plainly" href="/worklist?q=Lee">' in html
    assert 'Searched for <b><bdi>lee</bdi></b> <a href="/worklist">' in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=nobody+there", "No lead matches."),
        ("view=opportunity", "No lead is here at present."),
        ("view=waiting", "Nothing waits for an answer."),
        ("", "Run awase score."),
    ],
)
def test_an_empty_list_says_why_and_what_to_do(site, query: str, words: str) -> None:
    with site.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM standing")

    assert words in site.page_request("sales").get(f"/worklist?{query}").text
