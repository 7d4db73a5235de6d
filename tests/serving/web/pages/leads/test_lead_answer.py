"""Answers, notes and owners from a lead's card: two people, one lead; nothing typed is lost."""

import re

import pytest

from features.core.errors import LeadDataError
from features.store.schema import outcome
from serving.ledger.leads.notes import read_notes, write_note
from serving.ledger.leads.worklist import WorklistFilter, read_page, read_standing
from serving.ledger.verdicts import Verdict, record_verdict


def _top(site) -> str:
    return read_page(site.store, WorklistFilter())[0][0].lead_id


def _form(client, lead_id: str, answer: str) -> dict[str, str]:
    """The card's form of an answer, as a browser would send it untouched."""
    html = client.get(f"/leads/{lead_id}").text
    part = html[html.index(f'class="stack verdict-{answer}"') :]
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', part[: part.index("</form")])
    return {**dict(hidden), "comment": "", "reason": "", "easy_to_act_on": ""}


def _stored(site, lead_id: str) -> list[dict]:
    rows = site.store.read_lead(lead_id).outcome.to_pylist()
    return [row for row in rows if row["stage"] in ("accepted", "returned")]


def test_a_lead_is_accepted_now_and_its_reason_is_asked_for_later(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)

    sent = client.post(f"/leads/{lead_id}/verdict", data=_form(client, lead_id, "accepted"))
    asked = client.get(f"/leads/{lead_id}").text
    reason = site.definition.verdict_reasons.accepted[0].name
    later = _form(client, lead_id, "accepted") | {"reason": reason}
    client.post(f"/leads/{lead_id}/verdict", data=later)

    assert sent.status_code == 303
    assert "When the result is known, say what made it worth accepting." in asked
    assert [row["reason"] for row in _stored(site, lead_id)][-2:] == [None, reason]
    assert "When the result is known, say" not in client.get(f"/leads/{lead_id}").text


def test_a_return_still_needs_its_reason(site) -> None:
    verdict = Verdict(
        lead_id=_top(site),
        answer="returned",
        reason="",
        comment="",
        easy_to_act_on=None,
        by="sales",
    )

    with pytest.raises(LeadDataError, match="a reason must be one of"):
        record_verdict(site.store, verdict, site.definition)


def test_the_second_answer_sees_the_first_and_chooses(site) -> None:
    first, second, lead_id = site.page_request("sales"), site.page_request("admin"), _top(site)
    theirs, mine = _form(first, lead_id, "returned"), _form(second, lead_id, "accepted")
    reason = site.definition.verdict_reasons.returned[0]
    first.post(
        f"/leads/{lead_id}/verdict", data=theirs | {"reason": reason.name, "comment": "異動した"}
    )

    met = second.post(f"/leads/{lead_id}/verdict", data=mine | {"comment": "明日訪問します"})
    kept = [row["by"] for row in _stored(site, lead_id)]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', _again(met.text)))
    chosen = second.post(f"/leads/{lead_id}/verdict", data=fields | {"comment": "明日訪問します"})

    assert met.status_code == 409
    assert all(words in met.text for words in ("異動した", reason.label.en, "明日訪問します"))
    assert kept[-1] == "sales"
    assert chosen.status_code == 303
    assert (_stored(site, lead_id)[0]["by"], read_standing(site.store, lead_id)[0].verdict) == (
        "admin",
        "accepted",
    )


def test_one_person_who_answers_twice_meets_nobody(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)
    stale = _form(client, lead_id, "accepted")
    client.post(f"/leads/{lead_id}/verdict", data=stale)

    again = client.post(f"/leads/{lead_id}/verdict", data=stale | {"comment": "電話した"})

    assert again.status_code == 303


def test_a_stale_page_gives_back_what_was_typed_ready_to_send(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)
    form = _form(client, lead_id, "accepted") | {"form_token": "old", "comment": "<長い>コメント"}

    refused = client.post(f"/leads/{lead_id}/verdict", data=form)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', _again(refused.text)))
    sent = client.post(f"/leads/{lead_id}/verdict", data=fields | {"comment": "<長い>コメント"})

    assert refused.status_code == 403
    assert "&lt;長い&gt;コメント</textarea>" in refused.text
    assert sent.status_code == 303
    assert _stored(site, lead_id)[-1]["comment"] == "<長い>コメント"


def test_what_another_site_sends_is_not_given_back(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)
    form = _form(client, lead_id, "accepted") | {"comment": "click send"}

    for who in (client, site.page_request()):
        answer = who.post(
            f"/leads/{lead_id}/verdict", data=form, headers={"sec-fetch-site": "cross-site"}
        )
        assert "click send" not in answer.text


def test_a_fault_gives_back_what_was_typed(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)
    form = _form(client, lead_id, "accepted") | {"comment": "失わない"}
    with site.store.engine.begin() as connection:
        outcome.drop(connection)

    answer = client.post(f"/leads/{lead_id}/verdict", data=form)

    assert answer.status_code >= 500
    assert "失わない</textarea>" in answer.text
    assert f'value="{form["form_token"]}"' in answer.text


def test_a_note_stands_apart_from_answers_and_changes_nothing_else(site) -> None:
    client, lead_id = site.page_request("marketing"), _top(site)
    token = _token(client.get(f"/leads/{lead_id}").text)
    before = read_standing(site.store, lead_id)

    for text in ("<b>予算は秋</b>", "二つ目"):
        client.post(f"/leads/{lead_id}/note", data={"form_token": token, "note": text})
    html = client.get(f"/leads/{lead_id}").text

    assert [(note.by, note.text) for note in read_notes(site.store, lead_id)] == [
        ("marketing", "二つ目"),
        ("marketing", "<b>予算は秋</b>"),
    ]
    assert "&lt;b&gt;予算は秋&lt;/b&gt;" in html[html.index('id="notes"') :]
    assert read_standing(site.store, lead_id) == before


def test_an_empty_note_is_refused(site) -> None:
    with pytest.raises(LeadDataError, match="a note holds 1 to"):
        write_note(site.store, lead_id=_top(site), text="", by="sales")


def test_an_owner_is_assigned_and_shown_at_once(site) -> None:
    client, lead_id = site.page_request("sales"), _top(site)
    token = _token(client.get(f"/leads/{lead_id}").text)

    client.post(f"/leads/{lead_id}/owner", data={"form_token": token, "owner": " 鈴木 花子 "})

    assert read_standing(site.store, lead_id)[0].owner == "鈴木 花子"
    assert "鈴木 花子" in client.get(f"/leads/{lead_id}").text


def _token(html: str) -> str:
    return re.findall(r'name="form_token" value="(\w+)"', html)[0]


def _again(html: str) -> str:
    """The part of a page with the form to send again."""
    main = html[html.index("<main") :]
    return main[main.index('class="stack"') :]
