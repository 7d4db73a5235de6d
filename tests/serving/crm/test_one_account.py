"""A workspace belongs to one account of a CRM, which every output names."""

import json

import pytest

from features.core.errors import LeadDataError
from serving.crm.account import known_account
from serving.crm.channels import open_senders
from serving.delivery.deliver import deliver_due
from tests.serving.conftest import Awase
from tests.serving.crm.test_hubspot_push import Desk, account, folder, in_force

__all__ = ["account", "folder", "in_force"]


def test_another_account_is_refused_in_one_sentence(in_force: Desk, awase: Awase) -> None:
    in_force.account.portal = 99

    for command in ("setup", "pull", "push"):
        refused = awase("crm", command, "hubspot", "-w", in_force.place.folder)
        assert refused.returncode == 1
        assert "this workspace belongs to HubSpot 24681357 (production)" in refused.stderr
        assert "got HubSpot 99 (production)" in refused.stderr
    assert in_force.told("L003", "qualification") is None


def test_a_sandbox_that_became_production_is_another_account(in_force: Desk) -> None:
    in_force.account.type = "SANDBOX"

    with pytest.raises(LeadDataError, match=r"got HubSpot 24681357 \(sandbox\)"):
        in_force.push()


def test_what_waits_is_not_delivered_to_another_account(in_force: Desk) -> None:
    in_force.account.archive("contacts", in_force.record["L001"])
    in_force.server.faults.token_valid_for = 4
    with pytest.raises(Exception, match="renew the token"):
        in_force.push()
    in_force.server.faults.token_valid_for = None
    in_force.account.portal = 99
    in_force.server.calls.clear()
    in_force.let_time_pass()

    (sender,) = open_senders(in_force.place, in_force.store)
    deliver_due(in_force.store, sender)

    assert {call.method for call in in_force.server.calls} <= {"GET"}


def test_every_output_names_the_account(in_force: Desk, awase: Awase) -> None:
    place = in_force.place.folder
    shown = [
        awase("crm", *arguments, "-w", place).stdout
        for arguments in (
            ("setup", "hubspot"),
            ("map", "hubspot"),
            ("pull", "hubspot", "--dry-run"),
            ("pull", "hubspot"),
            ("push", "hubspot", "--yes"),
        )
    ]

    assert ["HubSpot 24681357 (production)" in text for text in shown] == [True] * 5
    told = json.loads(awase("crm", "push", "hubspot", "--json", "-w", place).stdout)
    assert told["account"] == {
        "vendor": "hubspot", "account_id": "24681357", "is_sandbox": False
    }  # fmt: skip


def test_the_first_push_to_production_asks_and_later_ones_do_not(
    in_force: Desk, awase: Awase
) -> None:
    place = in_force.place.folder
    unasked = awase("crm", "push", "hubspot", "--json", "-w", place)
    assert unasked.returncode == 3
    assert "the first push to a production account is confirmed" in unasked.stderr
    assert awase("crm", "push", "hubspot", "-w", place).returncode == 3
    assert in_force.told("L003", "qualification") is None

    assert awase("crm", "push", "hubspot", "--yes", "-w", place).returncode == 0
    assert awase("crm", "push", "hubspot", "-w", place).returncode == 0
    known = known_account(in_force.store, "hubspot")
    assert str(known) == "HubSpot 24681357 (production)"
