"""``awase check --audit`` says that the record of who did what is whole, or which entry is not."""

import sqlite3

import pytest


@pytest.fixture
def place(awase, tmp_path):
    folder = tmp_path / "workspace"
    awase("init", folder)
    awase("key", "create", "crm", "--scope", "read", "--workspace", folder)
    return folder


def test_a_whole_audit_prints_an_anchor_that_the_next_check_takes(awase, place) -> None:
    told = awase("check", "--audit", "--workspace", place)
    anchor = told.stdout.split()[-1]
    awase("key", "create", "other", "--scope", "read", "--workspace", place)

    again = awase("check", "--audit", "--anchor", anchor, "--workspace", place)

    assert (told.returncode, again.returncode) == (0, 0)
    assert "is whole" in again.stdout


def test_a_changed_entry_ends_in_a_sentence_and_code_1(awase, place) -> None:
    with sqlite3.connect(place / "awase.db") as connection:
        connection.execute("DROP TRIGGER audit_not_changed")
        connection.execute("UPDATE audit SET by = 'nobody' WHERE audit_id = 1")

    told = awase("check", "--audit", "--workspace", place)

    assert told.returncode == 1
    assert "got 1 changed" in told.stderr
