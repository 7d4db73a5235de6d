from features.definition import LeadDefinition
from features.store import Store
from serving.review.month import Month
from serving.review.month_data import load_month_data


def test_of_events_a_review_holds_those_of_sales_and_an_index_of_all_others(
    thirty: Store, thirty_definition: LeadDefinition
) -> None:
    found = load_month_data(thirty, thirty_definition, Month(year=2026, number=6), release=None)

    assert set(found.tables.event.column("actor").to_pylist()) == {"sales"}
    assert found.tables.event.num_rows == 8
    assert found.tables.fact.num_rows == 0
    assert any(len(codes) for codes in found.history.facts.codes)
    assert found.history.timeline.index.size(found.history.timeline.group("visit")) == 1
