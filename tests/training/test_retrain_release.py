"""What is told of a release that a retrain made: the same figures wherever they stand."""

from pathlib import Path

import numpy as np
import pytest

from features.core.formats import local_date, same, share
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.moments import Moments
from features.store.releases import past_leads_path
from tests.training.two_months import FIRST_CUTOFF, SECOND_CUTOFF, History
from training.comparison.disagreements import MOST_OF_A_CELL, find_disagreements
from training.comparison.policy_trial import compare_policies
from training.cutoffs.capacity import Outlook
from training.dataset.dataset import load_dataset
from training.dataset.past_leads import PastLeads, load_past_leads
from training.evaluation.holdout import try_again
from training.model.concept_points import concept_points
from training.model.release import load_release
from training.promotion.apply_agreement import under_agreement
from training.promotion.requalified import requalify
from training.reports.document.markdown import as_markdown
from training.reports.release_diff import release_diff
from training.reports.retrain_report import retrain_document
from training.results.comparison_records import Matching
from training.results_store import read_disagreements
from training.tracking.mlflow_values import report_values
from training.train.train import look_back

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_report_counts_every_snapshot_once(two_months: History) -> None:
    counts = two_months.second.counts

    assert counts.n_matured + counts.n_censored == counts.n_snapshots
    # What matured only after the test began is in neither: the purge.
    assert counts.n_train + counts.n_test < counts.n_matured


def test_the_model_finds_what_the_rulebook_cannot_say(two_months: History) -> None:
    metrics = two_months.second.metrics

    assert metrics.log_loss_gain.low is not None
    assert metrics.log_loss_gain.low > 0
    assert metrics.auc is not None
    assert metrics.auc.value > 0.7


def test_one_rate_and_one_volume_are_told_of_a_cut_off_everywhere(
    two_months: History, small_definition: LeadDefinition
) -> None:
    report = two_months.second
    release = load_release(Path(report.release_dir))
    document = retrain_document(report, small_definition.zone)
    written = as_markdown(document, "en")
    values = report_values(report)
    for cut_off, level in (
        (report.cut_offs.mql, Qualification.MQL),
        (report.cut_offs.sql, Qualification.SQL),
    ):
        found = cut_off.crossings
        pair = next(
            p
            for p in report.comparison.pairs
            if p.qualification == level and p.matching == Matching.PAST
        )

        if not pair.model.n_handed_over:
            assert found is None
            continue
        assert found is not None
        assert (found.n_crossed, found.n_converted) == (
            pair.model.n_handed_over,
            pair.model.n_caught,
        )
        assert found.per_month == pytest.approx(pair.model.per_month, rel=1e-3)
        assert found in report.crossings
        assert release.looks is not None
        assert found == release.looks.crossing(found.cut_off, level)
        assert values[f"{level.name.lower()}_per_month"] == found.per_month
        # What the cut-off was chosen from is for data scientists, who find it in the JSON.
        assert cut_off.expected_precision is not None
        assert share(cut_off.expected_precision).en not in written
        assert share(found.converted_share).en in written
    assert "Leads that first crossed, looked at every day from " in written


def test_every_share_of_the_comparison_stands_beside_its_own_numbers(
    two_months: History, small_definition: LeadDefinition
) -> None:
    comparison = two_months.second.comparison
    document = retrain_document(two_months.second, small_definition.zone)
    tables = {s.name: s.tables[0] for s in document.sections if s.tables}
    for pair in comparison.pairs:
        table = tables[f"{pair.qualification.name.lower()}-{pair.matching.value}"]
        labels = [column.label.en for column in table.columns]

        assert labels[1:7:1] == [
            "Handed over",
            "A month",
            "With the outcome",
            "Opportunity rate",
            "Outcomes found",
            f"Of all {comparison.n_converted}",
        ]
        for row, result in zip(table.rows, (pair.model, pair.rulebook), strict=True):
            handed, _, with_outcome, rate, found, of_all = (c.number for c in row.cells[1:7])
            if handed:
                assert rate == pytest.approx(with_outcome / handed)
            assert of_all == pytest.approx(found / comparison.n_converted)
            assert found >= with_outcome == result.n_caught


def test_what_is_told_of_a_changed_capacity_is_told_of_its_crossings(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    content = small_definition.model_dump(mode="json")
    content["cut_offs"]["mql"]["per_month"] = 20
    agreed = LeadDefinition.model_validate(content)

    changed = under_agreement(release, agreed)

    assert changed is not None
    assert changed.looks is not None
    tested, told = changed.card.tested_cut_offs, changed.cut_offs.mql.crossings
    assert tested is not None
    assert told is not None
    assert told == changed.looks.crossing(tested.mql.probability, Qualification.MQL)
    before = release.cut_offs.mql.crossings
    assert before is not None
    assert told.n_crossed < before.n_crossed
    # The pages say the same of that capacity.
    assert release.past is not None
    outlook = Outlook(
        release.past.shipped, small_definition, tested=release.past.tested, looks=release.looks
    )
    expected = outlook.at(20)
    assert expected.crossings == told
    assert expected.hand_overs is not None
    assert expected.opportunities is not None
    rate = expected.opportunities.expected / expected.hand_overs.expected
    assert rate == pytest.approx(told.converted_share.value, abs=0.03)


def test_a_release_is_tested_again_from_the_tables_alone(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))

    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    again = try_again(release, dataset)

    assert again.metrics == two_months.second.metrics
    assert again.comparison == two_months.second.comparison


def test_disagreements_are_counted_and_as_many_of_each_kind_are_named(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
        recorded = read_disagreements(store, release.release_id)
    trial = compare_policies(release, dataset)

    disagreements = find_disagreements(trial, dataset)

    assert recorded == disagreements
    found, cells = disagreements.found, disagreements.cells
    kinds = [("model", True), ("model", False), ("rulebook", True), ("rulebook", False)]
    assert [(cell.found_by, cell.converted) for cell in cells] == kinds
    for kind, cell in zip(kinds, cells, strict=True):
        named = [each for each in found if (each.found_by, each.converted) == kind]
        assert len(named) == min(MOST_OF_A_CELL, cell.n_leads)
        assert [e.teaches for e in named] == sorted((e.teaches for e in named), reverse=True)
    pair = {cell.name: cell.n_leads for cell in two_months.second.comparison.pairs[0].cells}
    # The comparison's cells hold leads of the days before as well.
    assert sum(c.n_leads for c in cells[:2]) <= pair["model_only"]
    assert sum(c.n_leads for c in cells[2:]) <= pair["rulebook_only"]
    assert sum(c.n_leads for c in cells) > 0
    assert len({each.lead_id for each in found}) == len(found)
    for each in found:
        model_was_right = (each.found_by == "model") == each.converted
        assert each.right == ("model" if model_was_right else "rulebook")
        # What only the rulebook hands over hit a rule: ten points are its cut-off.
        assert (len(each.rules) >= 1) == (each.found_by == "rulebook")


def test_points_of_all_concepts_add_up_to_the_probability(
    two_months: History, small_definition: LeadDefinition
) -> None:
    release = load_release(Path(two_months.second.release_dir))
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    snapshot = look_back(release.fit, dataset, np.arange(50))

    points = concept_points(release.fit, snapshot.matrix).values.sum(axis=1)

    log_odds = np.log(release.probability(snapshot.matrix)) - np.log1p(
        -release.probability(snapshot.matrix)
    )
    assert np.ptp(log_odds * 10 / np.log(2) - points) == pytest.approx(0, abs=1e-9)


def test_a_release_says_what_it_changes_for_which_leads_and_why(
    two_months: History, small_definition: LeadDefinition
) -> None:
    before, after = (
        load_release(Path(r.release_dir)) for r in (two_months.first, two_months.second)
    )
    with two_months.place.store() as store:
        dataset = load_dataset(store, small_definition, data_cutoff=SECOND_CUTOFF, seed=0)
    leads = np.arange(dataset.history.n_leads)
    moments = Moments.of(leads, np.full(len(leads), SECOND_CUTOFF))
    look = {"history": dataset.history, "definition": small_definition, "moments": moments}

    found = requalify(before, after, **look)

    assert sum(move.n_leads for move in found.moves) == found.n_leads == len(leads)
    assert found.as_of == SECOND_CUTOFF
    assert len(found.leads) == 10
    moved = [abs(lead.probability_after - lead.probability_before) for lead in found.leads]
    assert moved == sorted(moved, reverse=True)
    assert all(len(lead.concepts) == 3 for lead in found.leads)
    assert requalify(after, after, **look).leads == ()

    zone = small_definition.zone
    shown = release_diff(before, after, zone=zone, words=same, moved=found)
    text = as_markdown(shown, "en")
    for day in (FIRST_CUTOFF, SECOND_CUTOFF):
        assert local_date(day, zone).en in text
        assert str(day) not in text
    assert "lower is better" in text
    assert " to " in text  # intervals
    assert f"{len(leads):,} open leads as of {local_date(SECOND_CUTOFF, zone).en}" in text
    assert "The same in both: inputs and outcome as defined" in text
    assert found.leads[0].lead_id in text
    again = as_markdown(release_diff(after, after, zone=zone, words=same, moved=found), "en")
    assert "One release: all is the same." in again
    assert "|" not in again


def test_the_tuned_rulebook_hands_over_about_what_can_be_worked(two_months: History) -> None:
    pair = two_months.second.comparison.pair(Qualification.MQL, Matching.TUNED)

    # The capacity is 40 a month; the rulebook's points tie, so that it stays below.
    assert pair is not None
    assert pair.rulebook.per_month is not None
    assert pair.rulebook.per_month < 60


def test_the_past_leads_that_cards_compare_with_are_there_as_soon_as_the_release(
    two_months: History, small_definition: LeadDefinition
) -> None:
    with two_months.place.store() as store:
        tables = store.read_tables(SECOND_CUTOFF)
    second = load_release(Path(two_months.second.release_dir))

    expected = load_past_leads(tables, small_definition, release=second, data_cutoff=SECOND_CUTOFF)
    kept = PastLeads.read(past_leads_path(two_months.place.folder / "releases", second.release_id))

    assert kept.release_id == second.release_id
    assert kept.as_of.min() >= second.card.tested_from
    np.testing.assert_array_equal(kept.matrix, expected.matrix)
    np.testing.assert_array_equal(kept.converted, expected.converted)
    first = past_leads_path(two_months.place.folder / "releases", two_months.first.release_id)
    assert first.is_file()
