"""What is sent, stored and decided, on both databases: once each, all of it or nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from features.store.schema import (
    decision,
    event,
    fact,
    hand_over,
    lead,
    lead_external_id,
    outcome,
    outcome_history,
    person,
)
from serving.ledger.access.audit import read_audit
from serving.ledger.leads.erase import forget_lead
from serving.ledger.leads.worklist import read_standing

NOW = datetime.now(UTC).replace(microsecond=0)
AGO = (NOW - timedelta(hours=1)).isoformat()


def _event(event_id: str, lead_id: str = "A", behaviour: str = "inquiry", **more: object):
    return {
        "event_id": event_id,
        "lead_id": lead_id,
        "behaviour": behaviour,
        "occurred_at": AGO,
        **more,
    }


def _count(place, table) -> int:
    with place.store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_an_inquiry_becomes_a_hand_over_at_once(place) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})

    (first,) = place.client.post("/v1/events", json=_event("E1", behaviour="webinar")).json()[
        "decisions"
    ]
    (second,) = place.client.post("/v1/events", json=_event("E2")).json()["decisions"]

    # By the template's rulebook: a webinar is 10 points, an inquiry 15, an MQL 20.
    assert (first["qualification"], first["handed_over"]) == ("NONE", False)
    assert (second["qualification"], second["handed_over"], second["cycle"]) == ("MQL", True, 1)
    found = read_standing(place.store, "A")
    assert found is not None
    assert found[0].handed_over_at is not None


def test_reaching_sql_raises_an_open_hand_over(place, send_hot_lead) -> None:
    send_hot_lead(place.client, "A")

    (made,) = place.client.post("/v1/events", json=_event("E1")).json()["decisions"]

    assert (made["qualification"], made["risen"], made["handed_over"]) == ("SQL", True, False)
    assert _count(place, hand_over) == 1


def test_the_same_event_again_changes_nothing(place) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})
    first = place.client.post("/v1/events", json=_event("E1")).json()
    n_decisions = _count(place, decision)

    again = place.client.post("/v1/events", json=_event("E1")).json()

    assert (first["stored"], first["known"]) == (1, 0)
    assert again == {"stored": 0, "known": 1, "decisions": []}
    assert (_count(place, event), _count(place, decision)) == (1, n_decisions)


@pytest.mark.parametrize(
    "other",
    [
        {"behaviour": "webinar"},
        {"lead_id": "B"},
        {"occurred_at": NOW.isoformat()},
        {"known_at": (NOW - timedelta(days=1)).isoformat()},
    ],
    ids=lambda other: next(iter(other)),
)
def test_the_same_id_with_other_content_is_a_conflict(place, other: dict[str, object]) -> None:
    for lead_id in ("A", "B"):
        place.client.put(f"/v1/leads/{lead_id}", json={"created_at": AGO})
    place.client.post("/v1/events", json=_event("E1"))

    answer = place.client.post("/v1/events", json=_event("E1") | other)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {"pointer": "#/event_id", "detail": "belongs to an event with other content"}
    ]


def test_a_batch_is_stored_whole_or_not_at_all(place) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})
    n_decisions = _count(place, decision)
    good, taken = _event("E1"), _event("E1", behaviour="webinar")

    conflict = place.client.post("/v1/events/batch", json={"events": [good, taken]})
    stranger = place.client.post(
        "/v1/events/batch", json={"events": [good, _event("E2", lead_id="nobody")]}
    )

    assert conflict.json()["errors"][0]["pointer"] == "#/events/1/event_id"
    assert stranger.json()["errors"] == [
        {"pointer": "#/events/1/lead_id", "detail": "must be a stored lead"}
    ]
    assert (_count(place, event), _count(place, decision)) == (0, n_decisions)


def test_a_batch_decides_once_about_each_lead(place) -> None:
    for lead_id in ("A", "B"):
        place.client.put(f"/v1/leads/{lead_id}", json={"created_at": AGO})
    events = [_event(f"E{n}", lead_id="A" if n % 2 else "B") for n in range(10)]

    answer = place.client.post("/v1/events/batch", json={"events": [*events, events[0]]}).json()

    assert (answer["stored"], answer["known"]) == (10, 1)
    assert sorted(made["lead_id"] for made in answer["decisions"]) == ["A", "B"]


def test_facts_are_kept_as_imports_keep_them(place) -> None:
    facts = [
        {"attribute": "budget", "value": "300万円"},
        {"attribute": "decision_maker", "value": True},
        {"attribute": "email_domain", "value": "Taro@Example.co.jp"},
        {"attribute": "company_size", "value": 250},
    ]

    answer = place.client.put("/v1/leads/A", json={"facts": facts}).json()

    assert answer["stored"] == 4
    with place.store.engine.connect() as connection:
        rows = connection.execute(select(fact.c.attribute, fact.c.value))
        kept = {row.attribute: row.value for row in rows}
    # An address is never kept whole.
    assert kept == {
        "budget": "300万円",
        "decision_maker": "true",
        "email_domain": "example.co.jp",
        "company_size": "250",
    }


def test_a_fact_that_says_nothing_new_is_not_stored_and_decides_nothing(place) -> None:
    body = {"facts": [{"attribute": "department", "value": "IT"}]}
    place.client.put("/v1/leads/A", json=body)

    again = place.client.post("/v1/leads/A/facts", json=body).json()
    changed = place.client.post(
        "/v1/leads/A/facts", json={"facts": [{"attribute": "department", "value": None}]}
    ).json()

    assert (again["stored"], again["decisions"]) == (0, [])
    assert (changed["stored"], len(changed["decisions"])) == (1, 1)


def test_who_a_lead_is_can_be_completed(place) -> None:
    place.client.put("/v1/leads/A", json={"person": {"name": "山田", "email": "y@example.jp"}})
    place.client.put("/v1/leads/A", json={"person": {"company": "株式会社"}})

    with place.store.engine.connect() as connection:
        row = connection.execute(select(person)).mappings().one()
    assert dict(row) == {
        "lead_id": "A",
        "name": "山田",
        "name_kana": None,
        "email": "y@example.jp",
        "phone": None,
        "company": "株式会社",
    }


def test_a_forgotten_lead_is_not_brought_back(place) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})
    zone = place.workspace.definition().zone
    forget_lead(place.store, "A", by="test", zone=zone)

    answer = place.client.put("/v1/leads/A", json={"created_at": AGO})

    assert (answer.status_code, answer.json()["type"]) == (410, "urn:awase:problem:forgotten")
    assert _count(place, lead) == 0


def test_a_leads_creation_cannot_change(place) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})

    same = place.client.put("/v1/leads/A", json={"created_at": AGO})
    other = place.client.put("/v1/leads/A", json={"created_at": NOW.isoformat()})

    assert (same.status_code, other.status_code) == (200, 409)


def test_verdict_and_outcome_are_recorded_once(place, send_hot_lead) -> None:
    send_hot_lead(place.client, "A")
    verdict = {"answer": "returned", "reason": "too_early", "comment": "来期", "by": "sato"}
    won = {"stage": "won", "occurred_at": AGO, "value": 1200000}

    said = [place.client.post("/v1/leads/A/verdict", json=verdict).json() for _ in range(2)]
    came = [place.client.post("/v1/leads/A/outcomes", json=won).json() for _ in range(2)]
    other = place.client.post("/v1/leads/A/outcomes", json=won | {"value": 5})

    assert said == came == [{"recorded": True}, {"recorded": False}]
    assert other.status_code == 409
    with place.store.engine.connect() as connection:
        rows = connection.execute(select(outcome.c.stage).order_by(outcome.c.stage))
        assert [row.stage for row in rows] == ["returned", "won"]


def test_an_outcome_is_taken_back_and_its_history_kept(place, send_hot_lead) -> None:
    send_hot_lead(place.client, "A")
    lost = {"stage": "lost", "occurred_at": AGO}
    place.client.post("/v1/leads/A/outcomes", json=lost | {"reason": "price"})
    ended = read_standing(place.store, "A")

    gone = [
        place.client.post("/v1/leads/A/outcomes", json=lost | {"retracted": True}).json()
        for _ in range(2)
    ]

    assert gone == [{"recorded": True}, {"recorded": False}]
    assert _count(place, outcome) == 0
    with place.store.engine.connect() as connection:
        (kept,) = connection.execute(select(outcome_history)).all()
    assert (kept.stage, kept.reason, kept.withdrawn_at is not None) == ("lost", "price", True)
    # The lead is open again: decided about like any other.
    again = read_standing(place.store, "A")
    assert (ended[0].ended, again[0].ended) == ("lost", None)
    actions = [entry.action for entry in read_audit(place.store)]
    assert "lost_retracted" in actions


def test_a_returned_lead_is_not_handed_over_again_by_the_next_event(place, send_hot_lead) -> None:
    send_hot_lead(place.client, "A")
    place.client.post("/v1/leads/A/verdict", json={"answer": "returned", "reason": "too_early"})

    (made,) = place.client.post("/v1/events", json=_event("E1")).json()["decisions"]

    assert (made["qualification"], made["handed_over"], made["waiting"]) == ("SQL", False, False)
    assert _count(place, hand_over) == 1


def test_deciding_now_counts_the_time_that_passed(place) -> None:
    long_ago = (NOW - timedelta(days=200)).isoformat()
    body = {"created_at": long_ago, "facts": [{"attribute": "budget", "value": "1"}]}
    place.client.put("/v1/leads/A", json=body)
    past = _event("E1", occurred_at=long_ago, known_at=long_ago)
    place.client.post("/v1/events", json=past)

    made = place.client.post("/v1/leads/A/decisions").json()

    # The rulebook counts inquiries of the last 90 days.
    assert datetime.fromisoformat(made["as_of"]) >= NOW
    assert made["qualification"] == "NONE"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"behaviour": "dance"}, "#/behaviour"),
        ({"occurred_at": "2026-04-01T00:00:00"}, "#/occurred_at"),
        ({"occurred_at": "1969-04-01T00:00:00Z"}, "#/occurred_at"),
        ({"occurred_at": (NOW + timedelta(hours=1)).isoformat()}, "#/occurred_at"),
        ({"amount": 3}, "#/amount"),
        ({"event_id": ""}, "#/event_id"),
        ({"event_id": "a\x00b"}, "#/event_id"),
        ({"event_id": "x" * 201}, "#/event_id"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_a_mistake_is_named_by_its_field_and_never_repeated(
    place, body: dict[str, object], pointer: str
) -> None:
    place.client.put("/v1/leads/A", json={"created_at": AGO})

    answer = place.client.post("/v1/events", json=_event("E1") | body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "dance" not in answer.text
    assert _count(place, event) == 0


def test_all_mistakes_of_a_request_come_at_once(place) -> None:
    facts = [
        {"attribute": "colour", "value": "red"},
        {"attribute": "decision_maker", "value": "maybe"},
    ]

    answer = place.client.put("/v1/leads/A", json={"facts": facts})

    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["#/facts/0/attribute", "#/facts/1/value"]


def test_a_body_beyond_the_limit_is_refused(place) -> None:
    answer = place.client.post("/v1/events", content=b"[" + b" " * 1_100_000 + b"]")

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:awase:problem:too-large"


def test_what_does_not_exist_is_404(place) -> None:
    assert place.client.post("/v1/leads/nobody/decisions").status_code == 404
    assert place.client.get("/v1/leads/nobody/score").status_code == 404
    assert place.client.get("/v1/nothing").json()["title"] == "There is no such thing"


def test_a_verdict_is_recorded_as_the_keys_on_behalf_of_whom_it_names(place, send_hot_lead) -> None:
    send_hot_lead(place.client, "A")
    verdict = {"answer": "accepted", "reason": "right_person", "by": "sato"}

    place.client.post("/v1/leads/A/verdict", json=verdict)

    [entry] = [entry for entry in read_audit(place.store) if entry.action == "accepted"]
    with place.store.engine.connect() as connection:
        said_by = connection.scalar(select(outcome.c.by))
    assert entry.by.startswith("key ")
    assert entry.on_behalf_of == "sato"
    assert said_by == f"{entry.by} (sato)"


@pytest.mark.parametrize("first", ["00Q5g00000abcDE", "00Q5g00000abcDEEAY"])
def test_both_lengths_of_a_salesforce_id_are_one_lead(place, first: str) -> None:
    keys = ["00Q5g00000abcDE", "00Q5g00000abcDEEAY"]

    for key in (first, *keys):
        stored = place.client.put(f"/v1/leads/{key}", json={"salesforce_id": keys[0]})
        assert stored.json()["lead_id"] == keys[1]

    assert _count(place, lead) == 1
    with place.store.engine.connect() as connection:
        known = connection.execute(select(lead_external_id.c.external_id)).scalars().all()
    assert known == [keys[1]]
