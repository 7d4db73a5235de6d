from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import pyarrow as pa
import pytest
from sqlalchemy import Select, select

from features.core.errors import LeadDataError
from features.core.parsing.search_text import fold
from features.definition import LeadDefinition, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.person_search import find_people, person_holds
from features.store.schema import DECISION, PERSON, person_search
from serving.ledger.access.audit import read_audit
from serving.ledger.decisions import write_decisions
from serving.ledger.leads import search_leads
from serving.ledger.leads.insert import NewLead, put_lead
from serving.ledger.leads.lead_state import refresh_standings
from serving.ledger.leads.merge import merge_leads
from serving.ledger.leads.worklist import (
    LeadState,
    PagePosition,
    WorklistFilter,
    count_listed,
    read_page,
    read_standing,
)
from serving.ledger.verdicts import Verdict, record_verdict

HOUR = 3600
START = 1_700_000_000
ACCEPT = Verdict(
    lead_id="b", answer="accepted", reason="", comment="", easy_to_act_on=True, by="sato"
)


@pytest.fixture(scope="module")
def definition() -> LeadDefinition:
    template = resources.files("features.definition.yaml").joinpath("template.yaml")
    return parse_definition(template.read_text(encoding="utf-8"), "template.yaml")


@pytest.fixture
def listed(store: Store, definition: LeadDefinition) -> Store:
    """Five leads with two runs of decisions; ``b`` was handed over, ``e`` was won."""
    store.write(_tables(), _persons())
    _decide(store, START, {"a": 0.2, "b": 0.5, "c": 0.5, "d": 0.02, "e": 0.9})
    _decide(store, START + HOUR, {"a": 0.3, "b": 0.6, "c": 0.6, "d": 0.01, "e": 0.9})
    refresh_standings(store, definition)
    return store


SEARCHES = [
    ("ann", ["b"]),
    ("ANN", ["b"]),
    ("100%_", ["a"]),
    ("%", ["a"]),
    ("c", ["c", "b"]),
    ("sat", ["b"]),
    ("SUZUKI", ["a"]),
    ("to ", ["b"]),
]
"""What is typed, and who is found: "c" is an id and a letter of Acme; sato and Suzuki own."""


AS_TYPED = [
    "佐藤拓也",
    "佐藤　拓也",
    "佐藤 拓",
    "さとう",
    "サトウ",
    "ｻﾄｳ ﾀｸﾔ",
    "ﾉｰｽﾘｰﾌ",
    "ノースリーフ",
    "のーすりーふ",
    "northleaf.example",
    "ＴＡＫＵＹＡ",
    "03-1234-5678",
    "0312345678",
    "03 1234 5678",
    "(03)1234-5678",
    "０３－１２３４－５６７８",
    "03ー1234ー5678",
    "+81 3-1234-5678",
    "+81 (0)3 1234 5678",
    "1234-",
    "佐",
    "佐藤",
]
"""How somebody may type who lead ``a`` is."""

SATO = {
    "lead_id": "a",
    "name": "佐藤 拓也",
    "name_kana": "サトウ タクヤ",
    "company": "ノースリーフ株式会社",
    "email": "takuya@northleaf.example",
    "phone": "+81-3-1234-5678",
}


def _tables() -> LeadTables:
    leads = [{"lead_id": i, "created_at": START - 100 * HOUR, "day_only": False} for i in "abcde"]
    facts = [
        ("a", "team", 1, "east"),
        ("a", "team", 2, "west"),
        ("b", "team", 1, "east"),
        ("a", "owner", 1, "Suzuki"),
        ("b", "owner", 1, "sato"),
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=pa.Table.from_pylist(
            [
                {"lead_id": i, "attribute": a, "known_at": START + t, "value": v, "honest": True}
                for i, a, t, v in facts
            ],
            FACT,
        ),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(
            [{"lead_id": "e", "stage": "won", "occurred_at": START, "known_at": START}], OUTCOME
        ),
        hand_over=pa.Table.from_pylist(
            [
                {
                    "lead_id": "b",
                    "cycle": 1,
                    "handed_over_at": START + 2 * HOUR,
                    "qualification": "MQL",
                    "by": "model",
                }
            ],
            HAND_OVER,
        ),
    )


def _persons() -> pa.Table:
    rows = [
        {"lead_id": "a", "name": "山田 太郎", "company": "100%_天然水株式会社"},
        {"lead_id": "b", "name": "Ann Lee", "company": "Acme"},
    ]
    return pa.Table.from_pylist(rows, PERSON)


def _decide(store: Store, as_of: int, probability: dict[str, float]) -> None:
    rows = [
        {
            "lead_id": lead_id,
            "as_of": as_of,
            "decided_at": as_of,
            "run_id": "r",
            "definition_version": "v",
            "release_id": "first",
            "probability": p,
            "qualification": "SQL" if p >= 0.5 else "MQL" if p >= 0.1 else "NONE",
            "rulebook_points": 5.0,
            "rulebook_qualification": "NONE",
        }
        for lead_id, p in probability.items()
    ]
    write_decisions(store, pa.Table.from_pylist(rows, DECISION))


def _row(store: Store, lead_id: str) -> LeadState:
    found = read_standing(store, lead_id)
    assert found is not None
    return found[0]


def test_open_qualified_leads_come_by_probability(listed: Store) -> None:
    page = read_page(listed, WorklistFilter())

    assert [lead_state.lead_id for lead_state, _ in page] == ["c", "b", "a"]
    assert count_listed(listed, WorklistFilter()) == 3
    assert count_listed(listed, WorklistFilter(reached="SQL")) == 2


def test_a_page_continues_after_the_last_lead_also_among_equals(listed: Store) -> None:
    first = read_page(listed, WorklistFilter(), limit=1)[0][0]

    after = PagePosition(key=first.priority, lead_id=first.lead_id)
    rest = read_page(listed, WorklistFilter(), after=after)

    assert [lead_state.lead_id for lead_state, _ in rest] == ["b", "a"]


def test_a_lead_stands_where_its_newest_decision_put_it(listed: Store) -> None:
    lead_state = _row(listed, "a")

    assert (lead_state.probability, lead_state.probability_before) == (0.3, 0.2)
    assert lead_state.team == "west"


def test_a_team_sees_its_own_leads(listed: Store) -> None:
    page = read_page(listed, WorklistFilter(team="east"))

    assert [lead_state.lead_id for lead_state, _ in page] == ["b"]


@pytest.mark.parametrize(("typed", "found"), SEARCHES)
def test_a_search_finds_names_and_takes_signs_as_they_are(
    listed: Store, typed: str, found: list[str]
) -> None:
    page = read_page(listed, WorklistFilter(search=typed))

    assert [lead_state.lead_id for lead_state, _ in page] == found


@pytest.fixture
def sato(listed: Store) -> Store:
    """Lead ``a`` is known by everything a person is found by."""
    with listed.writing() as write:
        write("person", pa.Table.from_pylist([SATO], PERSON))
    return listed


def _found(store: Store, typed: str) -> list[str]:
    return [s.lead_id for s, _ in read_page(store, WorklistFilter(search=typed))]


def test_people_are_found_however_they_are_typed(sato: Store) -> None:
    assert {typed: _found(sato, typed) for typed in AS_TYPED} == {
        typed: ["a"] for typed in AS_TYPED
    }
    # No search reaches from one field into the next, nor finds what was corrected.
    assert _found(sato, "拓也さとう") == []
    assert _found(sato, "山田太郎") == []


def test_an_index_finds_every_one_two_and_three_letters_that_a_text_holds(
    sato: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sato.engine.connect() as connection:
        held = connection.scalars(select(person_search.c.text)).all()
    parts = {text[at : at + n] for text in held for at in range(len(text)) for n in (1, 2, 3)}
    typed = {part for part in parts if part == fold(part)} | {"qq", "鬱", "q鬱", '"', "a%"}

    def found(asked: Callable[[str], Select[str]]) -> dict[str, set[str]]:
        with sato.engine.connect() as connection:
            return {one: set(connection.scalars(asked(one))) for one in typed}

    by_index = found(lambda one: find_people(sato.engine, one))
    monkeypatch.setattr("features.store.person_search.MOST_TERMS", 0)
    without = found(lambda one: find_people(sato.engine, one))

    assert by_index == without == found(person_holds)
    assert len(typed) > 50
    assert by_index["qq"] == by_index["鬱"] == set()


def test_a_page_of_what_many_people_hold_is_the_same(
    sato: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches = (*AS_TYPED, "a", "e", "c", "SUZUKI", "sato", "%")
    looked_up = [_found(sato, typed) for typed in searches]

    monkeypatch.setattr(search_leads, "FEW_FOUND", 0)

    assert [_found(sato, typed) for typed in searches] == looked_up
    assert len(_found(sato, "a")) > 1


def test_a_person_sent_in_parts_is_found_by_all_of_them(listed: Store) -> None:
    for part in ({"name": "高橋 一"}, {"phone": "090 1111 2222"}, {"company": "高橋組"}):
        with listed.engine.begin() as connection:
            new = NewLead(lead_id="c", created_at=None, external_ids={}, person=part)
            put_lead(connection, new, now=datetime.fromtimestamp(START, UTC))

    found = [_found(listed, typed) for typed in ("高橋一", "090-1111-2222", "高橋組", "Acme")]
    assert found == [["c"], ["c"], ["c"], ["b"]]


def test_a_merged_person_is_found_at_the_lead_that_is_kept(
    sato: Store, definition: LeadDefinition
) -> None:
    merge_leads(sato, "c", ["a"], by="test")
    refresh_standings(sato, definition)

    assert [_found(sato, typed) for typed in ("さとう", "0312345678")] == [["c"], ["c"]]


@pytest.fixture
def unscored(listed: Store, definition: LeadDefinition) -> Store:
    """Beside the five: ``f`` became an opportunity, ``g`` was lost after it, ``h`` is new.

    None of the three was ever scored; ``f`` had been returned before it became one.
    """
    created = {"created_at": START - 200 * HOUR, "day_only": False}
    outcomes = [
        ("f", "returned", 2),
        ("f", "opportunity", 5),
        ("g", "opportunity", 3),
        ("g", "lost", 6),
    ]
    empty = {name: getattr(_tables(), name).slice(0, 0) for name in ("event", "fact")}
    handed = {"handed_over_at": START, "qualification": "MQL", "by": "person", "cycle": 1}
    listed.write(
        LeadTables(
            **empty,
            lead=pa.Table.from_pylist([{"lead_id": i, **created} for i in "fgh"], LEAD),
            outcome=pa.Table.from_pylist(
                [
                    {"lead_id": i, "stage": s, "occurred_at": START + t, "known_at": START + t}
                    for i, s, t in outcomes
                ],
                OUTCOME,
            ),
            hand_over=pa.Table.from_pylist([{"lead_id": "f", **handed}], HAND_OVER),
        ),
        pa.Table.from_pylist([{"lead_id": i, "name": f"Zoe {i}"} for i in "fgh"], PERSON),
    )
    refresh_standings(listed, definition)
    return listed


def test_a_lead_that_nobody_scored_has_a_state(unscored: Store) -> None:
    states = {lead_id: _row(unscored, lead_id) for lead_id in "fgh"}

    assert [state.reached for state in states.values()] == ["opportunity", "opportunity", None]
    assert [state.ended for state in states.values()] == [None, "lost", None]
    assert {(s.decision_id, s.as_of, s.qualification) for s in states.values()} == {(None,) * 3}


def test_an_open_opportunity_is_listed_whether_scored_or_not(unscored: Store) -> None:
    page = read_page(unscored, WorklistFilter(reached="opportunity"))

    assert [lead_state.lead_id for lead_state, _ in page] == ["f"]
    # What became an opportunity was taken up: nobody is owed an answer.
    assert page[0][0].waiting_since is None
    assert [s.lead_id for s, _ in read_page(unscored, WorklistFilter(waiting=True))] == ["b"]


def test_a_search_among_all_finds_what_no_list_shows(unscored: Store) -> None:
    every = WorklistFilter(search="zoe", listed_only=False)

    assert [s.lead_id for s, _ in read_page(unscored, every)] == ["h", "g", "f"]
    assert [s.lead_id for s, _ in read_page(unscored, WorklistFilter(search="zoe"))] == ["f"]
    assert count_listed(unscored, every) == 3


def test_a_lead_that_has_ended_says_with_what(listed: Store) -> None:
    assert _row(listed, "e").ended == "won"


def test_a_verdict_answers_the_hand_over(listed: Store, definition: LeadDefinition) -> None:
    assert [s.lead_id for s, _ in read_page(listed, WorklistFilter(waiting=True))] == ["b"]

    said = replace(ACCEPT, reason=definition.verdict_reasons.accepted[0].name, comment="電話済み")
    record_verdict(listed, said, definition)

    lead_state = _row(listed, "b")
    assert (lead_state.verdict, lead_state.reached, lead_state.waiting_since) == (
        "accepted",
        "accepted",
        None,
    )
    assert read_page(listed, WorklistFilter(waiting=True)) == []
    assert read_audit(listed)[0].action == "accepted"


def test_a_verdict_said_twice_is_kept_once(listed: Store, definition: LeadDefinition) -> None:
    said = replace(ACCEPT, reason=definition.verdict_reasons.accepted[0].name)

    assert record_verdict(listed, said, definition)
    assert not record_verdict(listed, said, definition)
    assert listed.read_lead("b").outcome.num_rows == 1


def test_a_changed_mind_is_a_new_row_and_counts(listed: Store, definition: LeadDefinition) -> None:
    record_verdict(
        listed, replace(ACCEPT, reason=definition.verdict_reasons.accepted[0].name), definition
    )
    returned = replace(
        ACCEPT, answer="returned", reason=definition.verdict_reasons.returned[0].name
    )

    record_verdict(listed, returned, definition)

    assert listed.read_lead("b").outcome.column("stage").to_pylist() == ["accepted", "returned"]
    assert not _row(listed, "b").listed


def test_two_people_who_answer_at_the_same_moment_come_one_after_the_other(
    listed: Store, definition: LeadDefinition
) -> None:
    reason = definition.verdict_reasons.accepted[0].name
    said = [
        replace(ACCEPT, lead_id=lead_id, reason=reason, by=person)
        for lead_id in "abc"
        for person in ("sato", "lee")
    ]

    with ThreadPoolExecutor(max_workers=6) as people:
        kept = list(people.map(lambda one: record_verdict(listed, one, definition), said))

    # The second of two equal answers changes nothing, whoever gives it.
    assert sorted(kept) == [False] * 3 + [True] * 3
    assert listed.read_lead("c").hand_over.num_rows == 1


def test_a_new_hand_over_waits_for_an_answer_of_its_own(
    listed: Store, definition: LeadDefinition
) -> None:
    reason = definition.verdict_reasons.returned[0].name
    record_verdict(listed, replace(ACCEPT, answer="returned", reason=reason), definition)
    answered_at = listed.read_lead("b").outcome.column("occurred_at")[0].as_py()
    again = {
        "lead_id": "b",
        "cycle": 2,
        "handed_over_at": answered_at + HOUR,
        "qualification": "SQL",
        "by": "model",
    }
    rows = dict.fromkeys(("lead", "fact", "event", "outcome"))
    empty = {name: getattr(_tables(), name).slice(0, 0) for name in rows}
    listed.write(LeadTables(**empty, hand_over=pa.Table.from_pylist([again], HAND_OVER)))

    refresh_standings(listed, definition)

    lead_state = _row(listed, "b")
    assert (lead_state.cycle, lead_state.verdict, lead_state.listed) == (2, None, True)


def test_a_verdict_on_a_lead_nobody_handed_over_records_that_a_person_did(
    listed: Store, definition: LeadDefinition
) -> None:
    said = replace(
        ACCEPT, lead_id="c", reason=definition.verdict_reasons.accepted[0].name, comment=""
    )

    record_verdict(listed, said, definition)

    [row] = listed.read_lead("c").hand_over.to_pylist()
    assert (row["by"], row["cycle"], row["qualification"]) == ("person", 1, "SQL")
    assert _row(listed, "c").verdict == "accepted"


def test_what_a_verdict_must_hold_is_checked(listed: Store, definition: LeadDefinition) -> None:
    reason = definition.verdict_reasons.accepted[0].name

    with pytest.raises(LeadDataError, match="one of the lead definition's"):
        record_verdict(listed, replace(ACCEPT, reason="because"), definition)
    with pytest.raises(LeadDataError, match="2,000 characters"):
        record_verdict(listed, replace(ACCEPT, reason=reason, comment="x" * 2_001), definition)
    with pytest.raises(LeadDataError, match="none"):
        record_verdict(listed, replace(ACCEPT, reason=reason, lead_id="nobody"), definition)
    assert listed.read_lead("b").outcome.num_rows == 0


def test_an_opportunity_nobody_answered_owes_no_answer(
    listed: Store, definition: LeadDefinition
) -> None:
    assert _row(listed, "b").waiting_since is not None
    opened = {"lead_id": "b", "stage": "opportunity", "occurred_at": START, "known_at": START}
    empty = {n: getattr(_tables(), n).slice(0, 0) for n in ("lead", "fact", "event", "hand_over")}
    listed.write(LeadTables(**empty, outcome=pa.Table.from_pylist([opened], OUTCOME)))

    refresh_standings(listed, definition)

    assert _row(listed, "b").waiting_since is None
    assert read_page(listed, WorklistFilter(waiting=True)) == []
