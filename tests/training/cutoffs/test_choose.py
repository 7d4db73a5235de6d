import numpy as np
import pytest

from features.core.clock import DAY
from features.core.errors import DefinitionError
from features.definition import parse_definition
from features.definition.outcome import Snapshots
from training.cutoffs.choose import choose_cut_offs, first_crossings
from training.metrics.proportion_intervals import share_with_interval
from training.model.cutoff_sample import thin_sample
from training.results.scored import ScoredSnapshots

DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: UTC
behaviours: [{{name: visit, label: {{ja: 訪問, en: Visit}}}}]
outcome: {{stage: won, horizon_days: 30}}
cut_offs: {{mql: {mql}, sql: {sql}}}
rulebook:
  rules:
    - name: visited
      label: {{ja: 訪問した, en: Visited}}
      when: {{behaviour: visit, at_least: 1}}
      points: 20
  mql: {{points: 10}}
  sql: {{points: 20}}
"""
MONTH = 30.4375 * DAY
NEVER_SQL = "{rule: precision, at_least: 0.999}"


def definition(mql, sql=NEVER_SQL):
    return parse_definition(DEFINITION.format(mql=mql, sql=sql), "d.yaml")


@pytest.fixture(scope="module")
def scored():
    """Leads created over 300 days, looked at up to five times; the probabilities are true."""
    random = np.random.default_rng(0)
    lead = np.repeat(np.arange(1000), 5)
    probability = random.beta(1, 6, 5000)
    created = np.repeat(random.integers(0, 300, 1000), 5)
    as_of = (created + np.tile(np.arange(5) * 30, 1000)) * DAY
    everything = ScoredSnapshots(
        probability=probability,
        converted=random.random(5000) < probability,
        matured=np.ones(5000, dtype=bool),
        lead=lead,
        group=lead,
        as_of=as_of,
    )
    return everything.take(as_of < 300 * DAY)


def _first_crossings_by_hand(scored, cut_off):
    seen, rows = set(), []
    for row in range(len(scored)):
        if scored.probability[row] >= cut_off and scored.lead[row] not in seen:
            seen.add(scored.lead[row])
            rows.append(row)
    return rows


def test_a_lead_crosses_once_at_its_first_snapshot_above(scored):
    assert first_crossings(scored, 0.3).tolist() == _first_crossings_by_hand(scored, 0.3)


@pytest.mark.parametrize("per_month", [5, 30, 60])
def test_capacity_is_used_as_far_as_it_goes(scored, per_month):
    cut_off = choose_cut_offs(scored, definition(f"{{rule: capacity, per_month: {per_month}}}")).mql

    newest = scored.as_of.max()
    months = 90 * DAY / MONTH

    def volume(probability):
        rows = _first_crossings_by_hand(scored, probability)
        return sum(scored.as_of[row] > newest - 90 * DAY for row in rows) / months

    slightly_lower = 0.97 * cut_off.probability
    assert volume(cut_off.probability) <= per_month < volume(slightly_lower) + 1 / months
    assert cut_off.expected_per_month == pytest.approx(volume(cut_off.probability), rel=1e-6)


def test_a_capacity_for_more_leads_than_there_are_says_so_and_proposes_one_that_chooses(scored):
    newest, months = scored.as_of.max(), 90 * DAY / MONTH
    first = np.flatnonzero(np.diff(scored.lead, prepend=-1))
    there = (scored.as_of[first] > newest - 90 * DAY).sum() / months
    best = [scored.probability[scored.lead == lead].max() for lead in np.unique(scored.lead)]
    crossed = scored.as_of[_first_crossings_by_hand(scored, np.mean(best))]
    above_average = (crossed > newest - 90 * DAY).sum() / months
    proposed = int(min(above_average, there / 2))

    cut_off = choose_cut_offs(scored, definition("{rule: capacity, per_month: 400}")).mql

    assert 1 <= proposed < there < 400
    assert cut_off.why.en == (
        "A capacity of 400 leads a month leaves hardly anybody out: only about "
        f"{round(there)} a month are there to hand over. Agree on {proposed} or fewer to hand "
        "over only leads more likely than average."
    )
    assert f"{proposed}件以下" in cut_off.why.ja
    again = choose_cut_offs(scored, definition(f"{{rule: capacity, per_month: {proposed}}}")).mql
    assert again.why is None
    assert again.probability > 3 * cut_off.probability


def test_what_a_release_keeps_of_its_past_says_the_same_of_a_capacity(scored):
    rules = definition("{rule: capacity, per_month: 400}")

    assert choose_cut_offs(thin_sample(scored), rules).mql == choose_cut_offs(scored, rules).mql


def test_volumes_count_what_has_not_matured(scored):
    young = ScoredSnapshots(**{**vars(scored), "matured": scored.as_of < 200 * DAY})
    rule = definition("{rule: capacity, per_month: 30}")

    assert (
        choose_cut_offs(young, rule).mql.probability
        == choose_cut_offs(scored, rule).mql.probability
    )


def test_precision_is_kept_with_confidence(scored):
    cut_off = choose_cut_offs(scored, definition("{rule: precision, at_least: 0.3}")).mql

    rows = _first_crossings_by_hand(scored, cut_off.probability)
    share = scored.converted[rows].mean()
    assert cut_off.expected_precision.value == pytest.approx(share)
    assert 0.3 < share < 0.4


def test_precision_never_reads_what_has_not_matured(scored):
    rule = definition("{rule: precision, at_least: 0.3}")
    young = scored.as_of > 200 * DAY
    flipped = ScoredSnapshots(
        **{**vars(scored), "matured": ~young, "converted": np.where(young, True, scored.converted)}
    )
    dropped = scored.take(~young)

    assert (
        choose_cut_offs(flipped, rule).mql.probability
        == choose_cut_offs(dropped, rule).mql.probability
    )


def test_a_precision_out_of_reach_gives_no_cut_off_and_says_why(scored):
    cut_offs = choose_cut_offs(scored, definition("{rule: precision, at_least: 0.95}"))

    assert cut_offs.mql.probability is None
    assert cut_offs.sql.probability is None
    assert "95%" in cut_offs.mql.why.en
    assert not cut_offs.qualify(np.ones(3)).any()


def test_sql_never_lies_below_mql(scored):
    cut_offs = choose_cut_offs(
        scored, definition("{rule: capacity, per_month: 5}", "{rule: precision, at_least: 0.2}")
    )

    assert cut_offs.sql.probability == cut_offs.mql.probability
    assert "raised" in cut_offs.sql.why.en


VALUE = "{rule: value, value_per_outcome: 500000, cost_per_hand_over: 60000}"


def test_by_value_a_lead_is_handed_over_where_that_pays_for_itself(scored):
    cut_offs = choose_cut_offs(scored, definition(VALUE, VALUE.replace("60000", "90000")))

    assert cut_offs.mql.probability == pytest.approx(0.12)
    assert cut_offs.sql.probability == pytest.approx(0.18)
    precision, worth = cut_offs.mql.expected_precision, cut_offs.mql.expected_worth
    assert worth.value == pytest.approx(500_000 * precision.value - 60_000)
    assert worth.low == pytest.approx(500_000 * precision.low - 60_000)
    # The probabilities are true, so what lies just above the cut-off pays for itself, no more.
    margin = (scored.probability > 0.12) & (scored.probability < 0.15)
    assert 500_000 * scored.converted[margin].mean() - 60_000 == pytest.approx(7_500, abs=8_000)


def _by_points(scored):
    """A rulebook that qualifies every fifth lead from its third snapshot on."""
    points = (scored.lead % 5 == 0) & ~scored.first_of_lead
    return ScoredSnapshots(
        **{**vars(scored), "by_rulebook": np.where(points, 1, 0).astype(np.int8)}
    )


def test_at_the_rulebooks_volume_as_many_leads_cross_as_the_rulebook_hands_over(scored):
    beside = _by_points(scored)

    cut_off = choose_cut_offs(beside, definition("{rule: rulebook_volume}")).mql

    newest = scored.as_of.max()
    recent = scored.as_of > newest - 90 * DAY
    handed_over = {}
    for row in np.flatnonzero(beside.by_rulebook >= 1):
        handed_over.setdefault(int(scored.lead[row]), bool(recent[row]))
    n_by_rulebook = sum(handed_over.values())
    rows = _first_crossings_by_hand(scored, cut_off.probability)
    assert n_by_rulebook > 20
    assert sum(recent[rows]) == n_by_rulebook


def test_a_rulebook_that_hands_nobody_over_has_no_volume_to_follow(scored):
    nobody = ScoredSnapshots(
        **{**vars(scored), "by_rulebook": np.zeros(len(scored), dtype=np.int8)}
    )

    cut_off = choose_cut_offs(nobody, definition("{rule: rulebook_volume}")).mql

    assert cut_off.probability is None
    assert "hands nobody over" in cut_off.why.en


def test_without_dates_the_rulebooks_volume_is_a_number_of_leads(scored):
    rule = definition("{rule: rulebook_volume}").model_copy(
        update={"snapshots": Snapshots(at="undated")}
    )

    cut_off = choose_cut_offs(_by_points(scored), rule).mql

    n_by_rulebook = len(set(scored.lead[(scored.lead % 5 == 0) & ~scored.first_of_lead].tolist()))
    assert len(first_crossings(scored, cut_off.probability)) == n_by_rulebook


@pytest.mark.parametrize(
    ("mql", "sql", "fault"),
    [
        (VALUE, VALUE.replace("60000", "50000"), "must not break even below mql"),
        (VALUE.replace("60000", "500000"), NEVER_SQL, "must cost less than what counts is worth"),
    ],
)
def test_a_definition_whose_values_cannot_be_meant_is_refused(mql, sql, fault):
    with pytest.raises(DefinitionError, match=fault):
        definition(mql, sql)


def test_the_volume_of_a_rulebook_that_has_no_threshold_is_refused():
    text = DEFINITION.format(mql="{rule: rulebook_volume}", sql=NEVER_SQL)

    with pytest.raises(DefinitionError, match="must be another rule where the rulebook has no mql"):
        parse_definition(text.replace("  mql: {points: 10}\n", ""), "d.yaml")


def test_leads_tied_beyond_capacity_are_not_handed_over_at_random(scored):
    tied = ScoredSnapshots(**{**vars(scored), "probability": np.full(len(scored), 0.2)})

    cut_off = choose_cut_offs(tied, definition("{rule: capacity, per_month: 5}")).mql

    assert cut_off.probability is None
    assert "share the highest probability" in cut_off.why.en


def test_a_share_has_wilsons_interval():
    # Wilson (1927) for 8 of 10: 0.4902 to 0.9433.
    share = share_with_interval(8, 10)

    assert (share.low, share.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )
    assert share_with_interval(0, 0) is None
