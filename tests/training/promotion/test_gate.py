"""The gate says why, whether it opens or not."""

from dataclasses import replace

import pytest

from features.core.qualification import Qualification
from features.core.text import Text
from features.definition.terms import Gate
from training.promotion.gate import Evidence, GateRefusal, judge_release, raise_unless_passed
from training.results.comparison_records import Comparison, Matching, PolicyPair, PolicyResult
from training.results.records import AuditFinding, ChampionComparison, GateCheck, Measured, Metrics

GATE = Gate(non_inferiority_margin=0.005, max_volume_jump=0.5, min_outcomes=50)


def _metrics(gain: Measured, slope: Measured, shift: float = 0.0) -> Metrics:
    return Metrics(
        n_snapshots=1000,
        n_leads=400,
        n_converted=100,
        base_rate=0.1,
        log_loss=Measured(value=0.3),
        base_rate_log_loss=0.325,
        log_loss_gain=gain,
        brier=Measured(value=0.08),
        calibration_slope=slope,
        calibration_intercept=Measured(value=shift, low=shift - 0.1, high=shift + 0.1),
    )


def _champion(low: float, value: float, high: float) -> ChampionComparison:
    return ChampionComparison(
        champion_id="2026-03-01-aaaaaaaaaa",
        n_snapshots=1000,
        n_converted=100,
        champion_log_loss=0.3,
        challenger_log_loss=0.3 + value,
        difference=Measured(value=value, low=low, high=high),
        per_month_champion=100.0,
        per_month_challenger=120.0,
    )


@pytest.fixture
def good() -> Evidence:
    nobody = PolicyResult(
        n_handed_over=0,
        n_caught=0,
        per_month=0.0,
        opportunity_rate=None,
        caught_share=None,
        lift=None,
    )
    pair = PolicyPair(
        matching=Matching.PAST,
        qualification=Qualification.MQL,
        model=nobody,
        rulebook=nobody,
        rate_difference=None,
        caught_difference=Measured(value=0.0),
        cells=(),
        days_earlier=None,
    )
    return Evidence(
        metrics=_metrics(
            Measured(value=0.025, low=0.01, high=0.04), Measured(value=1.0, low=0.9, high=1.1)
        ),
        comparison=Comparison(
            n_leads=400,
            n_groups=300,
            n_converted=50,
            first_as_of=0,
            last_as_of=0,
            months=3.0,
            pairs=(pair,),
        ),
        n_converted_leads=80,
        champion=_champion(-0.004, -0.001, 0.002),
    )


def _failed(evidence: Evidence) -> list[str]:
    checks = judge_release(evidence, GATE).checks
    return [check.name for check in checks if check.passed is False]


def _check(evidence: Evidence, name: str) -> GateCheck:
    return next(c for c in judge_release(evidence, GATE).checks if c.name == name)


def test_a_good_challenger_passes_every_check(good: Evidence) -> None:
    verdict = judge_release(good, GATE)

    assert [check.passed for check in verdict.checks] == [True] * 7
    raise_unless_passed(verdict)


def test_a_gain_that_may_be_chance_does_not_beat_the_base_rate(good: Evidence) -> None:
    gain = Measured(value=0.004, low=-0.001, high=0.009)
    evidence = replace(good, metrics=replace(good.metrics, log_loss_gain=gain))

    assert _failed(evidence) == ["beats_base_rate"]
    with pytest.raises(GateRefusal, match=r"got 1 of 7 failed\. .* no better than the base rate"):
        raise_unless_passed(judge_release(evidence, GATE))


@pytest.mark.parametrize(
    ("slope", "shift", "fails"),
    [
        ((0.5, 0.6, 0.7), 0.0, True),
        ((0.5, 0.7, 0.9), 0.0, False),  # may well be .9: noise
        ((1.3, 1.4, 1.5), 0.0, True),
        ((0.9, 1.0, 1.1), 0.5, True),  # log 1.25 = 0.223 is left of 0.4
        ((0.9, 1.0, 1.1), 0.3, False),
    ],
)
def test_calibration_fails_only_where_the_whole_interval_is_off(
    good: Evidence, slope: tuple[float, float, float], shift: float, fails: bool
) -> None:
    found = Measured(value=slope[1], low=slope[0], high=slope[2])
    evidence = replace(good, metrics=_metrics(good.metrics.log_loss_gain, found, shift))

    assert ("calibrated" in _failed(evidence)) is fails


@pytest.mark.parametrize(
    ("difference", "fails", "words"),
    [
        ((-0.004, -0.001, 0.002), False, "not worse than the champion"),
        ((0.001, 0.002, 0.004), False, "not worse than the champion"),  # worse, but within margin
        ((0.001, 0.004, 0.008), True, "is worse than the champion"),
        ((-0.02, 0.003, 0.03), False, "cannot be told apart"),
        ((-0.02, 0.006, 0.03), True, "is worse than the champion"),
    ],
)
def test_the_champion_stays_unless_the_challenger_is_not_worse(
    good: Evidence, difference: tuple[float, float, float], fails: bool, words: str
) -> None:
    evidence = replace(good, champion=_champion(*difference))

    assert (_failed(evidence) == ["not_worse_than_champion"]) is fails
    assert words in _check(evidence, "not_worse_than_champion").sentence.en


def test_without_a_champion_two_checks_cannot_be_asked(good: Evidence) -> None:
    verdict = judge_release(replace(good, champion=None), GATE)

    assert verdict.passed
    unasked = [check.name for check in verdict.checks if check.passed is None]
    assert unasked == ["not_worse_than_champion", "steady_volume"]


def test_a_column_that_knows_too_much_is_named(good: Evidence) -> None:
    words = Text(ja="漏れ", en="leak")
    audit = (
        AuditFinding(column="tags", blocks=True, sentence=words),
        AuditFinding(column="channel", blocks=False, sentence=words),
    )

    assert _failed(replace(good, audit=audit)) == ["clean_audit"]
    assert "(tags)" in _check(replace(good, audit=audit), "clean_audit").sentence.en


def test_a_jump_in_volume_needs_a_persons_word(good: Evidence) -> None:
    assert good.champion is not None
    jumping = replace(good, champion=replace(good.champion, per_month_challenger=151.0))

    assert _failed(jumping) == ["steady_volume"]
    assert "100 to 151 a month (+51%, at most 50%)" in _check(jumping, "steady_volume").sentence.en
    assert _failed(replace(jumping, volume_accepted=True)) == []


def test_too_few_outcomes_are_refused(good: Evidence) -> None:
    assert _failed(replace(good, n_converted_leads=49)) == ["enough_outcomes"]


def test_every_sentence_is_said_in_both_languages(good: Evidence) -> None:
    for check in judge_release(good, GATE).checks:
        assert check.sentence.en.endswith(".")
        assert check.sentence.ja.endswith("。")
