"""Agreed versions: counted, never changed, in force by date and by what was learned."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from features.core.errors import LeadDataError
from features.store import Store
from features.store.releases import ReleaseEntry, record_release, set_champion
from features.store.schema import agreed_version
from serving.ledger.access.audit import read_audit
from serving.ledger.agreements import (
    EVER,
    AgreedVersions,
    AgreementDecision,
    NewVersion,
    add_version,
    read_agreed,
    state_of_agreement,
)

NOW = datetime.now(UTC).replace(microsecond=0)
NEXT_MONTH = NOW + timedelta(days=30)
FIRST = NewVersion(
    definition="one",
    model="a" * 16,
    agreement="1" * 16,
    decision=AgreementDecision(by="ito", present="Ito, Sato", what="the first", why="to begin"),
    effective_from=EVER,
    replaces=None,
)
SECOND = replace(FIRST, definition="two", agreement="2" * 16, effective_from=NOW, replaces=1)
THIRD = replace(FIRST, definition="three", agreement="3" * 16, effective_from=NOW, replaces=2)


def _champion(store: Store, version: str) -> None:
    entry = ReleaseEntry(
        release_id="r",
        definition_version=version,
        made_at=NOW,
        data_cutoff=None,
        folder="r",
        passed_gate=True,
        record="{}",
    )
    record_release(store, entry)
    set_champion(store, "r", by="ito", why="the first")


def _in_force(store: Store, at: datetime) -> int:
    return read_agreed(store).in_force(at).number


def test_versions_are_counted_and_keep_who_agreed_what_and_why(store: Store) -> None:
    numbers = [add_version(store, new) for new in (FIRST, SECOND)]

    newest, first = read_agreed(store).versions
    assert numbers == [1, 2]
    assert (newest.number, newest.replaces, first.replaces) == (2, 1, None)
    assert (newest.definition, newest.effective_from) == ("two", NOW)
    assert first.decision == FIRST.decision
    assert newest.version == "aaaaaaaaaa-2222222222"
    audited = read_audit(store)[0]
    assert (audited.by, audited.action, audited.subject, audited.detail) == (
        "ito",
        "definition_adopted",
        "version 2",
        "to begin",
    )


def test_a_version_made_without_seeing_the_newest_is_not_added(store: Store) -> None:
    for new in (FIRST, SECOND):
        add_version(store, new)

    with pytest.raises(LeadDataError, match="got one made from version 1 while version 2 is there"):
        add_version(store, replace(SECOND, definition="other"))

    assert len(read_agreed(store).versions) == 2


def test_the_first_version_holds_for_the_past_and_each_from_its_day_on(store: Store) -> None:
    add_version(store, FIRST)
    add_version(store, replace(SECOND, effective_from=NEXT_MONTH))

    assert _in_force(store, NOW - timedelta(days=900)) == 1
    assert _in_force(store, NEXT_MONTH - timedelta(seconds=1)) == 1
    assert _in_force(store, NEXT_MONTH) == 2
    assert read_agreed(store).begins_after(NOW) == NEXT_MONTH
    assert read_agreed(store).begins_after(NEXT_MONTH) is None


def test_a_later_decision_replaces_one_that_was_planned(store: Store) -> None:
    add_version(store, FIRST)
    add_version(store, replace(SECOND, effective_from=NEXT_MONTH))
    add_version(store, THIRD)

    assert _in_force(store, NOW) == _in_force(store, NEXT_MONTH) == 3


def test_a_version_the_champion_has_not_learned_waits(store: Store) -> None:
    add_version(store, FIRST)
    _champion(store, "aaaaaaaaaa-1111111111")
    add_version(store, replace(SECOND, model="b" * 16))

    agreed = read_agreed(store)
    assert agreed.in_force(NOW).number == 1
    assert agreed.due(NOW).number == 2


def test_without_a_champion_nothing_waits(store: Store) -> None:
    add_version(store, FIRST)
    add_version(store, replace(SECOND, model="b" * 16))

    assert _in_force(store, NOW) == 2


def test_going_back_is_a_new_version_with_the_old_meaning(store: Store) -> None:
    for new in (FIRST, SECOND, replace(FIRST, replaces=2, effective_from=NOW)):
        add_version(store, new)

    third, _, first = read_agreed(store).versions
    assert (third.number, third.version) == (3, first.version)


def test_the_state_changes_with_every_version_and_champion(store: Store) -> None:
    seen = [state_of_agreement(store)]
    add_version(store, FIRST)
    seen.append(state_of_agreement(store))
    _champion(store, "aaaaaaaaaa-1111111111")
    seen.append(state_of_agreement(store))

    assert seen == [(0, None), (1, None), (1, "r")]


def test_an_empty_store_has_nothing_in_force() -> None:
    with pytest.raises(LeadDataError, match="must hold an agreed definition; got none"):
        AgreedVersions(versions=(), learned=None).in_force(NOW)


def test_two_writers_at_once_leave_one_version(store: Store) -> None:
    add_version(store, FIRST)
    values = {"number": 2, "version": "aaaaaaaaaa-1111111111", "definition": "theirs"}
    said = dict.fromkeys(("by", "present", "what", "why"), "")
    rest = {"effective_from": NOW, "adopted_at": NOW, **said}
    with store.engine.begin() as connection:
        connection.execute(insert(agreed_version).values(**values, **rest, replaces=1))

    with pytest.raises(LeadDataError, match="must follow the newest one"):
        add_version(store, SECOND)
