"""What Pipedrive's records become: honest times, wins that stay, merges and deletions."""

import pytest
from sqlalchemy import select

from features.core.clock import from_second
from features.store.schema import event, fact, lead, lead_external_id, outcome, person
from serving.crm import pull as engine
from serving.crm.errors import QuotaSpent, TokenRefused
from serving.crm.pipedrive.propose import propose
from tests.contract.pipedrive.example import DAY, HOUR, ONBOARDING, START, email, key_of


def _rows(store, table, **like):
    where = [table.c[name] == value for name, value in like.items()]
    with store.engine.connect() as connection:
        return [row._asdict() for row in connection.execute(select(table).where(*where))]


def _days(n, hours=0):
    return from_second(START + n * DAY + hours * HOUR)


def test_persons_are_leads_under_names_that_no_file_has(do_pull, store, cast) -> None:
    do_pull()

    assert {row["lead_id"] for row in _rows(store, lead)} == {
        "pipedrive-person-1", "pipedrive-person-2"
    }  # fmt: skip
    ids = {(row["vendor"], row["external_id"]) for row in _rows(store, lead_external_id)}
    assert ids == {("pipedrive", "1"), ("pipedrive", "2")}
    (suzuki,) = _rows(store, person, lead_id="pipedrive-person-1")
    assert (suzuki["email"], suzuki["company"]) == ("hanako@example.com", "Yamada")


def test_a_custom_field_is_known_since_each_of_its_changes(do_pull, store) -> None:
    do_pull()

    titles = _rows(store, fact, attribute="job_title")
    assert [(row["value"], row["known_at"]) for row in titles] == [
        ("課長", _days(0)), ("部長", _days(10))
    ]  # fmt: skip


def test_an_organisation_tells_of_its_persons(do_pull, store, there, cast) -> None:
    do_pull()
    there.now = lambda: START + 61 * DAY
    there.change("organizations", cast.firm.id, industry="logistics")

    do_pull()

    told = _rows(store, fact, attribute="industry")
    assert [(row["value"], row["known_at"]) for row in told] == [
        ("retail", _days(0)), ("logistics", _days(61))
    ]  # fmt: skip


def test_a_call_happened_when_it_was_due_and_is_known_since_it_was_ticked_off(
    do_pull, store, there
) -> None:
    there.add("activities", at=START, type="call", done=False, person_id=1)

    do_pull()

    (call,) = _rows(store, event)
    assert call["event_id"] == "pipedrive-activities-1/pipedrive-person-1"
    assert (call["occurred_at"], call["known_at"]) == (_days(2, 9), _days(3, 1))


def test_a_win_stays_when_the_deal_goes_on_to_onboarding(do_pull, store, mapping) -> None:
    do_pull()

    told = {row["stage"]: row for row in _rows(store, outcome)}
    assert told.keys() == {"opportunity", "won"}
    assert (told["won"]["occurred_at"], told["won"]["value"]) == (_days(20), 500)
    assert told["won"]["by"] == "pipedrive deals pipedrive-deals-1"
    counted = [w.is_in for e in mapping.files for o in e.outcomes for w in o.when]
    assert (str(ONBOARDING),) not in counted


def test_an_amount_in_another_currency_is_told_and_not_counted(do_pull, store, there) -> None:
    there.rows["deals"][1].values["currency"] = "EUR"

    do_pull()

    (won,) = _rows(store, outcome, stage="won")
    assert (won["value"], won["comment"]) == (None, "500 EUR")


def test_what_is_deleted_takes_back_what_it_said_and_says_it_again_when_restored(
    do_pull, store, there, cast
) -> None:
    do_pull()
    before = len(_rows(store, event)), len(_rows(store, outcome))
    there.delete("activities", cast.call.id)
    there.delete("deals", cast.deal.id)
    do_pull()
    gone = len(_rows(store, event)), len(_rows(store, outcome))
    there.restore("activities", cast.call.id)
    there.restore("deals", cast.deal.id)

    do_pull()

    assert (before, gone) == ((1, 2), (0, 0))
    assert (len(_rows(store, event)), len(_rows(store, outcome))) == before


def test_a_deal_that_is_archived_keeps_its_win(do_pull, store, there, cast) -> None:
    do_pull()
    there.archive(cast.deal.id)

    do_pull()

    assert {row["stage"] for row in _rows(store, outcome)} == {"opportunity", "won"}


def test_a_deleted_person_is_a_lead_no_more(do_pull, store, there, cast) -> None:
    do_pull()
    there.delete("persons", cast.sato.id)

    report = do_pull()

    assert report.deleted == 1
    assert [row["lead_id"] for row in _rows(store, lead)] == ["pipedrive-person-1"]


def test_whoever_stays_after_a_merge_has_what_both_did(do_pull, store, there, cast) -> None:
    do_pull()
    there.merge(cast.suzuki.id, cast.sato.id)

    report = do_pull()

    assert (report.merged, report.deleted) == (1, 0)
    assert [row["lead_id"] for row in _rows(store, lead)] == ["pipedrive-person-2"]
    assert {row["lead_id"] for row in _rows(store, event)} == {"pipedrive-person-2"}
    assert {row["stage"] for row in _rows(store, outcome)} == {"opportunity", "won"}


def test_a_cursor_that_ran_out_begins_the_walk_again(
    do_pull, store, there, server, monkeypatch
) -> None:
    monkeypatch.setattr(engine, "AT_ONCE", 100)
    for number in range(600):
        there.add("persons", at=START, emails=email(f"p{number}@example.com"))
    server.faults.token_valid_for = 604
    with pytest.raises(TokenRefused):
        do_pull()
    server.faults.token_valid_for = None
    assert len(_rows(store, lead)) < 602
    refused = []

    def refuse_once(_number, call) -> None:
        if "cursor" in call.query and not refused:
            refused.append(call)
            server.faults.answers.append((400, {}, {"success": False, "error": "Invalid cursor"}))

    server.faults.on_call = refuse_once

    do_pull()

    assert refused

    assert len(_rows(store, lead)) == 602


def test_calls_wait_for_the_next_window_and_stop_for_the_next_day(
    client, server, waits, do_pull
) -> None:
    client.account()
    window = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
    server.faults.answers.append((429, window, {"success": False}))
    spent = {"x-daily-ratelimit-token-remaining": "0"}

    do_pull()
    assert sum(waits) == 2.0
    server.faults.answers.append((429, spent, {"success": False}))

    with pytest.raises(QuotaSpent, match="Pipedrive allows so many calls a day"):
        do_pull()


def test_a_field_that_went_away_is_named(do_pull, there, client) -> None:
    del there.fields["persons"][key_of(there, "役職")]
    client.forget_fields()

    with pytest.raises(Exception, match="Pipedrive has and shows us; got persons"):
        do_pull()


def test_the_mapping_says_what_people_call_the_keys(client, definition, there) -> None:
    text = propose(client, definition)

    assert f"# {key_of(there, '役職')} is 役職." in text
    assert "Deals count in Sales; Onboarding is apart." in text
