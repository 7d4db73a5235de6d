"""The digest to a chat, as a real receiver gets it."""

import json
from urllib.parse import parse_qs

import pytest
from sqlalchemy import update

from features.store.schema import person
from serving.digest.compose import plain_name

TITLE = "今日のリード: "
TODAY = "https://awase.test/today?whose=all"


def _sent(awase, people, configure, receiver, chat: str) -> bytes:
    configure(AWASE_CHAT=chat, AWASE_CHAT_URL=receiver.url, AWASE_CHAT_TOKEN="token")
    told = awase("digest", "-w", people.workspace.folder)
    assert (told.returncode, told.stderr) == (0, "")
    assert "digest_chat: 1 sent" in told.stdout
    (body,) = receiver.bodies
    return body


@pytest.mark.parametrize("chat", ["slack", "google_chat"])
def test_slack_and_google_chat_get_text_with_links(
    awase, people, configure, receiver, chat: str
) -> None:
    body = json.loads(_sent(awase, people, configure, receiver, chat))

    assert list(body) == ["text"]
    assert body["text"].startswith(f"*{TITLE}")
    assert body["text"].endswith(f"<{TODAY}|「今日」を開く>")
    assert "<https://awase.test/leads/L" in body["text"]
    assert "x-chatworktoken" not in receiver.headers[0]


def test_teams_gets_an_adaptive_card(awase, people, configure, receiver) -> None:
    body = json.loads(_sent(awase, people, configure, receiver, "teams"))

    (attachment,) = body["attachments"]
    assert body["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    title, *blocks = attachment["content"]["body"]
    assert {block["type"] for block in (title, *blocks)} == {"TextBlock"}
    assert title["text"].startswith(TITLE)
    assert blocks[-1]["text"] == f"[「今日」を開く]({TODAY})"


def test_chatwork_gets_a_form_with_its_token(awase, people, configure, receiver) -> None:
    form = parse_qs(_sent(awase, people, configure, receiver, "chatwork").decode())

    (text,) = form["body"]
    assert text.startswith(f"[info][title]{TITLE}")
    assert text.endswith(f"「今日」を開く\n{TODAY}[/info]")
    assert receiver.headers[0]["x-chatworktoken"] == "token"
    assert receiver.headers[0]["content-type"] == "application/x-www-form-urlencoded"


def test_a_company_s_name_calls_nobody_and_links_to_nothing(
    awase, people, configure, receiver
) -> None:
    hostile = "<!channel> [toall]\n[x](http://b.example)"
    with people.store.engine.begin() as connection:
        connection.execute(update(person).values(company=hostile))

    body = json.loads(_sent(awase, people, configure, receiver, "slack"))

    assert plain_name(hostile) in body["text"]
    assert "<!channel>" not in body["text"]
    assert "[toall]" not in body["text"]
    assert "http://b.example" not in body["text"]
    assert "\n[" not in plain_name(hostile)


def test_a_chat_that_is_busy_is_told_by_a_later_call_and_only_once(
    awase, people, configure, receiver, says
) -> None:
    receiver.will(says.answer(503))
    configure(AWASE_CHAT="slack", AWASE_CHAT_URL=receiver.url)
    assert "0 sent, 1 to be tried" in awase("digest", "-w", people.workspace.folder).stdout
    with people.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due_at = due_at - 90")
        connection.exec_driver_sql("UPDATE outbox_channel SET paused_until = paused_until - 90")

    later = awase("digest", "-w", people.workspace.folder)

    assert "1 sent" in later.stdout
    assert "0 sent" in awase("digest", "-w", people.workspace.folder).stdout
    assert len(receiver.bodies) == 2


@pytest.mark.parametrize(
    ("chat", "url", "said"),
    [
        ("slack", "", "Change AWASE_CHAT_URL"),
        ("slack", "http://chat.example/x", "Change AWASE_CHAT_URL"),
        ("chatwork", "https://api.chatwork.com/v2/rooms/1/messages", "got no AWASE_CHAT_TOKEN"),
    ],
)
def test_what_a_chat_lacks_is_said(digest, configure, chat: str, url: str, said: str) -> None:
    configure(AWASE_CHAT=chat, AWASE_CHAT_URL=url)

    told = digest()

    assert told.returncode == 1
    assert said in told.stderr
