"""The company is what its settings say, and its leads know only their own past."""

from dataclasses import replace

import numpy as np

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from training.simulation.behaviour import codes, hazards
from training.simulation.behaviour.futures import MOMENT, replay
from training.simulation.behaviour.state import JST, STATE
from training.simulation.behaviour.walk import live_all
from training.simulation.company import SimulatedCompany
from training.simulation.settings import CompanySettings, Drift
from training.simulation.simulation import simulate
from training.simulation.truth import open_leads

DAY = 86_400


def test_equal_settings_give_equal_companies(company: SimulatedCompany) -> None:
    again = simulate(company.settings)

    # Bytes, because NaN does not equal itself.
    assert company.journal.tobytes() == again.journal.tobytes()
    assert company.leads.tobytes() == again.leads.tobytes()


def test_another_seed_gives_another_company(company: SimulatedCompany) -> None:
    other = simulate(replace(company.settings, seed=8))

    assert len(other.journal) != len(company.journal)


def test_a_longer_company_begins_with_the_same_journal(company: SimulatedCompany) -> None:
    # The future a lead has not lived yet cannot change what it has.
    shorter = company.leads.copy()
    shorter["until"] = cut = company.data_cutoff - 60 * DAY

    journal = np.zeros(len(company.journal), dtype=company.journal.dtype)
    live_all(np.zeros(1, STATE)[0], company.hazards, journal, company.calendar, shorter)
    for lead in range(0, len(shorter), 50):
        rows = company.journal[company.row_start[lead] : company.leads["row_end"][lead]]
        start = shorter["row_end"][lead - 1] if lead else 0
        lived = journal[start : shorter["row_end"][lead]]
        if company.leads["created_at"][lead] < cut:
            assert lived[lived["at"] < cut].tobytes() == rows[rows["at"] < cut].tobytes()


def test_rows_of_a_lead_are_in_order_and_begin_with_its_creation(company: SimulatedCompany) -> None:
    at, lead = company.journal["at"], company.lead_of_row

    same = lead[1:] == lead[:-1]
    assert (np.diff(at)[same] >= 0).all()
    np.testing.assert_array_equal(at[company.row_start], company.leads["created_at"])


def test_sales_do_nothing_at_weekends_and_nothing_happens_at_night(
    company: SimulatedCompany,
) -> None:
    local = company.journal["at"] + JST
    second, weekday = local % DAY, (local // DAY + 3) % 7
    by_sales = (company.journal["kind"] >= codes.HAND_OVER) | (
        (company.journal["kind"] == codes.EVENT) & (company.journal["code"] == codes.SALES_CALL)
    )

    assert weekday[by_sales].max() == 4
    assert second.min() >= 9 * 3600
    # The last pages of a visit may be looked at after closing time.
    assert second.max() < 20 * 3600


def test_terms_are_listed_in_the_order_of_their_constants() -> None:
    for position, name in enumerate(hazards.TERMS):
        assert getattr(hazards, name.upper()) == position


def test_the_state_is_what_the_exported_rows_say(
    company: SimulatedCompany, tables: LeadTables, definition: LeadDefinition
) -> None:
    history = History.from_tables(tables, definition)
    as_of = company.data_cutoff - 45 * DAY
    lead = np.arange(0, len(company.leads), 5)
    lead = lead[company.leads["created_at"][lead] < as_of - DAY]

    catalogue = build_catalogue(definition, fit_levels(history, definition, as_of))
    moments = Moments.of(lead, np.full(len(lead), as_of))
    matrix = take_snapshot(history, catalogue, moments).matrix

    states = [_state(company, position, as_of) for position in lead.tolist()]
    for code, behaviour in enumerate(codes.BEHAVIOURS[: codes.SALES_CALL]):
        for window, days in enumerate(("7d", "30d", "90d", "ever")):
            seen = matrix[:, catalogue.index(f"{behaviour}_{days}")]
            np.testing.assert_array_equal(seen, [s["count"][code, window] for s in states])
    for name, code in (("budget", codes.BUDGET), ("decision_maker", codes.DECISION_MAKER)):
        seen = matrix[:, catalogue.index(name)]
        np.testing.assert_array_equal(seen, [s["known"][code] for s in states])


def test_drift_moves_the_base_rate_the_channels_and_the_sizes() -> None:
    calm = CompanySettings(leads=3000, months=8, seed=3)
    drift = Drift(month=4, hazard_factor=4.0, social_share=0.5, size_factor=1000.0)
    before, after = simulate(calm), simulate(replace(calm, drift=drift))
    change = int(before.leads["until"][0]) - 122 * DAY

    late = after.leads["created_at"] > change + 5 * DAY
    social = after.leads["given"][:, 0] == hazards.SOCIAL_AD
    assert 0.4 < social[late].mean() < 0.6
    assert social[~late].mean() < 0.05
    made = [_opportunities_after(c, change) for c in (before, after)]
    assert made[1] > 2 * made[0]
    sizes = after.leads["given"][late, 3]
    assert np.nanmin(sizes) >= 2000


def test_sizes_already_known_are_delivered_anew_on_the_day_of_change() -> None:
    settings = CompanySettings(leads=500, months=8, drift=Drift(month=4, size_factor=1000.0))
    company = simulate(settings)

    rows = (company.journal["kind"] == codes.FACT) & (company.journal["code"] == codes.COMPANY_SIZE)
    sizes = company.journal[rows]
    day = (sizes["at"] + JST) // DAY
    on_the_day = day == company.hazards["drift_day"]
    assert on_the_day.sum() > 100
    assert sizes["value"][on_the_day].min() >= 2000


def test_open_leads_are_those_that_exist_and_have_no_opportunity(company: SimulatedCompany) -> None:
    as_of = company.data_cutoff - 30 * DAY

    found = open_leads(company, as_of)

    for lead in range(len(company.leads)):
        rows = company.journal[company.row_start[lead] : company.leads["row_end"][lead]]
        past = rows[rows["at"] < as_of]
        ended = (past["kind"] == codes.OPPORTUNITY_MADE).any()
        own = past[(past["kind"] == codes.EVENT) & (past["code"] < codes.SALES_CALL)]
        last = max([company.leads["created_at"][lead], *own["at"]])
        expected = len(past) > 0 and not ended and last >= as_of - 120 * DAY
        assert (lead in found) == expected


def _state(company: SimulatedCompany, lead: int, as_of: int) -> np.void:
    moment = np.zeros(1, dtype=MOMENT)[0]
    moment["as_of"], moment["created_at"] = as_of, company.leads["created_at"][lead]
    moment["first_row"], moment["end_row"] = company.row_start[lead], company.leads["row_end"][lead]
    state = np.zeros(1, dtype=STATE)[0]
    replay(state, company.hazards, company.calendar, company.journal, moment)
    return state


def _opportunities_after(company: SimulatedCompany, second: int) -> int:
    journal = company.journal
    return int(((journal["kind"] == codes.OPPORTUNITY_MADE) & (journal["at"] >= second)).sum())
