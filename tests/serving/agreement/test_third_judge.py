"""The rulebook that a retrain learned, agreed as the third judge of a trial, and judging."""

import re
from datetime import UTC, datetime, timedelta

from features.store.releases import read_champion
from features.store.schema import decision
from serving.decisions.score_leads import score_leads
from training.results_store import read_proposals

TODAY = datetime.now(UTC) + timedelta(days=1)


def written(**others):
    return {
        "name": "spring",
        "hypothesis_ja": "モデルのほうが多い",
        "hypothesis_en": "The model finds more",
        "starts_on": TODAY.date().isoformat(),
        "months": "6",
        "worthwhile": "1.5",
        "expected_accounts": "900",
        "present_marketing": "佐藤",
        "present_sales": "鈴木",
        "why": "to know",
    } | others


def send(site, form):
    client = site.page_request("marketing")
    page = client.get("/trial").text
    assert 'name="learned_share"' in page
    token = re.search(r'name="form_token" value="(\w+)"', page)[1]
    return client.post("/trial", data={"form_token": token} | form)


def test_the_learned_rulebook_judges_where_it_gets_a_share(site) -> None:
    learned = read_proposals(site.store, read_champion(site.store).release_id).rulebook.rulebook

    send(site, written(share="30", learned_share="20"))

    definition = site.place.definition()
    assert [(arm.name, arm.share) for arm in definition.trial.arms] == [
        ("rulebook", 0.5),
        ("model", 0.3),
        ("learned_rulebook", 0.2),
    ]
    assert definition.learned_rulebook == learned
    assert "learned rulebook 20%" in site.page_request("marketing").get("/trial").text

    score_leads(site.place)

    with site.store.engine.connect() as connection:
        rows = connection.execute(decision.select().order_by(decision.c.decision_id)).all()
    before = [row for row in rows if row.learned_points is None]
    after = [row for row in rows if row.learned_points is not None]
    assert len(before) == len(after) > 100
    assert len({row.learned_qualification for row in after}) > 1
    assert [row.learned_points for row in after] != [row.rulebook_points for row in after]


def test_shares_that_leave_the_rulebook_nothing_are_refused(site) -> None:
    answer = send(site, written(share="50", learned_share="50"))

    assert answer.status_code == 400
    assert site.place.definition().trial is None
