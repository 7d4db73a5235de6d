"""What cut-offs are chosen from, thinned: every choice stays the same, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.definition.terms import CapacityCutOff, CutOffs, PrecisionCutOff
from training.cutoffs.choose import choose_cut_offs
from training.cutoffs.expected_volume import forecast_month
from training.model.cutoff_sample import from_bytes, thin_sample, to_bytes
from training.results.scored import ScoredSnapshots

DAY, START = 86_400, 1_765_000_000


def _scored(seed: int, n_leads: int, ties: int) -> ScoredSnapshots:
    """Leads with up to nine snapshots over some 200 days; probabilities tie when rounded."""
    random = np.random.default_rng(seed)
    lead = np.repeat(np.arange(n_leads), random.integers(1, 10, n_leads))
    days = np.concatenate([np.sort(random.choice(200, n, False)) for n in np.bincount(lead)])
    matured = days + random.integers(0, 3, len(lead)) * 30 < 150
    return ScoredSnapshots(
        probability=np.round(random.beta(1, 4, len(lead)), ties),
        converted=random.random(len(lead)) < 0.3,
        matured=matured,
        lead=lead,
        group=lead // 2,
        as_of=START + DAY * days,
    )


def _rules(mql: int, sql: float) -> CutOffs:
    return CutOffs(
        mql=CapacityCutOff(rule="capacity", per_month=mql),
        sql=PrecisionCutOff(rule="precision", at_least=sql),
    )


@given(
    seed=st.integers(0, 10_000),
    n_leads=st.integers(1, 150),
    ties=st.sampled_from([1, 2, 15]),
    rules=st.builds(_rules, st.integers(1, 60), st.floats(0.05, 0.6)),
)
def test_cut_offs_and_forecasts_are_those_of_all_snapshots(
    small_definition: LeadDefinition, seed: int, n_leads: int, ties: int, rules: CutOffs
) -> None:
    definition = small_definition.model_copy(update={"cut_offs": rules})
    scored = _scored(seed, n_leads, ties)
    thinned = thin_sample(scored)

    chosen = choose_cut_offs(scored, definition)

    assert choose_cut_offs(thinned, definition) == chosen
    if chosen.mql.probability is not None:
        probability = chosen.mql.probability
        assert forecast_month(thinned, probability) == forecast_month(scored, probability)


def test_only_rises_are_kept() -> None:
    # One lead whose probability goes .1 .3 .2 .3 .4, matured but for the last, all in one quarter.
    scored = replace(
        _scored(0, 1, 1),
        probability=np.array([0.1, 0.3, 0.2, 0.3, 0.4]),
        converted=np.zeros(5, dtype=bool),
        matured=np.array([True, True, True, True, False]),
        lead=np.zeros(5, dtype=np.int64),
        group=np.zeros(5, dtype=np.int64),
        as_of=START + DAY * np.arange(5),
    )

    assert thin_sample(scored).probability.tolist() == [0.1, 0.3, 0.4]


def test_many_snapshots_become_few() -> None:
    scored = _scored(3, 2_000, 15)

    assert len(thin_sample(scored)) < 0.6 * len(scored)


def test_what_was_written_is_read_back_exactly() -> None:
    scored = thin_sample(_scored(1, 50, 15))

    written = to_bytes(scored)
    back = from_bytes(written)

    assert to_bytes(scored) == written
    for name, values in vars(scored).items():
        np.testing.assert_array_equal(getattr(back, name), values)


def test_an_empty_past_stays_empty() -> None:
    assert len(thin_sample(_scored(1, 1, 1).take(np.zeros(0, dtype=np.int64)))) == 0


@pytest.mark.parametrize("content", [b"", b"nothing of ours", to_bytes(_scored(1, 5, 1))[:-9]])
def test_a_damaged_file_is_told(content: bytes) -> None:
    with pytest.raises(LeadDataError, match=r"past\.npy must hold a release's past snapshots"):
        from_bytes(content)
