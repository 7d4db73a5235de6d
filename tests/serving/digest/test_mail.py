"""The digest by mail, as a real mail server gets it."""

import re

import pytest

from serving.ledger.access.audit import read_audit
from serving.ledger.access.users import disable_user, read_user
from serving.ledger.leads.queues import Queue
from serving.ledger.leads.worklist import WorklistFilter, count_listed, read_page
from serving.ledger.outbox.inspect import list_messages
from serving.workspace.digest_settings import digest_settings_of
from serving.workspace.settings import Settings

STOP = re.compile(r"https://awase\.test(/digest/[0-9a-f]{64})")


def _counts(site, owner: str) -> tuple[int, ...]:
    clock = site.app.state.services.waiting_clock()
    return tuple(
        count_listed(site.store, WorklistFilter(owners=(owner,), queue=(queue, clock)))
        for queue in (Queue.OVERDUE, Queue.DUE_TODAY, Queue.NEW)
    )


def _by_recipient(mailbox) -> dict:
    return dict(zip(mailbox.to, mailbox.mails, strict=True))


def test_each_person_gets_own_counts_and_leads_in_own_language(
    awase, people, mailbox, configure
) -> None:
    configure(mailbox)

    told = awase("digest", "-w", people.workspace.folder)

    assert (told.returncode, told.stderr) == (0, "")
    assert "digest_mail: 2 sent, 0 to be tried" in told.stdout
    mails = _by_recipient(mailbox)
    assert set(mails) == {"sato@seller.example", "lee@seller.example"}
    overdue, due, new = _counts(people, "佐藤")
    assert overdue + due + new > 0
    assert mails["sato@seller.example"]["subject"] == (
        f"今日のリード: 期限超過{overdue}件、今日が期限{due}件、新しい引き渡し{new}件"
    )
    overdue, due, new = _counts(people, "Lee")
    english = mails["lee@seller.example"]
    assert english["subject"] == f"Leads today: {overdue} overdue, {due} due today, {new} new"
    assert "https://awase.test/today?whose=mine" in english.get_content()
    assert STOP.search(english["list-unsubscribe"])
    assert english["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert english["from"] == "Awase <awase@seller.example>"


def test_a_digest_names_companies_and_ids_and_nobodys_name_or_address(
    awase, people, mailbox, configure
) -> None:
    configure(mailbox)

    awase("digest", "-w", people.workspace.folder)

    body = _by_recipient(mailbox)["lee@seller.example"].get_content()
    own = {s.lead_id for s, _ in read_page(people.store, WorklistFilter(owners=("Lee",)), limit=99)}
    named = set(re.findall(r"https://awase\.test/leads/(L\d+)", body))
    assert named
    assert named <= own
    assert all(f"株式会社{int(lead[1:])} {lead}" in body for lead in named - {"L000", "L001"})
    assert "山田" not in body
    assert "@" not in body


def test_twice_on_one_day_sends_once(awase, people, mailbox, configure) -> None:
    configure(mailbox)
    awase("digest", "-w", people.workspace.folder)

    again = awase("digest", "-w", people.workspace.folder)

    assert "0 sent" in again.stdout
    assert len(mailbox.mails) == 2
    assert "0 would be sent" in awase("digest", "-w", people.workspace.folder, "--dry-run").stdout


def test_a_dry_run_prints_whom_and_what_and_calls_nobody(awase, people, mailbox, configure) -> None:
    configure(mailbox)

    told = awase("digest", "-w", people.workspace.folder, "--dry-run")

    assert "lee@seller.example: Leads today: " in told.stdout
    assert "sato@seller.example: 今日のリード: " in told.stdout
    assert "2 would be sent; nothing was." in told.stdout
    assert mailbox.mails == []
    assert list_messages(people.store) == []


def test_nothing_is_called_unless_configured(awase, people) -> None:
    told = awase("digest", "-w", people.workspace.folder)

    assert told.returncode == 0
    assert "No digest is configured" in told.stdout
    assert list_messages(people.store) == []


def test_the_month_s_goes_to_everybody_with_an_address(awase, people, mailbox, configure) -> None:
    configure(mailbox, AWASE_DIGEST_LANGUAGE="en")

    told = awase("digest", "-w", people.workspace.folder, "--month")

    assert "3 sent" in told.stdout, told.stderr
    mails = _by_recipient(mailbox)
    # The newest decision is of December 2023.
    assert mails["mori@seller.example"]["subject"] == "Review of November 2023"
    assert mails["sato@seller.example"]["subject"] == "2023年11月のレビュー"
    assert "https://awase.test/review/2023-11" in mails["mori@seller.example"].get_content()
    assert "0 sent" in awase("digest", "-w", people.workspace.folder, "--month").stdout


def test_the_link_stops_the_digest_without_signing_in_and_starts_it_again(
    awase, people, mailbox, configure
) -> None:
    configure(mailbox)
    awase("digest", "-w", people.workspace.folder)
    found = STOP.search(_by_recipient(mailbox)["lee@seller.example"]["list-unsubscribe"])
    assert found
    stranger = people.page_request()

    # Guards of mail programs open every link: that stops nothing.
    assert "Stop these mails" in stranger.get(found[1]).text
    assert read_user(people.store, "lee@seller.example").digest_stopped_at is None
    stopped = stranger.post(found[1], data={"List-Unsubscribe": "One-Click"})

    assert stopped.status_code == 200
    assert "Stopped." in stopped.text
    assert read_user(people.store, "lee@seller.example").digest_stopped_at is not None
    assert read_audit(people.store)[0].action == "digest_stopped"
    monthly = awase("digest", "-w", people.workspace.folder, "--month", "--dry-run").stdout
    assert "lee@seller.example" not in monthly
    assert "sato@seller.example" in monthly
    stranger.post(found[1], data={"wanted": "1"})
    assert read_user(people.store, "lee@seller.example").digest_stopped_at is None


def test_a_link_that_nobody_signed_opens_nothing(people, configure) -> None:
    stranger = people.page_request()
    assert stranger.get(f"/digest/{'0' * 64}").status_code == 404  # no secret at all

    configure()

    assert stranger.get(f"/digest/{'0' * 64}").status_code == 404
    assert stranger.post("/digest/ü", data={"wanted": "0"}).status_code == 404


def test_a_refused_recipient_is_said_and_the_others_get_theirs(
    awase, people, mailbox, configure
) -> None:
    configure(mailbox)
    mailbox.answers["lee@seller.example"] = "550 no such user lee@seller.example here"

    told = awase("digest", "-w", people.workspace.folder)

    assert "1 sent, 0 to be tried when this is called again, 1 refused" in told.stdout
    (dead,) = list_messages(people.store, state="dead")
    assert dead.answer == "550 no such user (address) here"
    assert "seller" not in dead.external_id


def test_what_a_dead_server_did_not_take_is_sent_by_a_later_call(
    awase, people, mailbox, configure, monkeypatch
) -> None:
    configure(mailbox)
    monkeypatch.setenv("AWASE_SMTP_PORT", "1")
    told = awase("digest", "-w", people.workspace.folder)
    assert "0 sent, 1 to be tried" in told.stdout
    (waiting, *_) = [m for m in list_messages(people.store) if m.answer]
    assert waiting.answer == "the mail server could not be used (ConnectionRefusedError)"
    monkeypatch.setenv("AWASE_SMTP_PORT", str(mailbox.port))
    _let_a_minute_pass(people.store)

    later = awase("digest", "-w", people.workspace.folder)

    assert "2 sent" in later.stdout
    assert sorted(mailbox.to) == ["lee@seller.example", "sato@seller.example"]


def test_a_morning_that_is_over_is_not_told_any_more(
    awase, people, mailbox, configure, monkeypatch
) -> None:
    configure(mailbox)
    monkeypatch.setenv("AWASE_SMTP_PORT", "1")
    awase("digest", "-w", people.workspace.folder)
    with people.store.engine.begin() as connection:
        two_days = 2 * 86_400
        connection.exec_driver_sql(
            f"UPDATE outbox SET made_at = made_at - {two_days}, external_id = 'x' || external_id"
        )
    monkeypatch.setenv("AWASE_SMTP_PORT", str(mailbox.port))
    _let_a_minute_pass(people.store)

    awase("digest", "-w", people.workspace.folder)

    assert len(mailbox.mails) == 2


def test_who_left_meanwhile_gets_nothing(awase, people, mailbox, configure, monkeypatch) -> None:
    configure(mailbox)
    monkeypatch.setenv("AWASE_SMTP_PORT", "1")
    awase("digest", "-w", people.workspace.folder)
    disable_user(people.store, "lee@seller.example", by="test")
    monkeypatch.setenv("AWASE_SMTP_PORT", str(mailbox.port))
    _let_a_minute_pass(people.store)

    told = awase("digest", "-w", people.workspace.folder)

    assert "1 sent" in told.stdout
    assert mailbox.to == ["sato@seller.example"]


def _let_a_minute_pass(store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due_at = due_at - 90")
        connection.exec_driver_sql("UPDATE outbox_channel SET paused_until = paused_until - 90")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_that_wants_encryption_and_a_login_gets_both(
    awase, people, guarded, configure
) -> None:
    mailbox, tls = guarded
    configure(mailbox, AWASE_SMTP_TLS=tls, AWASE_SMTP_USER="awase", AWASE_SMTP_PASSWORD="pass word")

    told = awase("digest", "-w", people.workspace.folder)

    assert "2 sent" in told.stdout
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("none", 587), ("tls", 465)])
def test_the_port_is_the_usual_one_of_the_encryption(
    monkeypatch: pytest.MonkeyPatch, tls: str, port: int
) -> None:
    monkeypatch.setenv("AWASE_SMTP_TLS", tls)

    assert digest_settings_of(Settings()).smtp_port == port


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_keeps_the_mails_and_says_neither_login_nor_password(
    awase, people, guarded, configure
) -> None:
    mailbox, tls = guarded
    configure(mailbox, AWASE_SMTP_TLS=tls, AWASE_SMTP_USER="awase", AWASE_SMTP_PASSWORD="hunter2")

    told = awase("digest", "-w", people.workspace.folder)

    assert "0 sent, 1 to be tried" in told.stdout
    (answer,) = {m.answer for m in list_messages(people.store) if m.answer}
    assert answer.startswith("the mail server ")
    assert "535" in answer
    assert "hunter2" not in answer + told.stdout
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"AWASE_PUBLIC_URL": ""}, "got no AWASE_PUBLIC_URL"),
        ({"AWASE_MAIL_FROM": "nobody"}, "got no address in AWASE_MAIL_FROM"),
        ({"AWASE_DIGEST_SECRET": ""}, "got no AWASE_DIGEST_SECRET"),
        ({"AWASE_SMTP_HOST": "mail.seller.example"}, "got AWASE_SMTP_TLS=none"),
    ],
)
def test_what_is_missing_is_named(digest, mailbox, configure, setting: dict, said: str) -> None:
    configure(mailbox, **setting)

    told = digest()

    assert told.returncode == 1
    assert said in told.stderr
    assert mailbox.mails == []
