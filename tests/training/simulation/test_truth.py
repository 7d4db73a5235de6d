"""True probabilities are those of the futures that really happen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from features.core.errors import LeadDataError
from training.simulation.behaviour import codes
from training.simulation.behaviour.futures import MOMENT, replay, true_probabilities
from training.simulation.behaviour.state import STATE
from training.simulation.behaviour.walk import begin_day, spend_day
from training.simulation.company import SimulatedCompany
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.simulation.truth import open_leads, opportunities_made_at

DAY = 86_400
HORIZON = 60 * DAY


def test_realised_rates_agree_with_the_mean_true_probability() -> None:
    # Two moments 60 days apart: a lead's outcomes in them are different trials.
    company = simulate(CompanySettings(leads=4000, months=8, seed=11))
    made_at = opportunities_made_at(company)
    true, converted = [], []
    for months_back in (4, 2):
        as_of = company.data_cutoff - months_back * 31 * DAY
        lead = open_leads(company, as_of)
        p = true_probabilities(company, lead, np.full(len(lead), as_of), futures=40)
        true.append(p)
        converted.append(made_at[lead] < as_of + HORIZON)

    p, y = np.concatenate(true), np.concatenate(converted)
    for low, high in ((0, 0.02), (0.02, 0.06), (0.06, 0.2), (0.2, 1.0), (0, 1)):
        rows = (p >= low) & (p <= high)
        noise = np.sqrt((p[rows] * (1 - p[rows])).sum()) / rows.sum()
        assert rows.sum() > 100
        assert abs(y[rows].mean() - p[rows].mean()) < 3.3 * noise


def test_the_probability_is_the_share_of_drawn_futures_that_convert(
    company: SimulatedCompany,
) -> None:
    as_of = company.data_cutoff - 61 * DAY
    lead = open_leads(company, as_of)
    p = true_probabilities(company, lead, np.full(len(lead), as_of), futures=200)
    # One lead that will hardly convert and one that may well.
    chosen = [int(np.argmin(np.abs(p - wanted))) for wanted in (0.1, 0.4)]

    for position in chosen:
        exact = true_probabilities(company, lead[[position]], np.array([as_of]), futures=4000)[0]
        share = _share_of_drawn_futures(company, int(lead[position]), as_of, n=800)
        assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / 800)


def test_true_probabilities_do_not_depend_on_what_else_is_asked(company: SimulatedCompany) -> None:
    as_of = company.data_cutoff - 40 * DAY
    lead = open_leads(company, as_of)[:40]

    together = true_probabilities(company, lead, np.full(40, as_of), futures=20)
    alone = true_probabilities(company, lead[7:8], np.array([as_of]), futures=20)

    assert together[7] == alone[0]


def test_what_happens_at_as_of_or_later_changes_nothing(company: SimulatedCompany) -> None:
    as_of = company.data_cutoff - 40 * DAY
    lead = open_leads(company, as_of)[:60]
    journal = company.journal.copy()
    future = journal["at"] >= as_of
    journal["kind"][future] = codes.EVENT
    journal["code"][future] = codes.CONSULTATION_REQUEST
    journal["at"][future] = as_of

    before = true_probabilities(company, lead, np.full(60, as_of), futures=20)
    after = true_probabilities(
        replace(company, journal=journal), lead, np.full(60, as_of), futures=20
    )

    np.testing.assert_array_equal(before, after)


def test_a_lead_with_an_opportunity_has_no_probability_of_its_first(
    company: SimulatedCompany,
) -> None:
    made_at = opportunities_made_at(company)
    lead = np.flatnonzero(made_at < company.data_cutoff)[:3]

    p = true_probabilities(company, lead, made_at[lead] + 1, futures=10)

    assert np.isnan(p).all()


def test_moments_before_creation_are_refused_and_counted(company: SimulatedCompany) -> None:
    lead = np.array([0, 1])

    with pytest.raises(LeadDataError, match="got 1 that do not"):
        true_probabilities(company, lead, company.leads["created_at"][lead] + [0, 1], futures=10)


def test_the_sample_lies_in_the_later_months_and_is_written(
    exports: Path, company: SimulatedCompany
) -> None:
    truth = pyarrow.parquet.read_table(exports / "truth.parquet")

    p = truth["probability"].to_numpy()
    assert len(truth) == 200
    assert ((p > 0) & (p < 1)).all()
    assert truth["as_of"].to_numpy().min() >= company.data_cutoff - 95 * DAY
    assert truth["converted"].null_count > 0


def _share_of_drawn_futures(company: SimulatedCompany, lead: int, as_of: int, *, n: int) -> float:
    """Play futures from a month start and count opportunities that are drawn, not cumulated."""
    moment = np.zeros(1, dtype=MOMENT)[0]
    moment["as_of"], moment["created_at"] = as_of, company.leads["created_at"][lead]
    moment["first_row"], moment["end_row"] = company.row_start[lead], company.leads["row_end"][lead]
    states = np.zeros(2, dtype=STATE)
    start, state = states
    replay(start, company.hazards, company.calendar, company.journal, moment)
    unwritten, made = company.journal[:0], 0
    for number in range(n):
        states[1] = states[0]
        state["stream"] = 1_000_003 * number
        spend_day(state, company.hazards, unwritten, as_of, as_of + HORIZON)
        for _ in range(59):
            begin_day(state, company.hazards, unwritten, company.calendar)
            spend_day(state, company.hazards, unwritten, as_of, as_of + HORIZON)
        made += state["stage"] != codes.OPEN
    return made / n
