"""One answer to several leads."""

import re

from serving.ledger.leads.queues import Queue
from serving.ledger.leads.worklist import WorklistFilter, read_page, read_standing

TOKEN = re.compile(r'name="form_token" value="(\w+)"')


def _waiting(site, n: int) -> list[str]:
    clock = site.app.state.services.waiting_clock()
    wanted = WorklistFilter(queue=(Queue.OVERDUE, clock))
    return [lead.lead_id for lead, _ in read_page(site.store, wanted, limit=n)]


def _send(client, leads: list[str], answer: str):
    form = {f"lead_{lead}": "on" for lead in leads}
    form |= {"form_token": TOKEN.search(client.get("/today").text)[1]}
    form |= {"answer": answer, "comment": "まとめて", "next": "/today?whose=all"}
    return client.post("/today/answers", data=form)


def test_every_selected_lead_gets_the_answer_its_reason_and_the_comment(site) -> None:
    leads, client = _waiting(site, 3), site.page_request("sales")
    reason = site.definition.verdict_reasons.returned[0].name

    sent = _send(client, leads, f"returned {reason}")

    assert sent.headers["location"] == "/today?whose=all"
    for lead in leads:
        newest = site.store.read_lead(lead).outcome.to_pylist()[-1]
        assert (newest["stage"], newest["reason"], newest["comment"], newest["by"]) == (
            "returned",
            reason,
            "まとめて",
            "sales",
        )
    assert "Leads answered: 3." in client.get("/today").text


def test_what_somebody_else_answered_meanwhile_stands(site) -> None:
    leads, client = _waiting(site, 2), site.page_request("sales")
    reasons = site.definition.verdict_reasons
    _send(site.page_request("admin"), leads[:1], f"returned {reasons.returned[0].name}")

    _send(client, leads, f"accepted {reasons.accepted[0].name}")

    verdicts = [read_standing(site.store, lead)[0].verdict for lead in leads]
    assert verdicts == ["returned", "accepted"]
    said = client.get("/today").text
    assert "Leads answered: 1. Left as they were, answered already: 1." in said


def test_nobody_answers_for_another_team_or_without_the_role(site) -> None:
    wanted = WorklistFilter(waiting=True, team="west")
    other = read_page(site.store, wanted, limit=1)[0][0].lead_id
    own = read_page(site.store, WorklistFilter(waiting=True, team="east"), limit=1)[0][0].lead_id
    reason = site.definition.verdict_reasons.accepted[0].name

    assert _send(site.page_request("east"), [own, other], f"accepted {reason}").status_code == 404
    assert _send(site.page_request("marketing"), [own], f"accepted {reason}").status_code == 403
    assert read_standing(site.store, own)[0].verdict is None


def test_an_answer_that_is_none_is_refused_and_no_lead_is_said(site) -> None:
    client = site.page_request("sales")

    assert _send(client, _waiting(site, 1), "perhaps never").status_code == 400
    assert _send(client, [], "accepted x").status_code == 303
    assert "No lead was selected." in client.get("/today").text
