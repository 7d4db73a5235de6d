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
