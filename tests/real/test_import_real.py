"""Four public data sets through their mappings: counts as their description gives them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow.compute as pc
import pytest


def _counts(company: Any) -> dict[str, tuple[int, int]]:
    """Stored and rejected rows of each table."""
    return {count.table: (count.stored, count.rejected) for count in company.imported.tables}


def _stages(company: Any) -> Counter[str]:
    return Counter(company.tables.outcome["stage"].to_pylist())


def test_olist_has_8000_leads_and_one_win_before_its_lead(real: Callable[[str], Any]) -> None:
    company = real("olist_funnel")

    # 842 wins, of which one is dated two days before the first contact; 60 channels are missing.
    assert _counts(company) == {
        "lead": (8000, 0),
        "fact": (2 * 8000 - 60, 0),
        "outcome": (841, 1),
    }
    assert company.imported.rejects_file is not None
    reject = company.imported.rejects_file.read_text(encoding="utf-8-sig").splitlines()
    assert len(reject) == 2
    assert reject[1].endswith('"must not be before the lead was created"')
    assert pc.all(company.tables.lead["day_only"]).as_py()


def test_x_education_has_9240_leads_without_dates(real: Callable[[str], Any]) -> None:
    company = real("x_education")

    assert _counts(company)["lead"] == (9240, 0)
    assert _stages(company) == {"won": 3561}
    assert pc.max(company.tables.lead["created_at"]).as_py() == 0
    assert pc.count_distinct(company.tables.lead["arrival"]).as_py() == 9240
    # The form's "Select" means blank: 24 % of cities.
    assert "Select" not in set(company.tables.fact["value"].to_pylist())


def test_maven_has_8800_deals_500_of_them_without_a_date(real: Callable[[str], Any]) -> None:
    company = real("maven_crm")

    assert company.imported.files[0].rows == 8800
    assert company.imported.files[0].skipped == 500
    assert _counts(company)["lead"] == (8300, 0)
    assert _stages(company) == {"won": 4238, "lost": 2473}
    industries = set(
        company.tables.fact.filter(pc.field("attribute") == "industry")["value"].to_pylist()
    )
    assert "technology" in industries
    assert "technolgy" not in industries


def test_maven_products_are_joined_in_spite_of_two_spellings(real: Callable[[str], Any]) -> None:
    facts = real("maven_crm").tables.fact

    series = facts.filter(pc.field("attribute") == "product_series")

    # Every deal has a product, and every product a series.
    assert series.num_rows == 8300


def test_bpic_has_8766_cases_with_their_ends_by_time(real: Callable[[str], Any]) -> None:
    company = real("bpic2012_asof")

    assert _counts(company)["lead"] == (8766, 0)
    assert company.imported.files[1].rows == 161_584
    # Approved 1,277; declined 5,070 and cancelled 1,579; 840 are still open.
    assert _stages(company) == {"won": 1277, "lost": 5070 + 1579}
    assert len(set(company.tables.outcome["lead_id"].to_pylist())) == 8766 - 840


def test_bpic_work_of_the_staff_is_not_the_leads(real: Callable[[str], Any]) -> None:
    events = real("bpic2012_asof").tables.event

    pairs = set(zip(events["behaviour"].to_pylist(), events["actor"].to_pylist(), strict=True))

    assert ("offer_call", "sales") in pairs
    assert ("offer_returned", "lead") in pairs
    assert ("offer_call", "lead") not in pairs


@pytest.mark.parametrize("name", ["olist_funnel", "x_education", "maven_crm", "bpic2012_asof"])
def test_what_was_read_is_accounted_for(real: Callable[[str], Any], name: str) -> None:
    for count in real(name).imported.tables:
        assert count.read == count.stored + count.unchanged + count.rejected
