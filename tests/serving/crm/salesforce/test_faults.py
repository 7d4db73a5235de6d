"""Whatever goes wrong in a pull: nothing lost, nothing twice, nothing given away."""

import logging
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from features.core.errors import LeadDataError
from serving.crm.client import ATTEMPTS, CrmClock
from serving.crm.errors import CrmRefused, CrmUnavailable, QuotaSpent, TokenRefused
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.login import Login, http_session, read_login, to_this_machine
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.source import SalesforceSource
from serving.crm.salesforce.walk import SalesforceWalk
from serving.crm.token import Token
from tests.contract.salesforce.server import TOKEN, error

TABLES = ("lead", "fact", "event", "outcome", "hand_over")

KILLED = """
import sys
from pathlib import Path
from features.definition import TEMPLATE, read_definition
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from serving.crm.pull import pull
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.login import Login
from serving.crm.salesforce.source import SalesforceSource
from serving.crm.salesforce.walk import SalesforceWalk
from serving.crm.token import Token

url, token, database, mapping = sys.argv[1:]
definition = read_definition(TEMPLATE)
client = SalesforceClient(login=Login(url=url, token=Token(token)))
like = SalesforceWalk(client=client, kind="", columns=(), page_size=2)
asked = read_mapping(Path(mapping), definition)
source = SalesforceSource(client=client, mapping=asked, like=like)
pull(Store(database), source, mapping=asked, definition=definition,
     rejects_file=Path(mapping).with_name("rejects.csv"))
"""


def _everything(store) -> dict[str, list[dict[str, object]]]:
    return {name: store.read_table(name).to_pylist() for name in TABLES}


@pytest.fixture
def expected(do_pull, store):
    """What an undisturbed pull stores; the store is empty again afterwards."""
    do_pull()
    there = _everything(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM lead")
        connection.exec_driver_sql("DELETE FROM crm_cursor")
    assert _everything(store)["event"] == []
    return there


def test_a_connection_cut_in_every_answer_loses_nothing(expected, do_pull, server, store) -> None:
    server.faults.cut_first_of_each = True

    do_pull()

    assert _everything(store) == expected


@pytest.mark.parametrize("calls", [1, 6, 12])
def test_a_token_that_expires_in_mid_pull_stops_it_and_the_next_goes_on(
    expected, do_pull, server, store, calls: int
) -> None:
    server.faults.sessions_end_after = len(server.calls) + calls

    with pytest.raises(TokenRefused, match="renew the token"):
        do_pull()
    server.sessions.add(TOKEN)
    do_pull()

    assert _everything(store) == expected


def test_a_storm_of_refusals_is_waited_out(expected, do_pull, server, store, waits) -> None:
    busy = error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests limit exceeded.")
    down = error(503, "SERVER_UNAVAILABLE", "try again")
    server.faults.answers.extend([busy, down, busy])

    do_pull()

    assert _everything(store) == expected
    assert waits[:3] == [0.5, 1.0, 2.0]


def test_a_server_that_never_recovers_is_given_up(client, server, waits) -> None:
    server.faults.answers.extend([error(500, "UNKNOWN_EXCEPTION", "x")] * ATTEMPTS)

    with pytest.raises(CrmUnavailable, match="try again later"):
        client.rows("SELECT Id FROM Lead")

    assert len(waits) == ATTEMPTS


def test_the_days_calls_are_not_used_up(expected, do_pull, server, store) -> None:
    server.allowed = server.used + 8

    with pytest.raises(QuotaSpent, match="go on tomorrow"):
        do_pull()
    assert server.used < server.allowed
    server.allowed = 100_000
    do_pull()

    assert _everything(store) == expected


def test_a_day_whose_calls_are_spent_by_others_is_respected(client, server) -> None:
    server.used = server.allowed

    with pytest.raises(QuotaSpent, match="all of today's are used"):
        client.rows("SELECT Id FROM Lead")


def test_a_record_that_changes_while_pages_are_read_is_read_again(
    expected, do_pull, server, store, *, org, client, cast
) -> None:
    changed = Counter()

    def change(_number: int, path: str) -> None:
        if "FROM+LeadHistory" in path and not changed["Lead"]:
            changed["Lead"] += 1
            org.tick(minutes=1)
            org.update("Lead", cast.plain, Title="部長")

    server.faults.on_call = change
    do_pull(SalesforceWalk(client=client, kind="", columns=(), page_size=1))
    server.faults.on_call = None
    do_pull()

    titles = [
        row["value"]
        for row in store.read_table("fact").to_pylist()
        if row["lead_id"] == cast.plain and row["attribute"] == "job_title"
    ]
    assert titles == ["部長"]


@pytest.mark.long
@pytest.mark.parametrize("calls", [4, 12])
def test_a_killed_pull_is_taken_up_again(
    expected, do_pull, server, store, *, definition, client, tmp_path: Path, calls: int
) -> None:
    asked = tmp_path / "asked.yaml"
    asked.write_text(propose(client, definition), encoding="utf-8")
    database = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", KILLED, server.url, TOKEN, database, str(asked)]
    stop_at = len(server.calls) + calls
    store.close()

    with subprocess.Popen(command) as process:

        def kill(number: int, _path: str) -> None:
            if number >= stop_at:
                process.kill()

        server.faults.on_call = kill
        process.wait(timeout=120)
    server.faults.on_call = None
    assert process.returncode != 0
    do_pull()

    assert _everything(store) == expected


def test_a_bulk_query_that_is_gone_is_asked_for_anew(server, client, mapping) -> None:
    like = SalesforceWalk(client=client, kind="", columns=(), bulk_from=1, bulk_page_size=2)
    source = SalesforceSource(client=client, mapping=mapping, like=like)
    first = next(iter(source.pages("Lead", None)))
    server.jobs.clear()

    pages = list(source.pages("Lead", first.position))

    read = {record.record_id for page in pages for record in page.records}
    assert len(read) == 3


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def by_key(server, key, waits):
    """A client that signs in with a key, as a connected app does."""
    server.public_key = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    http = http_session(server.url)
    http.mount("https://", to_this_machine(server.url))
    made = SalesforceClient(
        login=Login(
            username="awase@example.com",
            consumer_key=Token("consumer"),
            # In one line, as a file of secrets has it.
            private_key=Token(_pem(key).replace("\n", "\\n")),
        ),
        clock=CrmClock(now=lambda: sum(waits), sleep=waits.append),
        http=http,
    )
    yield made
    made.close()


def test_a_key_signs_in_and_renews_an_expired_session_by_itself(by_key, server) -> None:
    assert by_key.count("Lead") == 5
    server.sessions.clear()

    assert by_key.count("Lead") == 5
    assert server.logins == 2


def test_a_key_that_is_not_the_apps_is_refused_without_being_shown(by_key, server) -> None:
    server.consumer_key = "another"

    with pytest.raises(TokenRefused, match="let the connected app in") as refused:
        by_key.count("Lead")

    assert "PRIVATE" not in str(refused.value)


def test_whoever_sends_us_elsewhere_does_not_get_the_token(client, server) -> None:
    server.faults.answers.append((302, {"Location": "https://elsewhere.example"}, ""))

    with pytest.raises(CrmRefused, match="sent elsewhere"):
        client.rows("SELECT Id FROM Lead")


def test_a_query_that_salesforce_does_not_understand_is_told_in_its_words(client) -> None:
    with pytest.raises(CrmRefused, match=r"INVALID_FIELD.*No such column 'Nme'"):
        client.rows("SELECT Nme FROM Lead")


def test_no_token_and_no_person_is_in_any_log_or_message(do_pull, server, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    do_pull()
    server.sessions.clear()
    with pytest.raises(TokenRefused) as refused:
        do_pull()

    said = caplog.text + "".join(capfd.readouterr()) + str(refused.value) + repr(refused.value)
    assert TOKEN not in said
    assert "hanako" not in said


def test_what_a_login_lacks_is_said(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(LeadDataError, match="got neither"):
        read_login(tmp_path, url=None, username=None)
    with pytest.raises(LeadDataError, match="AWASE_SALESFORCE_CONSUMER_KEY"):
        read_login(tmp_path, url=None, username="awase@example.com")
    monkeypatch.setenv("AWASE_SALESFORCE_TOKEN", "hush")
    with pytest.raises(LeadDataError, match="no address"):
        read_login(tmp_path, url=None, username=None)
    with pytest.raises(LeadDataError, match="called over https"):
        read_login(tmp_path, url="http://example.com", username=None)
    login = read_login(tmp_path, url="https://x.my.salesforce.com", username=None)
    assert not login.renews
    assert "hush" not in repr(login)
