"""Records of results keep every figure through JSON and refuse what is not one."""

import math
import time

import numpy as np
import pytest
from pydantic import TypeAdapter

from features.core.errors import LeadDataError
from features.core.text import Text
from training.results.records import (
    CutOff,
    GateCheck,
    GateVerdict,
    Measured,
    ReleaseCutOffs,
    ReliabilityBand,
    from_json,
    to_json,
)


def _cut_offs(mql: float | None, sql: float | None) -> ReleaseCutOffs:
    return ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=mql), sql=CutOff(rule="precision", probability=sql)
    )


def test_a_record_comes_back_from_json_bit_for_bit() -> None:
    band = ReliabilityBand(
        low=0.1,
        high=0.2,
        n_snapshots=3,
        mean_probability=0.1 + 0.2,
        converted_share=Measured(value=1 / 3, low=None, high=5e-324),
    )

    assert from_json(ReliabilityBand, to_json(band)) == band


def test_the_same_record_always_gives_the_same_text() -> None:
    assert to_json(Measured(value=1.5)) == '{\n "high": null,\n "low": null,\n "value": 1.5\n}'


def test_an_undefined_figure_cannot_be_written_as_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(Measured(value=math.nan))


def test_a_text_that_lacks_a_field_is_refused_with_its_place() -> None:
    with pytest.raises(LeadDataError, match=r"card\.json must hold a ReleaseCutOffs.*mql\.rule"):
        from_json(ReleaseCutOffs, '{"mql": {"probability": 1}, "sql": {"rule": "a"}}', "card.json")


def test_a_probability_equal_to_the_cut_off_qualifies() -> None:
    probability = np.array([0.0999, 0.1, 0.39, 0.4, 1.0])

    assert _cut_offs(0.1, 0.4).qualify(probability).tolist() == [0, 1, 1, 2, 2]


def test_nobody_reaches_a_qualification_without_a_cut_off() -> None:
    assert _cut_offs(0.1, None).qualify(np.array([0.05, 0.9])).tolist() == [0, 1]


def test_the_gate_passes_when_a_check_could_not_be_asked() -> None:
    words = Text(ja="理由", en="reason")
    asked = GateCheck(name="base_rate", passed=True, sentence=words)
    not_asked = GateCheck(name="champion", passed=None, sentence=words)
    failed = GateCheck(name="calibration", passed=False, sentence=words)

    assert GateVerdict(checks=(asked, not_asked)).passed
    assert not GateVerdict(checks=(asked, failed)).passed
    assert GateVerdict(checks=(asked, failed)).reasons == (words,)


def test_a_kind_of_record_is_prepared_once_and_not_at_every_reading() -> None:
    text = to_json(_cut_offs(0.25, None))

    def cpu_seconds(read) -> float:
        began = time.process_time()
        for _ in range(20):
            read()
        return time.process_time() - began

    prepared_each_time = cpu_seconds(lambda: TypeAdapter(ReleaseCutOffs).validate_json(text))
    assert cpu_seconds(lambda: from_json(ReleaseCutOffs, text)) < prepared_each_time / 5
