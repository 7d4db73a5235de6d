"""The data set of a retrain: what the tables hold, in less memory."""

import pyarrow.compute as pc

from features.definition import LeadDefinition
from tests.training.two_months import SECOND_CUTOFF, History
from training.dataset.dataset import load_dataset


def test_a_data_set_holds_events_without_ids_and_repeated_texts_once(
    two_months: History, small_definition: LeadDefinition
) -> None:
    with two_months.place.store() as store:
        event = load_dataset(
            store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0
        ).tables.event
        whole = store.read_tables().event

    known = pc.and_(
        pc.less(whole["occurred_at"], SECOND_CUTOFF), pc.less(whole["known_at"], SECOND_CUTOFF)
    )
    plain = whole.filter(known).drop_columns("event_id")
    assert event.cast(plain.schema).equals(plain)
    assert event.nbytes < plain.nbytes


def test_a_data_set_without_its_rows_is_the_same_but_for_them(
    two_months: History, small_definition: LeadDefinition
) -> None:
    with two_months.place.store() as store:
        whole, slim = (
            load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0, keep_rows=kept)
            for kept in (True, False)
        )

    assert whole.tables.event.num_rows == slim.events.n_events
    assert whole.tables.fact.num_rows == slim.facts.n_facts
    assert slim.tables.event.num_rows == slim.tables.fact.num_rows == 0
    assert slim.content == whole.content
    assert len(slim.moments) == len(whole.moments)
