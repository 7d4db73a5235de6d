"""A change between two decisions is split without a remainder, each part by its own cause."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.core.clock import DAY
from features.core.text import Text
from features.store.lead_tables import EVENT, FACT
from serving.reasons.points import probability_from
from serving.reasons.why_moved import (
    Cause,
    ExplainedMove,
    MovePart,
    Viewpoint,
    explain_move,
    known_before,
    take_row,
)
from training.calibration.calibrator import Calibrator

BEFORE = 1_735_657_200 + 80 * DAY
AFTER = BEFORE + 20 * DAY
LEAD = 10


def _parts(move):
    return {part.cause: part.points for part in move.parts}


def _with_fact(tables, known_at, attribute="decision_maker", value="true"):
    row = {
        "lead_id": tables.lead["lead_id"][0].as_py(),
        "attribute": attribute,
        "known_at": known_at,
        "value": value,
        "honest": True,
    }
    return replace(tables, fact=pa.concat_tables([tables.fact, pa.Table.from_pylist([row], FACT)]))


def _with_event(tables, at, behaviour="inquiry"):
    row = {
        "event_id": "new",
        "lead_id": tables.lead["lead_id"][0].as_py(),
        "behaviour": behaviour,
        "occurred_at": at,
        "known_at": at,
        "actor": "lead",
        "amount": None,
    }
    event = pa.concat_tables([tables.event, pa.Table.from_pylist([row], EVENT)])
    return replace(tables, event=event)


@pytest.fixture
def lead(world):
    """A lead of whom everything happened before the first decision."""
    tables = known_before(world.lead(LEAD), BEFORE - 2 * DAY)
    unknown = pa.compute.not_equal(tables.fact.column("attribute"), "decision_maker")
    return replace(tables, fact=tables.fact.filter(unknown))


@pytest.fixture
def before(world):
    return Viewpoint(as_of=BEFORE, explainer=world.explainer)


@pytest.fixture
def after(world):
    return Viewpoint(as_of=AFTER, explainer=world.explainer)


def test_parts_add_up_to_the_change_and_points_to_the_probabilities(lead, before, world) -> None:
    tables = _with_event(_with_fact(lead, BEFORE + DAY), BEFORE + 2 * DAY)
    other = replace(world.explainer, calibrator=Calibrator(slope=0.7, intercept=0.1))

    move = explain_move(tables, before=before, after=Viewpoint(as_of=AFTER, explainer=other))

    assert [part.cause for part in move.parts] == [
        Cause.TIME,
        Cause.INFORMATION,
        Cause.BEHAVIOUR,
        Cause.MODEL,
        Cause.CALIBRATION,
    ]
    total = sum(part.points for part in move.parts)
    assert total == pytest.approx(move.points_after - move.points_before, abs=1e-9)
    assert probability_from(move.points_before) == pytest.approx(move.probability_before, abs=1e-9)
    assert probability_from(move.points_after) == pytest.approx(move.probability_after, abs=1e-9)


def test_where_nothing_came_only_time_moves(lead, before, after) -> None:
    parts = _parts(explain_move(lead, before=before, after=after))

    assert parts.pop(Cause.TIME) != 0
    assert set(parts.values()) == {0.0}


def test_a_new_fact_is_new_information(lead, before, after, world) -> None:
    tables = _with_fact(lead, BEFORE)  # exactly at the first decision: it could not see it

    move = explain_move(tables, before=before, after=after)

    parts = _parts(move)
    without = world.explainer.explain(take_row(world.explainer, lead, as_of=AFTER)[None])
    with_it = world.explainer.explain(take_row(world.explainer, tables, as_of=AFTER)[None])
    expected = with_it.points.total[0] - without.points.total[0]
    assert expected != 0
    assert parts[Cause.INFORMATION] == pytest.approx(expected)
    assert parts[Cause.BEHAVIOUR] == 0.0
    concepts = next(p for p in move.parts if p.cause is Cause.INFORMATION).concepts
    assert "decision_maker" in {concept.concept for concept in concepts}
    assert sum(c.points for c in concepts) == pytest.approx(expected)


def test_a_new_event_is_new_behaviour(lead, before, after) -> None:
    move = explain_move(_with_event(lead, BEFORE + 5 * DAY), before=before, after=after)

    parts = _parts(move)
    assert parts[Cause.BEHAVIOUR] != 0
    assert parts[Cause.INFORMATION] == 0.0


def test_a_new_calibrator_is_told_from_a_new_model(lead, before, world) -> None:
    steeper = Calibrator(slope=2 * world.explainer.calibrator.slope, intercept=0.0)
    recalibrated = replace(world.explainer, calibrator=steeper)

    move = explain_move(lead, before=before, after=Viewpoint(as_of=BEFORE, explainer=recalibrated))

    parts = _parts(move)
    assert parts.pop(Cause.CALIBRATION) == pytest.approx(move.points_after - move.points_before)
    assert set(parts.values()) == {0.0}


def test_a_new_model_is_told_from_a_new_calibrator(lead, before, world) -> None:
    tested = type(world.explainer).of(
        replace(world.release.tested, calibrator=world.explainer.calibrator), world.definition
    )

    move = explain_move(lead, before=before, after=Viewpoint(as_of=BEFORE, explainer=tested))

    parts = _parts(move)
    assert parts.pop(Cause.MODEL) == pytest.approx(move.points_after - move.points_before)
    assert set(parts.values()) == {0.0}


def test_a_record_dated_back_is_a_correction(lead, before, after, world) -> None:
    seen = take_row(world.explainer, lead, as_of=BEFORE)
    dated_back = _with_event(lead, BEFORE - 3 * DAY)

    move = explain_move(dated_back, before=replace(before, row=seen), after=after)

    parts = _parts(move)
    assert parts[Cause.CORRECTION] != 0
    assert sum(parts.values()) == pytest.approx(move.points_after - move.points_before)
    seen_points = world.explainer.explain(seen[None]).points.total[0]
    assert move.points_before == pytest.approx(seen_points)


def test_nothing_known_at_the_instant_itself_is_known_before_it(lead) -> None:
    tables = _with_event(_with_fact(lead, BEFORE), BEFORE)

    kept = known_before(tables, BEFORE)

    assert kept.event.num_rows == lead.event.num_rows
    assert kept.fact.num_rows == lead.fact.num_rows
    np.testing.assert_equal(known_before(tables, BEFORE + 1).event.num_rows, tables.event.num_rows)


def test_a_move_that_would_be_written_as_none_is_none() -> None:
    part = MovePart(cause=Cause.TIME, label=Text(ja="時間", en="time"), points=0.04)
    still = ExplainedMove(
        points_before=1,
        points_after=1,
        probability_before=0.5,
        probability_after=0.5,
        parts=(part,),
    )

    assert not still.has_moved
    assert replace(still, parts=(part, replace(part, points=-0.05))).has_moved
