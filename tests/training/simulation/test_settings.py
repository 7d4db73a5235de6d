from datetime import date

import pytest

from training.simulation.settings import CompanySettings


@pytest.mark.parametrize(
    ("months", "today", "first_month", "end_month"),
    [
        (18, date(2026, 4, 1), date(2024, 10, 1), date(2026, 4, 1)),
        (18, date(2030, 1, 1), date(2024, 10, 1), date(2026, 4, 1)),
        (18, date(2026, 3, 31), date(2023, 10, 1), date(2025, 4, 1)),
        (60, date(2026, 11, 29), date(2021, 10, 1), date(2026, 10, 1)),
    ],
)
def test_a_company_lies_whole_years_earlier_until_it_has_ended(
    months: int, today: date, first_month: date, end_month: date
) -> None:
    settings = CompanySettings(months=months).ended_by(today)

    assert (settings.first_month, settings.end_month) == (first_month, end_month)
