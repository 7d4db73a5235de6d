"""Ten leads replayed day by day, worked out by hand, and what must hold for any leads.

The ten leads; all instants are 10:00 in Tokyo, a day's events are seen from its end on. The test
month is April, the horizon 30 days, and the warm-up therefore begins on 2 March. R is today's
rulebook (a webinar in the last 30 days), M in the model's place another (two visits in them).

    lead  did                                             R             M             outcome
    A     visits 3 and 5 April, webinar 10 April          10 April      5 April       20 April
    B     webinar 20 March, two visits 8 April            warm-up       8 April
    C     webinar 2 April, visits 28 and 29 April         2, too early  29 April      20 May
    D     visits 25 and 26 January, 15 and 16 April                     16, anew      18 April
    E     webinars 1 March and 12 April                   warm-up
    F     made 10 April, webinar the same day             10 April                    11 April
    G     one visit 1 April
    H     one visit 1 April                                                           25 April
    I     silent since November: nobody looks at it
    J     webinar 3 April, but an opportunity since 15 March: no longer open

So eight leads, five of them with an outcome (A C D F H). R hands over A C F and catches A F; B and
E stood above its cut-off before. M hands over A B C D and catches A C D.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.arrays import FloatArray
from features.core.clock import DAY, to_second
from features.core.qualification import Qualification
from features.data_clock import clock_of
from features.definition import LeadDefinition, parse_definition
from features.moments import Moments
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.comparison.daily_replay import record_highs, replay_test
from training.comparison.four_way_agreement import answered_hand_overs
from training.comparison.propensity_weighting import RandomisedHandOvers
from training.comparison.rulebook_inputs import phases_at, phases_of
from training.comparison.rulebook_trial import RulebookTrial, try_rulebook
from training.dataset.dataset import Dataset
from training.results.comparison_records import Cadence, Comparison, Matching, PolicyPair

TOKYO = ZoneInfo("Asia/Tokyo")
DEFINITION = """
format: 1
name: ten_leads
title: {ja: 十件, en: Ten leads}
time_zone: Asia/Tokyo
behaviours:
  - {name: visit, label: {ja: 訪問, en: Visit}}
  - {name: webinar, label: {ja: セミナー, en: Webinar}}
windows: {days: [30]}
snapshots: {at: monthly, silent_after_days: 90}
outcome: {stage: opportunity, horizon_days: 30}
test: {months: 1}
cut_offs:
  mql: {rule: capacity, per_month: 40}
  sql: {rule: precision, at_least: 0.3}
rulebook:
  rules:
    - name: asked
      label: {ja: 行動, en: Behaviour}
      when: {behaviour: webinar, at_least: 1, within_days: 30}
      points: 10
  mql: {points: 10}
"""
MADE = dict.fromkeys("ABCDEGHJ", (2026, 1, 10)) | {"F": (2026, 4, 10), "I": (2025, 11, 20)}
EVENTS = """
A visit 4-3 | A visit 4-5 | A webinar 4-10
B webinar 3-20 | B visit 4-8 | B visit 4-8
C webinar 4-2 | C visit 4-28 | C visit 4-29
D visit 1-25 | D visit 1-26 | D visit 4-15 | D visit 4-16
E webinar 3-1 | E webinar 4-12
F webinar 4-10
G visit 4-1 | H visit 4-1
J webinar 4-3
"""
OUTCOMES = "A 4-20 | C 5-20 | D 4-18 | F 4-11 | H 4-25 | J 3-15"


def _at(month: int, day: int, hour: int = 10, year: int = 2026) -> int:
    return to_second(datetime(year, month, day, hour, tzinfo=TOKYO))


def _day(text: str) -> int:
    month, day = text.split("-")
    return _at(int(month), int(day))


def _tables() -> LeadTables:
    did = [part.split() for line in EVENTS.split("\n") for part in line.split("|") if line]
    became = [part.split() for part in OUTCOMES.split("|")]
    return LeadTables(
        lead=pa.Table.from_pylist(
            [
                # An hour before anything else of that day.
                {"lead_id": name, "created_at": _at(m, d, 9, y), "day_only": False}
                for name, (y, m, d) in MADE.items()
            ],
            schema=LEAD,
        ),
        fact=FACT.empty_table(),
        event=pa.Table.from_pylist(
            [
                {
                    "event_id": f"E{number}",
                    "lead_id": lead,
                    "behaviour": behaviour,
                    "occurred_at": _day(day) + number,
                    "known_at": _day(day) + number,
                    "actor": "lead",
                }
                for number, (lead, behaviour, day) in enumerate(did)
            ],
            schema=EVENT,
        ),
        outcome=pa.Table.from_pylist(
            [
                {"lead_id": n, "stage": "opportunity", "occurred_at": _day(d), "known_at": _day(d)}
                for n, d in became
            ],
            schema=OUTCOME,
        ),
        hand_over=HAND_OVER.empty_table(),
    )


def _reach(tables: LeadTables, definition: LeadDefinition) -> int:
    return clock_of(tables, definition, known_until=to_second(datetime.now(UTC))).reach


def _dataset(tables: LeadTables, definition: LeadDefinition, data_cutoff: int) -> Dataset:
    return Dataset.of(tables, definition, data_cutoff=data_cutoff)


@pytest.fixture(scope="module")
def ten_leads() -> Dataset:
    # The end of April is the last moment whose 30 days are over.
    definition = parse_definition(DEFINITION, "ten_leads.yaml")
    return _dataset(_tables(), definition, _at(5, 31, 0))


@pytest.fixture(scope="module")
def other_rulebook() -> LeadDefinition:
    text = DEFINITION.replace("webinar, at_least: 1, within", "visit, at_least: 2, within")
    return parse_definition(text, "other.yaml")


@pytest.fixture(scope="module")
def daily(ten_leads: Dataset, other_rulebook: LeadDefinition) -> RulebookTrial:
    return try_rulebook(ten_leads, other_rulebook)


def _past(comparison: Comparison) -> PolicyPair:
    pair = comparison.pair(Qualification.MQL, Matching.PAST)
    assert pair is not None
    return pair


def test_the_period_is_april_and_the_warm_up_the_30_days_before(daily: RulebookTrial) -> None:
    found = daily.comparison

    assert (found.cadence, found.warm_up_days) == (Cadence.DAY, 30)
    assert (found.first_as_of, found.last_as_of) == (_at(4, 2, 0), _at(5, 1, 0))
    assert found.months == pytest.approx(30 / 30.436875)


def test_only_open_leads_that_are_not_silent_are_looked_at(daily: RulebookTrial) -> None:
    assert (daily.comparison.n_leads, daily.comparison.n_converted) == (8, 5)


def test_hand_overs_are_first_crossings_of_the_period_alone(daily: RulebookTrial) -> None:
    pair = _past(daily.comparison)

    assert (pair.rulebook.n_handed_over, pair.rulebook.n_caught) == (3, 2)
    assert (pair.model.n_handed_over, pair.model.n_caught) == (4, 3)


def test_leads_that_stood_above_the_cut_off_before_are_told_apart(daily: RulebookTrial) -> None:
    pair = _past(daily.comparison)

    assert (pair.rulebook.n_standing, pair.model.n_standing) == (2, 0)
    assert pair.rulebook.n_standing_caught == 0


def test_shares_follow_from_the_counts(daily: RulebookTrial) -> None:
    pair = _past(daily.comparison)

    assert pair.rate_difference is not None
    assert pair.rate_difference.value == pytest.approx(3 / 4 - 2 / 3)
    assert pair.caught_difference.value == pytest.approx(3 / 5 - 2 / 5)


def test_days_between_the_two_are_counted_to_the_day(daily: RulebookTrial) -> None:
    days = _past(daily.comparison).days_earlier

    # A 5 days before, C 27 after, B 19 after the day in the warm-up.
    assert days is not None
    assert (days.n_leads, days.median_days) == (3, -19.0)
    assert days.mean_days.value == pytest.approx((5 - 27 - 19) / 3)


def test_cells_hold_each_lead_by_who_found_it_at_all(daily: RulebookTrial) -> None:
    cells = _past(daily.comparison).cells

    # Both: A caught, B nothing, C's first crossing too early. Rulebook only: E nothing, F.
    assert {cell.name: (cell.n_leads, cell.n_converted) for cell in cells} == {
        "both": (3, 1),
        "model_only": (1, 1),
        "rulebook_only": (2, 1),
        "neither": (2, 1),
    }


def test_weeks_begin_with_the_period(daily: RulebookTrial) -> None:
    weeks = _past(daily.comparison).weeks

    # 1 to 7 April: R hands over C, M hands over A; then R A and F, M B; then M D; 29 April M C.
    assert [week.start for week in weeks] == [_at(4, day, 0) for day in (1, 8, 15, 22, 29)]
    assert [week.rulebook for week in weeks] == [1, 2, 0, 0, 0]
    assert [week.model for week in weeks] == [1, 1, 1, 0, 1]


def test_equal_volume_counts_the_period_too(daily: RulebookTrial) -> None:
    pair = daily.comparison.pair(Qualification.MQL, Matching.HINDSIGHT)

    # M's points are 0 or 10; 10 hands over four, one more than the rulebook's three.
    assert pair is not None
    assert (pair.model.n_handed_over, pair.rulebook.n_handed_over) == (4, 3)


def test_week_by_week_sees_what_still_holds_at_the_end_of_a_week(
    ten_leads: Dataset, other_rulebook: LeadDefinition
) -> None:
    found = try_rulebook(ten_leads, other_rulebook, cadence=Cadence.WEEK).comparison

    # Weeks end on 7, 14, 21 and 28 April: F has come and gone, D visits twice and is won between
    # two of them, C has one visit by the last.
    pair = _past(found)
    assert (found.cadence, found.n_leads) == (Cadence.WEEK, 7)
    assert (pair.rulebook.n_handed_over, pair.model.n_handed_over) == (2, 2)


def test_a_definition_that_looks_once_is_replayed_at_its_own_moments(
    ten_leads: Dataset, other_rulebook: LeadDefinition
) -> None:
    text = DEFINITION.replace("at: monthly, silent_after_days: 90", "at: creation")
    once = parse_definition(text, "once.yaml")
    dataset = _dataset(ten_leads.tables, once, _at(5, 31, 0))

    replayed = replay_test(dataset, lambda moments: np.ones((len(moments), 1)))

    assert (replayed.cadence, replayed.warm_up_days) == (Cadence.SNAPSHOT, 0)
    assert dataset.history.lead_ids[replayed.cohort.lead].tolist() == ["F"]


def test_a_monthly_definition_can_be_replayed_at_its_own_moments(ten_leads: Dataset) -> None:
    def judge(moments: Moments) -> FloatArray:
        return np.ones((len(moments), 1))

    replayed = replay_test(ten_leads, judge, cadence=Cadence.SNAPSHOT)

    assert (replayed.cadence, replayed.warm_up_days) == (Cadence.SNAPSHOT, 0)
    assert replayed.n_moments == len(ten_leads.split.test)


HAND_OVERS = """
A 4-8 exploration 0.1 | B 3-21 rulebook | D 4-8 exploration 0.1 | F 4-11 rulebook
"""


@pytest.fixture(scope="module")
def with_hand_overs(ten_leads: Dataset) -> Dataset:
    """Lots were drawn on 8 April: A and D were handed over, each by a chance of a tenth."""
    rows = [part.split() for part in HAND_OVERS.strip().split("|")]
    handed = pa.Table.from_pylist(
        [
            {
                "lead_id": row[0],
                "cycle": 1,
                "handed_over_at": _day(row[1]),
                "qualification": "MQL",
                "by": row[2],
                "propensity": float(row[3]) if len(row) > 3 else None,
            }
            for row in rows
        ],
        schema=HAND_OVER,
    )
    answers = [("A", "accepted", "4-9"), ("B", "returned", "3-25"), ("F", "returned", "4-12")]
    outcome = pa.concat_tables(
        [
            ten_leads.tables.outcome,
            pa.Table.from_pylist(
                [
                    {"lead_id": n, "stage": s, "occurred_at": _day(d), "known_at": _day(d)}
                    for n, s, d in answers
                ],
                schema=OUTCOME,
            ),
        ]
    )
    tables = replace(ten_leads.tables, hand_over=handed, outcome=outcome)
    return _dataset(tables, ten_leads.definition, ten_leads.data_cutoff)


def test_lots_weigh_those_drawn_by_one_over_their_chance(with_hand_overs: Dataset) -> None:
    randomised = RandomisedHandOvers.of(with_hand_overs)
    assert randomised is not None
    # Whom a policy would have handed over at the end of 6 April: A, B, C, D, G; A at that of 9.
    code = {name: lead for lead, name in enumerate(with_hand_overs.history.lead_ids)}
    lead = np.array([code[name] for name in "ABCDGA"])
    as_of = np.array([_at(4, 7, 0)] * 5 + [_at(4, 10, 0)])

    drawn = randomised.draw(lead, as_of)

    # B has been with sales since March. After the 8th nobody drew lots any more.
    assert drawn.counts.tolist() == [True, True, True, True, True, False]
    assert drawn.settled[:5].tolist() == [False, True, False, False, False]
    assert drawn.weight[:5].tolist() == [10.0, 0.0, 0.0, 10.0, 0.0]
    # Within 30 days of the 8th came A (20 April) and D (18 April), not C (20 May).
    assert drawn.converted[:5].tolist() == [True, False, False, True, False]


def test_without_a_propensity_there_are_no_lots(ten_leads: Dataset) -> None:
    assert RandomisedHandOvers.of(ten_leads) is None


def test_answered_hand_overs_are_those_since_the_test_began(with_hand_overs: Dataset) -> None:
    answered = answered_hand_overs(with_hand_overs)

    # B's was in March, D's has no answer: its outcome is none.
    leads = with_hand_overs.history.lead_ids[answered.moments.lead]
    assert leads.tolist() == ["A", "F"]
    assert answered.on_purpose.tolist() == [False, True]
    assert answered.accepted.tolist() == [True, False]


PHASES = """
phases:
  - {name: latent, label: {ja: 潜在, en: Latent}, entered_at: NONE, leads: marketing,
     marketing: {ja: 育てる, en: Nurture}, sales: {ja: 待つ, en: Wait}}
  - {name: considering, label: {ja: 検討, en: Considering}, entered_at: MQL, leads: marketing,
     marketing: {ja: 届ける, en: Send}, sales: {ja: 答える, en: Answer}}
"""


@pytest.fixture
def with_phases(with_hand_overs: Dataset) -> Dataset:
    definition = parse_definition(DEFINITION + PHASES, "phases.yaml")
    return _dataset(with_hand_overs.tables, definition, with_hand_overs.data_cutoff)


def test_a_phase_begins_after_the_moment_of_the_hand_over(with_phases: Dataset) -> None:
    f = with_phases.history.lead_ids.tolist().index("F")
    handed_over_at = int(
        with_phases.tables.hand_over.filter(
            pc.equal(with_phases.tables.hand_over.column("lead_id"), "F")
        )
        .column("handed_over_at")[0]
        .as_py()
    )

    found = phases_at(with_phases, np.array([f, f]), np.array([handed_over_at, handed_over_at + 1]))

    assert found is not None
    assert found.value.tolist() == ["latent", "considering"]


def test_phases_are_those_in_which_leads_entered_the_period(with_phases: Dataset) -> None:
    dataset = with_phases
    cohort = replay_test(dataset, lambda moments: np.ones((len(moments), 1))).cohort

    found = phases_of(dataset, cohort)

    assert found is not None
    leads = dataset.history.lead_ids[cohort.lead[cohort.first_rows]]
    by_lead = dict(zip(leads, found.value, strict=True))
    # F is handed over after its first day, so it enters the period as latent.
    assert by_lead == {n: "considering" if n == "B" else "latent" for n in "ABCDEFGH"}


@given(st.data())
def test_record_days_hold_every_first_crossing_of_every_cut_off(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 30))
    lead = np.sort(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    ratings = st.lists(st.sampled_from([0.0, 1.0, 2.0, 2.5]), min_size=n, max_size=n)
    values = np.column_stack([data.draw(ratings), data.draw(ratings)])

    kept = record_highs(lead, values)

    for column in values.T:
        for cut_off in (0.5, 1.0, 2.0, 2.5):
            reached = np.flatnonzero(column >= cut_off)
            first = {int(lead[row]): row for row in reached[::-1].tolist()}
            assert all(kept[row] for row in first.values())


def test_slices_of_leads_change_nothing(
    company_tables: Callable[..., LeadTables],
    small_definition: LeadDefinition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = company_tables(n_leads=300)
    dataset = _dataset(tables, small_definition, _reach(tables, small_definition))
    whole = try_rulebook(dataset, small_definition).comparison

    monkeypatch.setattr("training.comparison.daily_replay.PAIRS_AT_ONCE", 1_000)

    assert try_rulebook(dataset, small_definition).comparison == whole


def test_a_day_by_day_replay_equals_looking_at_every_day(
    company_tables: Callable[..., LeadTables], small_definition: LeadDefinition
) -> None:
    """One lead after another, one day after another, by counting webinars in plain Python."""
    tables = company_tables(n_leads=200)
    dataset = _dataset(tables, small_definition, _reach(tables, small_definition))
    found = try_rulebook(dataset, small_definition).comparison

    by_hand = _handed_over_by_hand(dataset)

    pair = _past(found)
    assert (pair.rulebook.n_handed_over, pair.rulebook.n_caught) == by_hand


def _handed_over_by_hand(dataset: Dataset) -> tuple[int, int]:
    """Hand-overs of the small company's rulebook: a webinar in 90 days, or a known budget."""
    tables, begins = dataset.tables, dataset.split.test_from
    until = dataset.data_cutoff - 30 * DAY
    ticks = range(begins - 30 * DAY, until + 1, DAY)
    events = tables.event.to_pylist()
    won = {row["lead_id"]: row["occurred_at"] for row in tables.outcome.to_pylist()}
    budget = {
        row["lead_id"]: row["known_at"]
        for row in tables.fact.to_pylist()
        if row["attribute"] == "budget"
    }
    handed = caught = 0
    for row in tables.lead.to_pylist():
        lead, made = row["lead_id"], row["created_at"]
        mine = sorted((e["occurred_at"], e["behaviour"]) for e in events if e["lead_id"] == lead)
        alive = []
        for tick in ticks:
            before = [at for at, _ in mine if at < tick]
            silent_for = tick - max([made, *before])
            if made < tick <= won.get(lead, tick) and silent_for <= 90 * DAY:
                webinars = [at for at, b in mine if b == "webinar" and tick - 90 * DAY <= at < tick]
                alive.append((tick, bool(webinars) or budget.get(lead, tick) < tick))
        crossings = [tick for tick, reached in alive if reached]
        if crossings and crossings[0] > begins:
            handed += 1
            caught += crossings[0] <= won.get(lead, until * 2) < crossings[0] + 30 * DAY
    return handed, caught
