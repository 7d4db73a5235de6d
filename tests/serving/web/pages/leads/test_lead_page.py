"""The lead card: the probability decided on, reasons that add up, answers marketing can read."""

import itertools
import re
import shutil
import sqlite3
import time

import pyarrow as pa
import pytest

from features.core.clock import DAY, from_second
from features.core.formats import MINUS
from features.core.text import Text
from features.definition.phases import phase_of
from features.store.engine import BUSY_TIMEOUT_MS
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import read_champion
from features.store.schema import PERSON
from serving.decisions.inspect.explain_lead import past_leads
from serving.ledger.access.audit import read_audit
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.leads.worklist import WorklistFilter, read_page, read_standing
from serving.reasons.plane import Corner, Position
from serving.web.charts.plane_chart import SIDE, draw_plane
from serving.web.charts.timeline_chart import draw_timeline
from serving.web.pages.leads.lead_page import todo_of
from serving.web.words.page_words import PAGE_WORDS
from tests.serving.web.conftest import FIRST, N_LEADS, START
from training.model.release import load_release


def _top(site) -> str:
    return read_page(site.store, WorklistFilter())[0][0].lead_id


def _number(text: str) -> float:
    return float(text.replace(MINUS, "-").replace("±", "").replace(",", ""))


def test_a_card_shows_the_probability_that_was_decided_on(site) -> None:
    lead_state, _ = read_page(site.store, WorklistFilter())[0]

    html = site.page_request("sales").get(f"/leads/{lead_state.lead_id}").text

    assert f'<span class="big number">{100 * lead_state.probability:.1f}%</span>' in html


def test_the_points_on_a_card_add_up_to_its_total(site) -> None:
    html = site.page_request("sales").get(f"/leads/{_top(site)}").text
    part = html[html.index("<h2>Why</h2>") : html.index("Scored as of")]

    shown = [_number(n) for n in re.findall(r'number">([^<]+)<', part)]

    # Each line is rounded to a tenth of a point.
    assert sum(shown[:-1]) == pytest.approx(shown[-1], abs=0.05 * len(shown))


def test_a_card_says_why_the_lead_moved_since_the_decision_before(site) -> None:
    html = site.page_request("sales").get(f"/leads/{_top(site)}").text

    assert "Why it moved" in html
    assert "Time passing" in html or "New behaviour" in html


def test_marketing_read_the_answer_that_sales_gave(site) -> None:
    client = site.page_request("sales")
    lead_id = _top(site)
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/worklist").text)
    assert token
    reason = site.definition.verdict_reasons.accepted[0]
    form = {
        "form_token": token[1],
        "answer": "accepted",
        "reason": reason.name,
        "comment": "<b>期待できる</b>",
        "next": f"/leads/{lead_id}",
    }
    client.post(f"/leads/{lead_id}/verdict", data=form)

    html = site.page_request("marketing").get(f"/leads/{lead_id}").text

    assert reason.label.en in html
    assert "&lt;b&gt;期待できる&lt;/b&gt;" in html
    assert "/verdict" not in html


def test_a_card_still_shows_what_is_known_when_its_release_is_gone(site) -> None:
    shutil.rmtree(site.workspace.releases_dir)

    answer = site.page_request("sales").get(f"/leads/{_top(site)}")

    assert answer.status_code == 200
    assert "cannot be read" in answer.text
    assert "What is known" in answer.text


def test_a_phase_is_the_last_one_entered(site) -> None:
    names = {
        reached: getattr(phase_of(site.definition, reached), "name", None)
        for reached in ("NONE", "MQL", "SQL", "accepted", "opportunity")
    }

    assert names == {
        "NONE": "latent",
        "MQL": "considering",
        "SQL": "candidate",
        "accepted": "candidate",
        "opportunity": "in_deal",
    }


def test_the_dot_stays_on_the_plane_and_behaviour_goes_up() -> None:
    words = Text(ja="x", en="x")
    far = Position(behaviour=1e6, information=-1e6, corner=Corner.NEITHER, name=words, advice=words)

    chart = draw_plane(far)

    assert 0 < chart.x < SIDE / 2
    assert 0 < chart.y < SIDE / 2


def test_events_of_one_day_are_one_dot_and_later_ones_do_not_show(site) -> None:
    start = 1_780_000_000
    events = [
        {
            "event_id": f"e{number}",
            "lead_id": "a",
            "behaviour": "webinar",
            "occurred_at": start + offset,
            "known_at": start + offset,
            "actor": "lead",
        }
        for number, offset in enumerate((0, 60, 10 * DAY, 20 * DAY))
    ]
    tables = LeadTables(
        **dict.fromkeys(("lead", "fact", "outcome", "hand_over"), EVENT.empty_table()),
        event=pa.Table.from_pylist(events, EVENT),
    )

    chart = draw_timeline(tables, site.definition, until=start + 20 * DAY)

    [lane] = chart.lanes
    # Days 0 and 10 of 20, in the middle of each, between the 2 % left free at either end.
    assert [(dot.x, dot.count) for dot in lane.dots] == [(4.4, 2), (52.4, 1)]
    assert [event.at for event in chart.latest] == [
        from_second(start + 10 * DAY),
        from_second(start + 60),
        from_second(start),
    ]


def test_a_card_leads_back_to_the_list_as_it_was_left(site) -> None:
    client = site.page_request("sales")
    left = "https://awase.test/worklist?view=waiting&q=%E5%B1%B1%E7%94%B0"

    from_list = client.get(f"/leads/{_top(site)}", headers={"referer": left}).text
    from_elsewhere = client.get(
        f"/leads/{_top(site)}", headers={"referer": "https://awase.test/review/2023-11"}
    ).text

    assert '<a href="/worklist?view=waiting&amp;q=%E5%B1%B1%E7%94%B0">←' in from_list
    assert '<a href="/worklist">←' in from_elsewhere


def test_a_card_writes_to_and_calls_the_person(site) -> None:
    from sqlalchemy import update

    from features.store.schema import person

    with site.store.engine.begin() as connection:
        connection.execute(
            update(person).values(email="a?cc=b" + "@example.co.jp", phone="03 1234")
        )

    html = site.page_request("sales").get(f"/leads/{_top(site)}").text

    # What somebody typed as an address adds no header to the message.
    assert 'href="mailto:a%3Fcc%3Db@example.co.jp"' in html
    assert 'href="tel:03%201234"' in html


def test_a_number_that_is_known_is_told_with_its_unit(site) -> None:
    client = site.page_request("sales", language="ja")
    cards = (client.get(f"/leads/L{number:03d}").text for number in range(10))

    assert any("<bdi>300万円</bdi>" in card for card in cards)


@pytest.fixture
def unscored(site):
    """A lead of the tables that no decision is about: it became an opportunity before."""
    lead_id = "early"
    at = START + 2 * DAY
    site.store.write(
        LeadTables(
            lead=pa.Table.from_pylist(
                [{"lead_id": lead_id, "created_at": START, "day_only": False}], LEAD
            ),
            fact=pa.Table.from_pylist(
                [
                    {
                        "lead_id": lead_id,
                        "attribute": "pain_point",
                        "known_at": START + DAY,
                        "value": "手作業が多い",
                        "honest": True,
                    }
                ],
                FACT,
            ),
            event=pa.Table.from_pylist(
                [
                    {
                        "event_id": "e",
                        "lead_id": lead_id,
                        "behaviour": "webinar",
                        "occurred_at": at,
                        "known_at": at,
                        "actor": "lead",
                    }
                ],
                EVENT,
            ),
            outcome=pa.Table.from_pylist(
                [
                    {
                        "lead_id": lead_id,
                        "stage": "opportunity",
                        "occurred_at": at + DAY,
                        "known_at": at + DAY,
                    }
                ],
                OUTCOME,
            ),
            hand_over=HAND_OVER.empty_table(),
        ),
        pa.Table.from_pylist([{"lead_id": lead_id, "name": "早乙女"}], PERSON),
    )
    refresh_standings(site.store, site.definition)
    return lead_id


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ("This lead has no score", "Open opportunity", "Opportunity", "Webinar"),
        ),
        ("ja", ("判定は保存されていません", "商談中", "商談化", "セミナー参加")),
    ],
)
def test_a_lead_nobody_scored_has_a_card_with_all_that_is_known(
    site, unscored: str, language: str, said: tuple[str, ...]
) -> None:
    answer = site.page_request("sales", language=language).get(f"/leads/{unscored}")

    assert answer.status_code == 200
    assert all(words in answer.text for words in (*said, "手作業が多い", "早乙女"))


def test_a_lead_nobody_scored_is_found_and_listed_as_what_it_is(site, unscored: str) -> None:
    client = site.page_request("sales")

    assert f"/leads/{unscored}" in client.get("/worklist", params={"q": "早乙女"}).text
    assert f"/leads/{unscored}" in client.get("/worklist?view=opportunity").text


def test_a_search_among_all_finds_a_lead_below_the_cut_off(site) -> None:
    below = next(
        lead_id
        for lead_id in (f"L{number:03d}" for number in range(1, N_LEADS))
        if not read_standing(site.store, lead_id)[0].listed
    )
    name = read_standing(site.store, below)[1].name

    html = site.page_request("sales").get("/worklist", params={"q": name}).text

    assert f"/leads/{below}" in html


def test_a_card_shows_similar_leads_their_rate_and_what_each_answer_is_worth(site) -> None:
    # Something of every week, so that the data reach as far as the newest row.
    late = [
        {
            "event_id": f"late{day}",
            "lead_id": "L119",
            "behaviour": "page_visit",
            "occurred_at": FIRST + day * DAY,
            "known_at": FIRST + day * DAY,
            "actor": "lead",
        }
        for day in range(4, 131, 7)
    ]
    empty = {
        "lead": LEAD.empty_table(),
        "fact": FACT.empty_table(),
        "outcome": OUTCOME.empty_table(),
        "hand_over": HAND_OVER.empty_table(),
    }
    site.store.write(LeadTables(**empty, event=pa.Table.from_pylist(late, EVENT)))
    release_id = read_champion(site.store).release_id
    release = load_release(site.workspace.releases_dir / release_id)
    past = past_leads(site.workspace, release, site.definition)

    html = site.page_request("sales").get(f"/leads/{_top(site)}").text

    assert len(past) > 100
    part = html[html.index("Similar past leads") :]
    part = part[: part.index("</table>")]
    assert len(re.findall(r"<tr>", part)) == 5
    assert set(re.findall(r'scope="row">([^<]+)<', part)) <= {"converted", "did not"}
    assert "at this level" in html
    assert "Probability by answer" in html


def test_who_opens_a_card_is_recorded(site) -> None:
    lead_id = _top(site)

    site.page_request("marketing").get(f"/leads/{lead_id}")

    newest = read_audit(site.store)[0]
    assert (newest.by, newest.action, newest.subject) == ("marketing", "lead_opened", lead_id)


def test_a_card_opens_while_somebody_writes_and_is_recorded_afterwards(site) -> None:
    lead_id, client = _top(site), site.page_request("sales")
    writer = sqlite3.connect(site.workspace.folder / "awase.db")
    writer.execute("BEGIN IMMEDIATE")

    began = time.monotonic()
    status = client.get(f"/leads/{lead_id}").status_code
    took = time.monotonic() - began
    writer.rollback()
    writer.close()
    site.app.state.services.writer.close()

    assert status == 200
    assert took < BUSY_TIMEOUT_MS / 1_000
    assert read_audit(site.store)[0].subject == lead_id


def test_no_instruction_contradicts_that_nobody_has_the_lead(site) -> None:
    with site.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE standing SET reached = 'SQL', ended = NULL")
        connection.exec_driver_sql(
            "UPDATE standing SET handed_over_at = NULL, cycle = NULL WHERE lead_id = 'L001'"
        )
        connection.exec_driver_sql("DELETE FROM hand_over WHERE lead_id = 'L001'")
    client = site.page_request("sales")

    nobody, given = (client.get(f"/leads/{lead}").text for lead in ("L001", "L003"))

    todo = next(phase.sales for phase in site.definition.phases if phase.leads == "sales")
    assert "Not handed over yet: accept it to take it" in nobody
    assert f'<p class="todo">{todo.en}</p>' not in nobody
    assert "accept it to take it" not in given


def test_what_is_to_be_done_follows_the_answer_and_the_time_left(site) -> None:
    phase = next(phase for phase in site.definition.phases if phase.leads == "sales")
    standing = read_standing(site.store, _top(site))
    assert standing is not None
    given = standing[0]._replace(handed_over_at=from_second(START), verdict=None)
    sent_back = given._replace(verdict="returned")

    found = [todo_of(given, phase, 3.0), todo_of(given, phase, -3.0), todo_of(sent_back, phase, -3)]

    # "Call within 24 hours" stands beside no deadline that is over, nor beside what was sent back.
    assert found == [phase.sales, PAGE_WORDS["answer_is_late"], PAGE_WORDS["sent_back"]]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_card_tells_reasons_for_and_against_as_sentences(site, language: str) -> None:
    html = site.page_request("sales", language).get(f"/leads/{_top(site)}").text

    told = [
        re.findall(r"<li>(.*?)</li>", part)
        for part in re.findall(r'<ul class="told">(.*?)</ul>', html, re.DOTALL)
    ]
    assert 1 <= len(told[0]) <= 3
    assert all(len(against) <= 2 for against in told[1:])
    for sentence in itertools.chain(*told):
        assert sentence.endswith("。" if language == "ja" else ".")
        assert ": " not in sentence
