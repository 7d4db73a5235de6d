"""The index against Python's own sorting and bisection, with numpy and with compiled code."""

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.core.errors import LeadDataError
from features.timeline import time_index
from features.timeline.kernels import positions, sorted_by_bucket
from features.timeline.time_index import TimeIndex, check_room, pack, probes

N_GROUPS, N_OWNERS = 3, 5

SECONDS = st.one_of(st.integers(0, 20), st.integers(0, (1 << 32) - 1))
ENTRIES = st.lists(
    st.tuples(st.integers(0, N_GROUPS - 1), st.integers(0, N_OWNERS - 1), SECONDS), max_size=120
)
PROBES = st.lists(st.tuples(st.integers(0, N_OWNERS - 1), SECONDS), min_size=1, max_size=40)


@pytest.fixture(params=[0, 1 << 40], ids=["compiled", "numpy"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables through the code of large ones, and through that of small ones."""
    monkeypatch.setattr(time_index, "COMPILED_FROM", request.param)


@pytest.mark.usefixtures("either_way")
@given(entries=ENTRIES, looked_up=PROBES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_positions_are_those_of_bisection(
    entries: list[tuple[int, int, int]], looked_up: list[tuple[int, int]]
) -> None:
    group, owner, second = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    keys = pack(group, owner, second, n_owners=N_OWNERS)

    index = TimeIndex.of_keys(keys[:5], keys[5:], n_groups=N_GROUPS, n_owners=N_OWNERS)

    probe_owner, probe_second = np.array(looked_up, dtype=np.int64).T
    for g in range(N_GROUPS):
        pairs = sorted((o, s) for of, o, s in entries if of == g)
        found = index.position(g, probes(probe_owner, probe_second))
        assert found.tolist() == [bisect_left(pairs, probe) for probe in looked_up]
        assert list(zip(index.owner(g).tolist(), index.second(g).tolist(), strict=True)) == pairs
        assert [divmod(key, 1 << 32) for key in index.groups[g].packed.tolist()] == pairs
        starts = [bisect_left(pairs, (o, 0)) for o in range(N_OWNERS + 1)]
        assert index.starts(g).tolist() == starts


def test_compiled_sorting_copes_with_a_lead_of_many_events_in_any_order() -> None:
    rng = np.random.default_rng(0)
    keys = pack(0, rng.integers(0, 3, 20_000), rng.integers(0, 1 << 32, 20_000), n_owners=3)

    np.testing.assert_array_equal(sorted_by_bucket([keys], 3), np.sort(keys))


def test_compiled_sorting_of_many_buckets_in_many_pieces() -> None:
    rng = np.random.default_rng(0)
    n_buckets = 5_003
    keys = pack(0, rng.integers(0, n_buckets, 60_000), rng.integers(0, 99, 60_000), n_owners=1)
    keys = np.append(keys, pack(0, np.array([n_buckets - 1]), np.array([1 << 31]), n_owners=1))
    pieces = [keys[:0], keys[:7], keys[7:40_000], keys[40_000:]]

    np.testing.assert_array_equal(sorted_by_bucket(pieces, n_buckets), np.sort(keys))
    assert len(sorted_by_bucket([], n_buckets)) == 0


def test_compiled_walking_copes_with_large_steps_and_steps_back() -> None:
    rng = np.random.default_rng(0)
    keys = np.sort(probes(rng.integers(0, 4, 5_000), rng.integers(0, 10_000, 5_000)))
    starts = np.searchsorted(keys, np.arange(5) << 32)
    looked_up = probes(rng.integers(0, 4, 2_000), rng.integers(0, 10_001, 2_000))

    for order in (slice(None), np.argsort(looked_up)):
        expected = np.searchsorted(keys, looked_up[order])
        found = positions(keys.astype(np.uint32), starts, looked_up[order])
        np.testing.assert_array_equal(found, expected)


def test_instants_before_1970_are_looked_up_as_1970() -> None:
    assert probes(np.array([2]), np.array([-5])).tolist() == [2 << 32]


def test_too_many_leads_times_behaviours_are_refused() -> None:
    check_room(9, 20_000_000)

    with pytest.raises(LeadDataError, match=r"got 20000000 and 14\. Work in slices by lead"):
        check_room(14, 20_000_000)
