"""Each kind of attribute from text to columns; how texts are read is tested with the readings."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY, to_second
from features.core.parsing.job_title import Department, Seniority
from features.definition import LeadDefinition
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]
Read = Callable[[str, str, str], float]

TOKYO = ZoneInfo("Asia/Tokyo")
AS_OF = to_second(datetime(2025, 6, 20, 9, tzinfo=TOKYO))
KNOWN_AT = to_second(datetime(2025, 6, 10, 1, tzinfo=TOKYO))  # still the 9th in UTC


@pytest.fixture
def read(every_kind: LeadDefinition, make_tables: MakeTables) -> Read:
    """The column of a feature when one attribute has one text."""
    catalogue = build_catalogue(every_kind, {"industry": ("retail", OTHER)})

    def column(attribute: str, text: str, feature: str) -> float:
        fact = {"attribute": attribute, "known_at": KNOWN_AT, "value": text}
        history = History.from_tables(make_tables(facts=[fact]), every_kind)
        snapshot = take_snapshot(history, catalogue, Moments.of([0], [AS_OF]))
        return float(snapshot.column(feature)[0])

    return column


@pytest.mark.parametrize(
    ("attribute", "text", "feature", "expected"),
    [
        ("pages", "4.5", "pages", 4.5),
        ("pages", "many", "pages", np.nan),
        ("pages", "inf", "pages", np.nan),
        ("industry", "retail", "industry", 0),
        ("industry", "mining", "industry", 1),
        ("decision_maker", "true", "decision_maker", 1),
        ("decision_maker", "false", "decision_maker", 0),
        ("decision_maker", "perhaps", "decision_maker", np.nan),
        ("job_title", "営業部長", "job_title_seniority", Seniority.DEPARTMENT_HEAD),
        ("job_title", "営業部長", "job_title_department", list(Department).index(Department.SALES)),
        ("job_title", "???", "job_title_seniority", np.nan),
        ("job_title", "???", "job_title_department", np.nan),
        ("budget", "500万円", "budget", 5_000_000),
        ("company_size", "50", "company_size", 50),
        ("company_size", "small", "company_size", np.nan),
        ("email_domain", "gmail.com", "email_domain_is_free_mail", 1),
        ("email_domain", "mailinator.com", "email_domain_is_free_mail", 1),
        ("email_domain", "example.co.jp", "email_domain_is_free_mail", 0),
        # Midnight in Tokyo of 30 June, seen on the 20th at nine.
        ("renewal", "2025-06-30", "days_until_renewal", 10 - 9 / 24),
        ("renewal", "soon", "days_until_renewal", np.nan),
        ("pain_point", "在庫管理", "pain_point_known", 1),
        ("pages", "3", "pain_point_known", 0),
        ("purchase_timing", "未定", "purchase_timing_known", 0),
        ("purchase_timing", "未定", "purchase_timing_days", np.nan),
        ("purchase_timing", "3ヶ月以内", "purchase_timing_known", 1),
        ("pages", "3", "purchase_timing_known", 0),
    ],
)
def test_a_text_becomes_the_column_of_its_kind(
    read: Read, attribute: str, text: str, feature: str, expected: float
) -> None:
    np.testing.assert_equal(read(attribute, text, feature), expected)


def test_purchase_timing_counts_from_the_local_day_it_was_written(
    read: Read,
) -> None:
    days = read("purchase_timing", "3ヶ月以内", "purchase_timing_days")

    # Written on 10 June in Tokyo (the 9th in UTC), so by 10 September.
    assert days == (to_second(datetime(2025, 9, 10, tzinfo=TOKYO)) - AS_OF) / DAY
