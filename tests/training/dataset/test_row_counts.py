"""What is told of events and facts without holding them, against counting by hand."""

import numpy as np
import pyarrow as pa

from features.core.clock import DAY
from training.dataset.row_counts import STRETCH_DAYS, EventCounts, FactCounts

CUTOFF = 1_000 * DAY
STRETCH = STRETCH_DAYS * DAY


def _events(*rows: tuple[str, str, int]) -> pa.Table:
    lead, behaviour, known_at = zip(*rows, strict=True)
    return pa.table(
        {
            "lead_id": pa.array(lead),
            "behaviour": pa.array(behaviour),
            "known_at": pa.array(known_at, pa.int64()),
        }
    )


def test_events_are_counted_by_lead_and_by_stretch() -> None:
    event = _events(
        ("L1", "visit", CUTOFF - 1),
        ("L1", "visit", CUTOFF - STRETCH),  # the last second of the newest stretch
        ("L2", "visit", CUTOFF - STRETCH - 1),
        ("L2", "webinar", CUTOFF - 3 * STRETCH),
        ("L3", "visit", CUTOFF),  # in no stretch
    )

    found = EventCounts.of(event, data_cutoff=CUTOFF)

    assert found.n_events == 5
    assert found.n_leads == {"visit": 3, "webinar": 1}
    assert found.newest == {"visit": CUTOFF, "webinar": CUTOFF - 3 * STRETCH}
    np.testing.assert_array_equal(found.arrived["visit"], [2, 1, 0])
    np.testing.assert_array_equal(found.arrived["webinar"], [0, 0, 1])


def test_how_rows_are_chunked_changes_neither_counts_nor_digest() -> None:
    rows = [(f"L{i % 7}", ("visit", "webinar")[i % 2], CUTOFF - i * DAY) for i in range(100)]
    whole = _events(*rows)
    pieces = pa.concat_tables([_events(*rows[:40]), _events(*rows[40:])])

    once, twice = (EventCounts.of(event, data_cutoff=CUTOFF) for event in (whole, pieces))

    assert (once.digest, once.n_leads) == (twice.digest, twice.n_leads)
    np.testing.assert_array_equal(once.arrived["visit"], twice.arrived["visit"])
    assert once.digest != EventCounts.of(whole.slice(1), data_cutoff=CUTOFF).digest


def test_no_events_are_no_counts() -> None:
    found = EventCounts.of(_events(("L1", "visit", 1)).slice(1), data_cutoff=CUTOFF)

    assert (found.n_events, found.n_leads, found.arrived) == (0, {}, {})


def test_facts_are_counted_by_lead_and_by_those_that_hold_a_value() -> None:
    rows = [("L1", "budget", "9"), ("L1", "budget", None), ("L2", "budget", None)]
    rows += [("L2", "industry", "retail"), ("somebody", "industry", "retail")]
    lead, attribute, value = zip(*rows, strict=True)
    columns = {"lead_id": lead, "attribute": attribute, "value": value}
    fact = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    pieces = pa.concat_tables([fact.slice(0, 2), fact.slice(2)])
    leads = pa.chunked_array([["L1", "L2", "L3"]])

    once, twice = (FactCounts.of(table, leads) for table in (fact, pieces))

    assert (once.n_facts, once.n_leads) == (5, {"budget": 2, "industry": 1})
    assert once.n_leads_knowing == {"budget": 1, "industry": 1}
    assert twice == once
    assert FactCounts.of(fact.slice(5), leads).n_leads == {}
