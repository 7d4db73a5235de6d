"""What follows from decisions: hand-overs, the queue, rises, second cycles, exploration."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from serving.decisions.life_cycle import Case, Terms, draw, exploration_places, next_steps

AT = datetime(2026, 4, 10, tzinfo=UTC)
TERMS = Terms(at=AT, judge="model", capacity=None, month="2026-04", rest=timedelta(days=30))


def _case(lead_id: str, qualification: str = "MQL", **fields: object) -> Case:
    new = Case(
        lead_id=lead_id,
        qualification=qualification,
        qualification_before=None,
        priority=0.5,
        cycle=None,
    )
    return replace(new, **fields)


def _returned(**fields: object) -> Case:
    """Handed over, returned 40 days ago, active since."""
    story = {
        "cycle": 1,
        "is_answered": True,
        "returned_at": AT - timedelta(days=40),
        "active_at": AT - timedelta(days=1),
    }
    return _case("A", **story | fields)


def test_crossing_opens_the_first_cycle() -> None:
    (opening,) = next_steps([_case("A"), _case("B", "NONE")], TERMS).opened

    assert (opening.lead_id, opening.cycle, opening.qualification) == ("A", 1, "MQL")
    assert (opening.by, opening.propensity) == ("model", None)


def test_a_lead_in_an_open_cycle_is_not_handed_over_again() -> None:
    assert next_steps([_case("A", cycle=1), _case("B", cycle=1, is_answered=True)], TERMS) == (
        next_steps([], TERMS)
    )


def test_what_exceeds_capacity_waits_in_order_of_probability() -> None:
    cases = [_case(f"L{number}", priority=number / 10) for number in range(6)]

    steps = next_steps(cases, replace(TERMS, capacity=10, used=8))

    assert [opening.lead_id for opening in steps.opened] == ["L5", "L4"]
    assert steps.waiting == ("L3", "L2", "L1", "L0")


@pytest.mark.parametrize(("ahead", "opens"), [(0, True), (1, True), (2, False)])
def test_a_single_lead_takes_its_place_behind_those_who_wait(ahead: int, opens: bool) -> None:
    steps = next_steps([_case("A")], replace(TERMS, capacity=10, used=8, ahead=ahead))

    assert bool(steps.opened) == opens
    assert bool(steps.waiting) != opens


def test_a_month_over_its_capacity_opens_nothing() -> None:
    assert next_steps([_case("A")], replace(TERMS, capacity=5, used=9)).waiting == ("A",)


@pytest.mark.parametrize(
    ("before", "answered", "rises"),
    [("MQL", False, True), ("SQL", False, False), ("MQL", True, False), (None, False, False)],
)
def test_reaching_sql_in_an_unanswered_cycle_is_a_rise(
    before: str | None, answered: bool, rises: bool
) -> None:
    case = _case("A", "SQL", cycle=1, qualification_before=before, is_answered=answered)

    assert next_steps([case], TERMS).risen == (("A",) if rises else ())


def test_a_returned_lead_opens_its_second_cycle_after_rest_and_new_behaviour() -> None:
    (opening,) = next_steps([_returned()], TERMS).opened

    assert opening.cycle == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"returned_at": AT - timedelta(days=30) + timedelta(seconds=1)},
        {"active_at": AT - timedelta(days=40)},
        {"active_at": None},
        {"qualification": "NONE"},
    ],
    ids=["not rested", "active before the return only", "never active", "below the cut-off"],
)
def test_a_returned_lead_stays_closed_otherwise(fields: dict[str, object]) -> None:
    steps = next_steps([_returned(**fields)], TERMS)

    assert steps == next_steps([], TERMS)


def test_an_accepted_lead_is_never_handed_over_again() -> None:
    assert not next_steps([_returned(returned_at=None)], TERMS).opened


def test_draws_are_uniform_and_the_same_whenever_they_are_made() -> None:
    draws = [draw(f"L{number}", TERMS) for number in range(4000)]

    assert draws == [draw(f"L{number}", TERMS) for number in range(4000)]
    # Within 4 standard errors: sqrt(1 / 12 / 4000) is .0046, sqrt(.1 * .9 / 4000) .0047.
    assert sum(draws) / 4000 == pytest.approx(0.5, abs=0.0184)
    assert sum(value < 0.1 for value in draws) / 4000 == pytest.approx(0.1, abs=0.019)
    assert draws[:5] != [draw(f"L{n}", replace(TERMS, month="2026-05")) for n in range(5)]
    assert draws[:5] != [draw(f"L{n}", replace(TERMS, seed=1)) for n in range(5)]


def _below(n: int) -> list[Case]:
    active = AT - timedelta(days=3)
    return [_case(f"L{number}", "NONE", active_at=active) for number in range(n)]


def test_exploration_hands_over_the_share_with_its_propensity() -> None:
    steps = next_steps(_below(2000), replace(TERMS, exploration_share=0.1))

    assert {opening.by for opening in steps.opened} == {"exploration"}
    assert {opening.propensity for opening in steps.opened} == {0.1}
    assert len(steps.opened) == sum(draw(f"L{n}", TERMS) < 0.1 for n in range(2000))
    assert steps.explored == steps.opened


def test_exploration_within_its_places_lowers_the_propensity() -> None:
    terms = replace(TERMS, exploration_share=0.1, capacity=50)
    n_drawn = sum(draw(f"L{n}", TERMS) < 0.1 for n in range(2000))

    steps = next_steps(_below(2000), terms)

    assert len(steps.opened) == exploration_places(terms) == 5
    assert steps.opened[0].propensity == pytest.approx(0.1 * 5 / n_drawn)


def test_qualified_leads_leave_exploration_its_places() -> None:
    terms = replace(TERMS, exploration_share=0.1, capacity=10)
    qualified = [_case(f"Q{number}") for number in range(20)]

    steps = next_steps([*qualified, *_below(2000)], terms)

    assert sum(opening.by == "model" for opening in steps.opened) == 9
    assert len(steps.explored) == 1


def test_a_lead_is_explored_once_a_month_at_most_and_not_when_silent() -> None:
    terms = replace(TERMS, exploration_share=0.5, silent_after=timedelta(days=120), explored=0)
    silent = [replace(case, active_at=AT - timedelta(days=121)) for case in _below(100)]
    handed = [replace(case, cycle=1) for case in _below(100)]

    assert not next_steps(silent, terms).opened
    assert not next_steps(handed, terms).opened


def test_without_exploration_nobody_below_the_cut_off_is_handed_over() -> None:
    assert not next_steps(_below(500), TERMS).opened
