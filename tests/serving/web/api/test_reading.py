"""Scores, decisions and the worklist as programs read them; the same numbers as a batch's."""

import math
from datetime import UTC, datetime

import pytest

from features.core.clock import from_second
from serving.decisions.score_leads import score_leads
from serving.ledger.decisions import read_lead_decisions, read_newest_decisions


def _get(client, path: str, **query: object):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_score_is_bit_for_bit_what_a_batch_decides(site, client) -> None:
    scored = score_leads(site.workspace)
    as_of = from_second(scored.as_of).isoformat()
    decided = {row["lead_id"]: row for row in scored.decisions.to_pylist()}

    for lead_id, row in list(decided.items())[::7]:
        told = _get(client, f"/v1/leads/{lead_id}/score", as_of=as_of, reasons=False)
        for name in ("probability", "qualification", "rulebook_points", "rulebook_qualification"):
            assert told[name] == row[name]


def test_reasons_add_up_to_the_probability(client) -> None:
    told = _get(client, "/v1/leads/L003/score")

    points = [reason["points"] for reason in told["reasons"]]
    total = told["base_points"] + sum(points) + told["calibration_points"]
    assert total == pytest.approx(told["total_points"], abs=1e-9)
    assert told["probability"] == pytest.approx(1 / (1 + 2 ** (-total / 10)), abs=1e-12)
    assert points == sorted(points, key=abs, reverse=True)
    assert all(reason["words"]["ja"] and reason["words"]["en"] for reason in told["reasons"])


def test_the_range_around_the_probability_comes_as_numbers(client) -> None:
    told = _get(client, "/v1/leads/L003/score")

    assert told["between"]["low"] < told["probability"] < told["between"]["high"]
    assert told["between"]["level"] == 0.9


def test_scores_without_reasons_say_the_same(client) -> None:
    as_of = "2026-01-01T00:00:00+00:00"

    with_reasons = _get(client, "/v1/leads/L003/score", as_of=as_of)
    without = _get(client, "/v1/leads/L003/score", as_of=as_of, reasons=False)

    assert without == {name: with_reasons[name] for name in without}
    assert "reasons" not in without


def test_a_score_is_from_now_unless_asked_otherwise(client) -> None:
    told = datetime.fromisoformat(_get(client, "/v1/leads/L003/score")["as_of"])

    assert abs((datetime.now(UTC) - told).total_seconds()) < 60


def test_a_lead_in_the_request_scores_as_if_it_were_stored(site, client) -> None:
    tables = site.store.read_lead("L003")
    (lead,) = tables.lead.to_pylist()
    body = {
        "created_at": from_second(lead["created_at"]).isoformat(),
        "as_of": "2024-01-01T00:00:00+00:00",
        "events": [
            {
                "behaviour": row["behaviour"],
                "occurred_at": from_second(row["occurred_at"]).isoformat(),
                "known_at": from_second(row["known_at"]).isoformat(),
            }
            for row in tables.event.to_pylist()
        ],
        "facts": [
            {
                "attribute": row["attribute"],
                "value": row["value"],
                "known_at": from_second(row["known_at"]).isoformat(),
            }
            for row in tables.fact.to_pylist()
        ],
    }

    sent = client.post("/v1/score", json=body).json()
    stored = _get(client, "/v1/leads/L003/score", as_of=body["as_of"])

    assert sent == stored | {"lead_id": None, "as_of": sent["as_of"]}
    assert read_lead_decisions(site.store, "lead") == []  # nothing was kept


def test_the_decision_is_the_ledgers_newest_with_its_reasons(site, client) -> None:
    newest = {row["lead_id"]: row for row in read_newest_decisions(site.store).to_pylist()}

    told = _get(client, "/v1/leads/L003/decision")

    assert told["decision_id"] == newest["L003"]["decision_id"]
    assert told["probability"] == newest["L003"]["probability"]
    assert math.isclose(
        told["total_points"], 10 * math.log2(told["probability"] / (1 - told["probability"]))
    )
    assert (told["cycle"], told["verdict"]) == (1, None)


def test_pages_of_the_worklist_follow_each_other_without_gaps(client) -> None:
    seen, after = [], None
    while True:
        page = _get(client, "/v1/worklist", limit=7, **({"after": after} if after else {}))
        seen += [row["lead_id"] for row in page["leads"]]
        after = page["next"]
        if after is None:
            break

    whole = _get(client, "/v1/worklist", limit=200)["leads"]
    assert seen == [row["lead_id"] for row in whole]
    assert len(seen) == len(set(seen)) > 7
    probabilities = [row["probability"] for row in whole]
    assert probabilities == sorted(probabilities, reverse=True)


def test_the_worklist_names_nobody(client) -> None:
    text = client.get("/v1/worklist", params={"limit": 200}).text

    assert "山田" not in text
    assert "example.co.jp" not in text


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"after": "nonsense"}, "after"),
        ({"after": "W10="}, "after"),
        ({"limit": 0}, "limit"),
        ({"reached": "nowhere"}, "reached"),
    ],
)
def test_a_mistake_in_a_parameter_is_named(client, query: dict[str, object], where: str) -> None:
    answer = client.get("/v1/worklist", params=query)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [where]


def test_metrics_count_requests_by_route(client) -> None:
    _get(client, "/v1/leads/L003/score")
    client.get("/v1/leads/nobody/score")

    answer = client.get("/v1/metrics")

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    lines = answer.text.splitlines()
    assert lines[-1] == "# EOF"
    counted = [line for line in lines if line.startswith("awase_api_requests_total{")]
    assert any('route="score_lead",status="200"} 1' in line for line in counted)
    assert any('route="score_lead",status="404"} 1' in line for line in counted)


def test_the_documentation_covers_every_route_and_its_problems(client) -> None:
    document = client.get("/v1/openapi.json").json()

    assert set(document["paths"]) == {
        "/events",
        "/events/batch",
        "/leads/{lead_id}",
        "/leads/{lead_id}/decision",
        "/leads/{lead_id}/decisions",
        "/leads/{lead_id}/facts",
        "/leads/{lead_id}/outcomes",
        "/leads/{lead_id}/score",
        "/leads/{lead_id}/verdict",
        "/score",
        "/worklist",
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["description"]
            assert "401" in operation["responses"]
