"""Errors that nobody expected: counted, logged once, and shown with the number that finds them."""

import logging
import re

import pytest
from sqlalchemy import text, update

from features.store.schema import lead_state
from serving.ledger.access.api_keys import Scope
from serving.web import rendering
from serving.workspace.api_keys import make_key


@pytest.fixture
def broken(site):
    """A site whose table says what no page can show."""
    with site.store.engine.begin() as connection:
        connection.execute(update(lead_state).values(reached="nonsense"))
    return site


def _ours(caplog) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.WARNING]


def _metrics(site) -> str:
    key = make_key(site.store, "test", scope=Scope.READ, days=1, by="test")
    headers = {"authorization": f"Bearer {key}"}
    return site.page_request().get("/v1/metrics", headers=headers).text


def test_a_defect_is_logged_once_under_the_number_that_the_page_shows(broken, caplog) -> None:
    answer = broken.page_request("sales").get("/worklist")

    (record,) = _ours(caplog)
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert re.search(rf"Reference number:.*{request_id}", answer.text)
    assert f"unexpected ValueError in request {request_id} to page:worklist" in record.getMessage()
    assert "nonsense" not in record.getMessage()
    assert answer.headers["content-security-policy"]


def test_a_defect_is_counted_and_so_is_what_went_well(broken) -> None:
    client = broken.page_request("sales")
    client.get("/worklist")
    client.get("/worklist")
    client.get("/definition")

    counted = _metrics(broken)

    assert re.search(r'requests_total{[^}]*route="page:worklist",status="500"} 2.0\n', counted)
    assert re.search(r'requests_total{[^}]*route="page:definition",status="200"} 1.0\n', counted)


def test_a_database_that_does_not_answer_is_told_as_passing(site, caplog) -> None:
    client = site.page_request("sales")
    with site.store.engine.begin() as connection:
        connection.execute(text("DROP TABLE session"))

    answer = client.get("/worklist", headers={"accept-language": "ja"})

    (record,) = _ours(caplog)
    assert answer.status_code == 503
    assert "問題が発生しました" in answer.text
    assert "no database: OperationalError" in record.getMessage()


def test_the_page_of_a_defect_cannot_fail(broken, monkeypatch, caplog) -> None:
    def gone():
        raise OSError

    monkeypatch.setattr(rendering, "_environment", gone)

    answer = broken.page_request("sales").get("/worklist")

    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "Something went wrong here" in answer.text
    assert "問題が発生しました" in answer.text
    assert len(_ours(caplog)) == 1


def test_a_defect_of_the_api_is_found_by_its_number(broken, caplog) -> None:
    key = make_key(broken.store, "test", scope=Scope.READ, days=1, by="test")
    caplog.clear()
    with broken.store.engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET scope = 'read', made_by = 'x'"))
        connection.execute(text("ALTER TABLE standing RENAME COLUMN owner TO holder"))

    answer = broken.page_request().get("/v1/worklist", headers={"authorization": f"Bearer {key}"})

    assert answer.status_code in (500, 503)
    assert len(_ours(caplog)) == 1
    assert answer.headers["x-request-id"] in _ours(caplog)[0].getMessage()


def test_no_address_is_redirected_to_another_host(site) -> None:
    answer = site.page_request("sales").get("/worklist/", headers={"host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers
