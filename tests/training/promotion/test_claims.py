"""Each sentence of the gate claims what its numbers show, over many simulated results."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.core.estimate import Measured
from training.promotion import claims
from training.promotion.claims import beside_base_rate, beside_champion, beside_ideal, worst_of

MANY = 1_000
TOLERANCE = (0.8, 1.25)


@st.composite
def figures(draw: st.DrawFn, around: float, width: float) -> Measured:
    """A figure with its interval, or without one."""
    finite = st.floats(around - width, around + width)
    low, value, high = sorted(draw(st.tuples(finite, finite, finite)))
    found = Measured(value=value, low=low, high=high)
    return draw(st.sampled_from([found, found, found, replace(found, low=None, high=None)]))


def holds(figure: Measured, number: float) -> bool:
    return (
        figure.low is not None and figure.high is not None and figure.low <= number <= figure.high
    )


@settings(max_examples=MANY, deadline=None)
@given(figures(1.0, 0.8))
@example(Measured(value=1.217, low=1.031, high=1.437))
def test_calibration_is_called_noise_only_where_the_interval_holds_the_ideal(
    slope: Measured,
) -> None:
    claim = beside_ideal(slope, ideal=1.0, tolerance=TOLERANCE)
    said = claim.words.en

    ends = (slope.value, slope.value) if slope.low is None else (slope.low, slope.high)
    touches = ends[0] <= TOLERANCE[1] and ends[1] >= TOLERANCE[0]
    assert claim.passes == touches or claim is claims.WITHIN_NOISE
    assert ("within noise" in said) == holds(slope, 1.0)
    assert ("誤差の範囲で" in claim.words.ja) == holds(slope, 1.0)
    if "inside the tolerance" in said:
        assert TOLERANCE[0] <= slope.value <= TOLERANCE[1]
    if "not shown to be beyond" in said:
        assert not TOLERANCE[0] <= slope.value <= TOLERANCE[1]
    assert ("they are beyond" in said) == (not touches)


@settings(max_examples=MANY, deadline=None)
@given(figures(1.0, 0.8), figures(0.0, 0.6))
def test_two_figures_are_told_by_the_worse_of_them(slope: Measured, shift: Measured) -> None:
    both = (
        beside_ideal(slope, ideal=1.0, tolerance=TOLERANCE),
        beside_ideal(shift, ideal=0.0, tolerance=(-0.22, 0.22)),
    )

    claim = worst_of(*both)

    assert claim in both
    assert claim.passes == all(one.passes for one in both)
    assert ("within noise" in claim.words.en) == (holds(slope, 1.0) and holds(shift, 0.0))


@settings(max_examples=MANY, deadline=None)
@given(figures(0.0, 0.05))
def test_a_gain_is_called_better_or_worse_only_where_its_interval_says_so(gain: Measured) -> None:
    claim = beside_base_rate(gain)
    said = claim.words.en

    shown = gain.low is not None and gain.low > 0
    assert ("is better than" in said) == shown
    assert ("is worse than" in said) == (gain.high is not None and gain.high < 0)
    assert ("no interval could be drawn" in said) == (gain.low is None and gain.value > 0)
    assert claim.passes == (shown or (gain.low is None and gain.value > 0))


@settings(max_examples=MANY, deadline=None)
@given(figures(0.0, 0.02), st.floats(0.0, 0.01))
def test_a_challenger_is_called_better_or_worse_only_where_the_interval_says_so(
    difference: Measured, margin: float
) -> None:
    claim = beside_champion(difference, margin)
    said = claim.words.en

    assert ("is worse than" in said) == (difference.sign > 0)
    assert ("is better than" in said) == (difference.sign < 0)
    if "by less than the margin" in said or "not worse" in said:
        assert difference.high is not None
        assert difference.high <= margin
    if "may be noise" in said or "cannot be told apart" in said:
        assert difference.low is None or holds(difference, 0.0)
    # As the gate always decided: no further off than the margin, and not shown to be worse.
    shown_equal = difference.high is not None and difference.high <= margin
    shown_worse = difference.low is not None and difference.low > 0
    assert claim.passes == (difference.value <= margin and (shown_equal or not shown_worse))
