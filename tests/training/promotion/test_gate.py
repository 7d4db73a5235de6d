"""The gate says why, whether it opens or not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from features.core.qualification import Qualification
from features.core.text import Text
from features.definition.terms import Gate
from training.promotion.gate import (
    Cutoffs,
    Evidence,
    GateRefusal,
    judge_release,
    raise_unless_passed,
)
from training.results.comparison_records import Comparison, Matching, PolicyPair, PolicyResult
from training.results.records import AuditFinding, ChampionComparison, GateCheck, Measured, Metrics

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
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
        cutoffs=Cutoffs(release=APRIL, champion=MARCH),
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
        n_tested_leads=20,
        champion=_champion(-0.004, -0.001, 0.002),
    )


def _failed(evidence: Evidence) -> list[str]:
    checks = judge_release(evidence, GATE).checks
    return [check.name for check in checks if check.passed is False]


def _check(evidence: Evidence, name: str) -> GateCheck:
    return next(c for c in judge_release(evidence, GATE).checks if c.name == name)


def test_a_good_challenger_passes_every_check(good: Evidence) -> None:
    verdict = judge_release(good, GATE)

    assert [check.passed for check in verdict.checks] == [True] * 9
    raise_unless_passed(verdict)


def test_a_gain_that_may_be_chance_does_not_beat_the_base_rate(good: Evidence) -> None:
    gain = Measured(value=0.004, low=-0.001, high=0.009)
    evidence = replace(good, metrics=replace(good.metrics, log_loss_gain=gain))

    assert _failed(evidence) == ["beats_base_rate"]
    said = _check(evidence, "beats_base_rate").sentence
    assert said.en.endswith("gain +0.004 (−0.001 to +0.009).")
    assert said.ja.endswith("改善 +0.004(−0.001〜+0.009)。")
    with pytest.raises(
        GateRefusal, match=r"got 1 of 9 failed\. .* not shown to be better than the base rate"
    ):
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


def test_a_slope_whose_interval_leaves_out_one_is_not_called_noise(good: Evidence) -> None:
    slope = Measured(value=1.217, low=1.031, high=1.437)
    evidence = replace(good, metrics=_metrics(good.metrics.log_loss_gain, slope))

    check = _check(evidence, "calibrated")

    assert check.passed
    assert "inside the tolerance, but outside noise" in check.sentence.en
    assert "誤差の範囲とは言えません" in check.sentence.ja
    assert "tolerance 0.8 to 1.25" in check.sentence.en


@pytest.mark.parametrize(
    ("difference", "fails", "words"),
    [
        ((-0.004, -0.003, -0.002), False, "is better than the champion"),
        ((-0.004, -0.001, 0.002), False, "not worse than the champion by more than the margin"),
        ((0.001, 0.002, 0.004), False, "worse than the champion, by less than the margin"),
        ((0.001, 0.004, 0.008), True, "is worse than the champion"),
        ((-0.02, 0.003, 0.03), False, "cannot be told apart"),
        ((-0.02, 0.006, 0.03), True, "did worse than the champion by more than the margin"),
    ],
)
def test_the_champion_stays_unless_the_challenger_is_not_worse(
    good: Evidence, difference: tuple[float, float, float], fails: bool, words: str
) -> None:
    evidence = replace(good, champion=_champion(*difference))

    assert (_failed(evidence) == ["not_worse_than_champion"]) is fails
    assert words in _check(evidence, "not_worse_than_champion").sentence.en


def test_without_a_champion_three_checks_have_nothing_to_ask(good: Evidence) -> None:
    verdict = judge_release(replace(good, champion=None, cutoffs=None), GATE)

    assert verdict.passed
    unasked = [check.name for check in verdict.checks if check.passed is None]
    assert unasked == ["not_worse_than_champion", "steady_volume", "knows_as_much_as_champion"]


UNCOMPARED = Text(ja="比べられません。", en="The two were not compared.")


def _without_comparison(good: Evidence) -> Evidence:
    return replace(good, champion=None, why_alone=UNCOMPARED, must_compare=True)


def test_a_champion_that_could_not_be_compared_with_is_not_passed(good: Evidence) -> None:
    evidence = _without_comparison(good)

    assert _failed(evidence) == ["not_worse_than_champion", "steady_volume"]
    sentence = _check(evidence, "not_worse_than_champion").sentence
    assert sentence.en == (
        "The two were not compared. A check that could not be made is not passed."
    )
    assert sentence.ja.endswith("確かめられない検査は合格とみなしません。")


def test_a_definition_may_let_a_check_go_unmade(good: Evidence) -> None:
    gate = GATE.model_copy(update={"may_go_unasked": ("not_worse_than_champion", "steady_volume")})

    verdict = judge_release(_without_comparison(good), gate)

    assert verdict.passed
    (check,) = [c for c in verdict.checks if c.name == "not_worse_than_champion"]
    assert check.passed is None
    assert "By the definition a release may pass without this check." in check.sentence.en


def test_a_champion_of_another_question_has_nothing_to_be_compared_in(good: Evidence) -> None:
    evidence = replace(good, champion=None, why_alone=UNCOMPARED, must_compare=False)

    assert _failed(evidence) == []


def test_calibration_of_a_test_in_which_nobody_converted_is_not_passed(good: Evidence) -> None:
    nobody = replace(good.metrics, calibration_slope=None, calibration_intercept=None)

    assert _failed(replace(good, metrics=nobody)) == ["calibrated"]


def test_a_champion_that_hands_nobody_over_needs_a_persons_word(good: Evidence) -> None:
    assert good.champion is not None
    silent = replace(good, champion=replace(good.champion, per_month_champion=0.0))

    assert _failed(silent) == ["steady_volume"]
    assert _failed(replace(silent, volume_accepted=True)) == []


@pytest.mark.parametrize(
    ("found", "failed"), [(0, ["enough_tested"]), (9, ["enough_tested"]), (10, [])]
)
def test_a_test_with_too_few_outcomes_is_not_passed(
    good: Evidence, found: int, failed: list[str]
) -> None:
    assert _failed(replace(good, n_tested_leads=found)) == failed
    said = _check(replace(good, n_tested_leads=found), "enough_tested").sentence.en
    assert said == f"{found} leads of the test reached the outcome; 10 are needed."


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


def test_a_champion_that_knows_newer_data_stays_unless_a_person_says_so(good: Evidence) -> None:
    older = replace(good, cutoffs=Cutoffs(release=MARCH, champion=APRIL))

    assert _failed(older) == ["knows_as_much_as_champion"]
    assert _check(older, "knows_as_much_as_champion").sentence.en == (
        "It knows the data up to 2026-03-01 only, the champion up to 2026-04-01; a person must "
        "accept that."
    )
    accepted = replace(older, older_accepted=True)
    assert _failed(accepted) == []
    assert "a person accepted it" in _check(accepted, "knows_as_much_as_champion").sentence.en


def test_cut_offs_of_one_day_are_told_apart_by_minute(good: Evidence) -> None:
    earlier = replace(good, cutoffs=Cutoffs(release=APRIL, champion=APRIL + timedelta(minutes=30)))

    said = _check(earlier, "knows_as_much_as_champion").sentence.en
    assert "up to 2026-04-01 00:00 only, the champion up to 2026-04-01 00:30" in said


def test_the_same_cut_off_again_knows_as_much(good: Evidence) -> None:
    assert _failed(replace(good, cutoffs=Cutoffs(release=APRIL, champion=APRIL))) == []


def test_too_few_outcomes_are_refused(good: Evidence) -> None:
    assert _failed(replace(good, n_converted_leads=49)) == ["enough_outcomes"]


def test_every_sentence_is_said_in_both_languages(good: Evidence) -> None:
    for check in judge_release(good, GATE).checks:
        assert check.sentence.en.endswith(".")
        assert check.sentence.ja.endswith("。")
