"""Leads that are probably one person."""

from typing import Any

import pyarrow as pa
import pytest

from features.importing.duplicates import (
    MAX_GROUP,
    Likeness,
    normalise_email,
    normalise_name,
    propose_merges,
)
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import PERSON


def _write(store: Store, *people: dict[str, Any]) -> None:
    ids = [person["lead_id"] for person in people]
    # The last one written here is the oldest lead.
    leads = [
        {"lead_id": name, "created_at": 100 - at, "day_only": False} for at, name in enumerate(ids)
    ]
    tables = LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )
    store.write(tables, pa.Table.from_pylist(list(people), PERSON))


def test_one_person_under_two_spellings_is_proposed_once_with_both_reasons(store: Store) -> None:
    _write(
        store,
        {"lead_id": "b", "name": "山田 太郎", "email": "Taro@Yamada.example", "company": "㈱山田"},
        {
            "lead_id": "a",
            "name": "山田太郎",
            "email": "taro+news@yamada.example ",
            "company": "山田株式会社",
        },
        {"lead_id": "c", "name": "山田太郎", "email": "t@other.example", "company": "佐藤商事"},
    )

    (proposal,) = propose_merges(store)

    assert proposal.lead_ids == ("a", "b")
    assert proposal.alike_in == (Likeness.EMAIL, Likeness.NAME_AND_COMPANY)
    assert store.read_tables().lead.num_rows == 3


def test_a_mailbox_that_many_share_is_nobody(store: Store) -> None:
    people = [{"lead_id": f"L{at}", "email": "info@x.example"} for at in range(MAX_GROUP + 1)]
    _write(store, *people)

    assert propose_merges(store) == []


def test_what_is_unknown_is_not_alike(store: Store) -> None:
    _write(store, {"lead_id": "a", "name": "Ann"}, {"lead_id": "b", "name": "Ann"})

    assert propose_merges(store) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＴＡＲＯ＠example.com", "taro@example.com"),
        ("mailto:a@b.example", "a@b.example"),
        ("a+1@b.example", "a+2@b.example"),
    ],
)
def test_addresses_are_compared_without_spelling(one: str, other: str) -> None:
    assert normalise_email(one) == normalise_email(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("山田　太郎", "山田太郎"),
        ("Taro YAMADA", "Yamada, Taro"),
        ("ジョン・スミス", "ジョン スミス"),
    ],
)
def test_names_are_compared_without_spelling(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)


def test_other_names_stay_other() -> None:
    assert normalise_name("山田太郎") != normalise_name("太郎山田")
    assert normalise_email("a@x.example") != normalise_email("a@y.example")
