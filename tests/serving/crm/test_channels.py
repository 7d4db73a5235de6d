"""Which channels a workspace has, by its settings and by what it has been pushed to."""

from pathlib import Path

from serving.crm.channels import open_senders
from serving.ledger.outbox.enqueue import open_channel, open_channels
from serving.workspace.workspace import Workspace

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _names(folder: Path) -> tuple[list[str], tuple[str, ...]]:
    place = Workspace.at(folder)
    store = place.store()
    senders = [sender.channel for sender in open_senders(place, store)]
    with store.engine.connect() as connection:
        channels = open_channels(connection)
    store.close()
    return senders, channels


def test_the_webhook_follows_the_settings(awase, tmp_path: Path, monkeypatch) -> None:
    awase("init", tmp_path)
    assert _names(tmp_path) == ([], ())
    monkeypatch.setenv("AWASE_WEBHOOK_URL", "https://example.com/hook")
    monkeypatch.setenv("AWASE_WEBHOOK_SECRET", SECRET)
    assert _names(tmp_path) == (["webhook"], ("webhook",))

    monkeypatch.delenv("AWASE_WEBHOOK_URL")

    assert _names(tmp_path) == ([], ())


def test_a_crm_that_was_pushed_to_is_delivered_to(awase, tmp_path: Path, monkeypatch) -> None:
    awase("init", tmp_path)
    store = Workspace.at(tmp_path).store()
    with store.engine.begin() as connection:
        open_channel(connection, "salesforce")
    store.close()
    monkeypatch.setenv("AWASE_SALESFORCE_URL", "https://example.my.salesforce.com")
    monkeypatch.setenv("AWASE_SALESFORCE_TOKEN", "hush")

    assert _names(tmp_path) == (["salesforce"], ("salesforce",))
