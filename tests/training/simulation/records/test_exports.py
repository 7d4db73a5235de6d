"""What the simulated CRM writes goes through the ordinary import, bad rows and all."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from features.catalogue import build_catalogue
from features.core.errors import LeadDataError
from features.definition import LeadDefinition, read_definition
from features.families.category_levels import fit_levels
from features.history import History
from features.importing.mapping.mapping_file import read_mapping
from features.importing.reporting.report import ImportReport
from features.moments import Moments
from features.rulebook import judge
from features.snapshot import Snapshot, take_snapshot
from features.store.lead_tables import LeadTables
from training.simulation.behaviour import codes
from training.simulation.behaviour.state import JST
from training.simulation.company import SimulatedCompany
from training.simulation.records.exports import N_BAD, write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

DAY = 86_400


def test_an_import_rejects_the_bad_rows_and_stores_all_others(
    imported: ImportReport, company: SimulatedCompany
) -> None:
    stored = {table.table: table.stored for table in imported.tables}
    kinds = np.bincount(company.journal["kind"], minlength=8)

    assert sum(table.rejected for table in imported.tables) == N_BAD
    assert stored["lead"] == 1500
    assert stored["event"] == kinds[codes.EVENT]
    assert stored["hand_over"] == kinds[codes.HAND_OVER]
    assert stored["outcome"] == kinds[codes.ACCEPTED :].sum()


def test_every_reject_has_its_own_reason(imported: ImportReport, exports: Path) -> None:
    with (exports / "rejects.csv").open(encoding="utf-8-sig") as file:
        reasons = [(row["file"], row["column"]) for row in csv.DictReader(file)]

    assert imported is not None
    assert sorted(reasons) == sorted(
        [
            ("activities.csv", "日時"),
            ("activities.csv", "種別"),
            ("activities.csv", "レコードID"),
            ("activities.csv", "日時"),
            ("deals.csv", "作成日"),
        ]
    )


def test_verdicts_come_with_reasons_the_definition_lists(
    tables: LeadTables, definition: LeadDefinition
) -> None:
    for stage in ("accepted", "returned"):
        rows = tables.outcome.filter(pc.equal(tables.outcome["stage"], stage))
        listed = {reason.name for reason in getattr(definition.verdict_reasons, stage)}

        assert len(rows) > 50
        assert set(rows["reason"].to_pylist()) <= listed
        assert rows["easy_to_act_on"].null_count == 0


def test_full_width_digits_and_different_writings_mean_the_same_amounts(
    tables: LeadTables, definition: LeadDefinition, company: SimulatedCompany
) -> None:
    snapshot, last = _snapshot_at_cutoff(tables, definition, company)

    for column, code in (("budget", codes.BUDGET), ("company_size", codes.COMPANY_SIZE)):
        read = snapshot.matrix[:, snapshot.catalogue.index(column)]
        np.testing.assert_array_equal(read, last[:, code])


def test_titles_and_mail_addresses_read_as_the_hazards_mean_them(
    tables: LeadTables, definition: LeadDefinition, company: SimulatedCompany
) -> None:
    snapshot, last = _snapshot_at_cutoff(tables, definition, company)

    seniority = snapshot.matrix[:, snapshot.catalogue.index("job_title_seniority")]
    free_mail = snapshot.matrix[:, snapshot.catalogue.index("email_domain_is_free_mail")]
    titles = last[:, codes.JOB_TITLE]
    is_known = ~np.isnan(titles)
    senior = company.hazards["title_is_senior"][titles[is_known].astype(int)]
    np.testing.assert_array_equal(np.isnan(seniority), ~is_known)
    np.testing.assert_array_equal(seniority[is_known] >= 6, senior == 1)
    np.testing.assert_array_equal(free_mail, last[:, codes.EMAIL_DOMAIN])


def test_a_stated_time_is_expected_as_many_months_ahead(
    tables: LeadTables, definition: LeadDefinition, company: SimulatedCompany
) -> None:
    snapshot, last = _snapshot_at_cutoff(tables, definition, company)

    days = snapshot.matrix[:, snapshot.catalogue.index("purchase_timing_days")]
    written = _last_written_day(company, codes.PURCHASE_TIMING)
    meant = written + 30 * last[:, codes.PURCHASE_TIMING] - (company.data_cutoff + JST) // DAY
    np.testing.assert_array_equal(np.isnan(days), np.isnan(meant))
    # Months are counted by the calendar there and as 30 days here.
    assert np.nanmax(np.abs(days - meant)) <= 7


def test_hand_overs_follow_the_rulebook_of_the_definition(
    tables: LeadTables, definition: LeadDefinition
) -> None:
    history = History.from_tables(tables, definition)
    hand_over = tables.hand_over
    ids = {lead_id: code for code, lead_id in enumerate(history.lead_ids)}
    lead = np.array([ids[lead_id] for lead_id in hand_over["lead_id"].to_pylist()])
    at = hand_over["handed_over_at"].to_numpy()
    midnight = (at + JST) // DAY * DAY - JST
    # On the day of creation the rulebook has judged what the creation brought.
    as_of = np.maximum(midnight, history.created_at[lead] + 1)
    order = np.lexsort((as_of, lead))

    catalogue = build_catalogue(definition, fit_levels(history, definition, 2**40))
    snapshot = take_snapshot(history, catalogue, Moments.of(lead[order], as_of[order]))
    scored = judge(snapshot, definition.rulebook).qualification

    by = np.array(hand_over["by"].to_pylist())[order]
    said = np.array(hand_over["qualification"].to_pylist())[order]
    np.testing.assert_array_equal(scored[by == "exploration"], 0)
    ruled = by == "rulebook"
    np.testing.assert_array_equal(scored[ruled], np.where(said[ruled] == "SQL", 2, 1))
    assert ruled.sum() > 200
    assert (by == "exploration").sum() > 20


def test_explored_hand_overs_log_their_propensity(tables: LeadTables) -> None:
    explored = tables.hand_over.filter(pc.equal(tables.hand_over["by"], "exploration"))
    others = tables.hand_over.filter(pc.equal(tables.hand_over["by"], "rulebook"))

    assert set(explored["propensity"].to_pylist()) == {0.05}
    assert set(others["propensity"].to_pylist()) == {None}


def test_a_leak_is_a_column_the_mapping_says_nobody_dated(tmp_path: Path) -> None:
    settings = CompanySettings(leads=300, months=6, leak=True, truth_snapshots=0)

    write_company(simulate(settings), tmp_path)

    definition = read_definition(tmp_path / "lead_definition.yaml")
    mapping = read_mapping(tmp_path / "import.yaml", definition)
    leaks = [f for entry in mapping.files for f in entry.facts if f.known_at.rule == "unknown"]
    assert [fact.attribute.constant for fact in leaks] == ["follow_up_class"]
    header = (tmp_path / "leads.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert "追客メモ区分" in header


def test_settings_that_cannot_be_simulated_are_named() -> None:
    with pytest.raises(LeadDataError, match=r"leads = 0, exploration_share = 1\.0"):
        replace(CompanySettings(), leads=0, exploration_share=1.0)


def _snapshot_at_cutoff(
    tables: LeadTables, definition: LeadDefinition, company: SimulatedCompany
) -> tuple[Snapshot, np.ndarray]:
    """Every lead at the data cut-off, and the journal's last value of each attribute."""
    history = History.from_tables(tables, definition)
    catalogue = build_catalogue(definition, fit_levels(history, definition, 2**40))
    n_leads = len(company.leads)
    moments = Moments.of(np.arange(n_leads), np.full(n_leads, company.data_cutoff))
    last = np.full((n_leads, codes.N_ATTRIBUTES), np.nan)
    for row in np.flatnonzero(company.journal["kind"] == codes.FACT):
        fact = company.journal[row]
        last[company.lead_of_row[row], fact["code"]] = fact["value"]
    return take_snapshot(history, catalogue, moments), last


def _last_written_day(company: SimulatedCompany, attribute: int) -> np.ndarray:
    journal = company.journal
    rows = (journal["kind"] == codes.FACT) & (journal["code"] == attribute)
    day = np.full(len(company.leads), np.nan)
    day[company.lead_of_row[rows]] = (journal["at"][rows] + JST) // DAY
    return day
