"""From rows of the event table to keys and amounts."""

import numpy as np
import pyarrow as pa

from features.timeline.event_keys import read_keys
from features.timeline.time_index import group_term, pack

EVENTS = pa.table(
    {
        "lead_id": ["a", "b", "a", "b", "nobody"],
        "behaviour": ["visit", "webinar", "webinar", "webinar", "webinar"],
        "occurred_at": [10, 20, 30, 40, 50],
        "known_at": [10, 25, 30, 40, 50],
        "actor": ["lead", "lead", "lead", "sales", "lead"],
        "amount": [7.0, 1.5, None, 3.0, 4.0],
    }
)
LEADS = pa.array(["a", "b"])


def test_amounts_are_read_of_the_behaviours_that_have_them() -> None:
    (found,) = read_keys([lambda: EVENTS], LEADS, ["visit", "webinar"], with_amount=["webinar"])

    webinar = group_term(1, 2)
    assert found.keys.tolist() == [
        int(pack(0, np.array([0]), np.array([10]), n_owners=2)[0]),
        webinar + (1 << 32) + 25,
        webinar + 30,
    ]
    # What sales did, and what nobody we know did, does not count.
    assert found.with_amount.tolist() == found.keys[1:].tolist()
    np.testing.assert_array_equal(found.amounts, [1.5, np.nan])


def test_events_without_amounts_need_no_such_column() -> None:
    (found,) = read_keys(
        [lambda: EVENTS.drop_columns("amount")], LEADS, ["visit", "webinar"], with_amount=()
    )

    assert len(found.keys) == 3
    assert len(found.with_amount) == len(found.amounts) == 0
