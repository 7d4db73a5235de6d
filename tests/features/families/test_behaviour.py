"""Fading counts and trends by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.definition import LeadDefinition
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]

AS_OF = 1_750_000_000


@pytest.fixture
def snapshot_of(every_kind: LeadDefinition, make_tables: MakeTables) -> Callable[..., Snapshot]:
    def take(*days_ago: float, as_of: int = AS_OF) -> Snapshot:
        events = [{"at": AS_OF - int(days * DAY)} for days in days_ago]
        history = History.from_tables(make_tables(events=events), every_kind)
        catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})
        return take_snapshot(history, catalogue, Moments.of([0], [as_of]))

    return take


def test_an_event_loses_half_its_weight_every_half_life(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    snapshot = snapshot_of(14, 28, 28, 0)  # the one at as_of is not history

    assert snapshot.column("visit_decayed_14d") == 0.5 + 0.25 + 0.25


def test_fading_counts_equal_the_sum_over_events_and_never_overflow(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    days_ago = np.arange(1, 6_000, 7.25)  # over a thousand half-lives of 14 days would overflow

    snapshot = snapshot_of(*days_ago)

    expected = np.exp2(-days_ago / 14).sum()
    np.testing.assert_allclose(snapshot.column("visit_decayed_14d"), expected, rtol=1e-12)
    assert snapshot.column("inquiry_decayed_14d") == 0


def test_a_trend_is_the_last_30_days_less_the_mean_of_the_90_before(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    assert snapshot_of(1, 2, 29, 31, 60, 119, 130).column("visit_trend") == 3 - 3 / 3
    assert snapshot_of(31, 60, 119).column("visit_trend") == -1
    assert snapshot_of().column("visit_trend") == 0
