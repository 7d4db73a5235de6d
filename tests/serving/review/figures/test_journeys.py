import pyarrow as pa

from features.history import History
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.review.figures.journeys import ACCEPTED, NEVER, RETURNED, UNANSWERED, follow

LATER = 10_000


def _tables(handed: list[tuple[int, int]], outcomes: list[tuple[str, int, int]]) -> LeadTables:
    """One lead's hand-overs as (cycle, at), and outcomes as (stage, at, known at)."""
    return LeadTables(
        lead=pa.Table.from_pylist([{"lead_id": "a", "created_at": 1, "day_only": False}], LEAD),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=pa.Table.from_pylist(
            [
                {"lead_id": "a", "stage": stage, "occurred_at": at, "known_at": known}
                for stage, at, known in outcomes
            ],
            OUTCOME,
        ),
        hand_over=pa.Table.from_pylist(
            [
                {
                    "lead_id": "a",
                    "cycle": cycle,
                    "handed_over_at": at,
                    "qualification": "MQL",
                    "by": "model",
                }
                for cycle, at in handed
            ],
            HAND_OVER,
        ),
    )


def _follow(tables: LeadTables, definition, known_before: int = LATER):
    return follow(tables, History.from_tables(tables, definition), known_before=known_before)


def test_an_answer_belongs_to_the_newest_hand_over_before_it(thirty_definition) -> None:
    tables = _tables([(1, 100), (2, 500)], [("returned", 200, 200), ("accepted", 600, 600)])

    found = _follow(tables, thirty_definition)

    assert found.verdict.tolist() == [RETURNED, ACCEPTED]
    assert found.verdict_at.tolist() == [200, 600]
    assert found.acted_at.tolist() == [200, 600]


def test_the_newest_answer_counts_since_minds_change(thirty_definition) -> None:
    tables = _tables([(1, 100)], [("returned", 300, 300), ("accepted", 200, 200)])

    found = _follow(tables, thirty_definition)

    assert found.verdict.tolist() == [RETURNED]
    assert found.verdict_at.tolist() == [300]
    assert found.acted_at.tolist() == [200]


def test_what_was_recorded_late_was_not_known_then(thirty_definition) -> None:
    tables = _tables([(1, 100)], [("opportunity", 200, 900), ("accepted", 150, 150)])

    then = _follow(tables, thirty_definition, known_before=300)
    now = _follow(tables, thirty_definition)

    assert (then.verdict.tolist(), then.opportunity_at.tolist()) == ([ACCEPTED], [NEVER])
    assert now.opportunity_at.tolist() == [200]


def test_what_came_before_any_hand_over_belongs_to_none(thirty_definition) -> None:
    tables = _tables([(1, 500)], [("opportunity", 100, 100)])

    found = _follow(tables, thirty_definition)

    assert found.opportunity_at.tolist() == [NEVER]
    assert found.verdict.tolist() == [UNANSWERED]
