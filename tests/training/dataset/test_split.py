"""Where the test begins: at the start of the last months that have matured enough to count."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.core.clock import DAY, to_second
from features.definition import TEMPLATE, read_definition
from training.dataset.split import start_of_test

TOKYO = ZoneInfo("Asia/Tokyo")


def at(text: str) -> int:
    return to_second(datetime.fromisoformat(text).replace(tzinfo=TOKYO))


@pytest.mark.parametrize(
    ("last", "months", "expected"),
    [
        ("2026-05-02", 1, "2026-04-01"),  # one day of May is no month
        ("2026-05-14", 1, "2026-04-01"),
        ("2026-05-16", 1, "2026-05-01"),
        ("2026-05-02", 3, "2026-02-01"),
        ("2026-05-01", 1, "2026-04-01"),  # the end of April
        ("2026-05-31", 2, "2026-04-01"),
    ],
)
def test_a_month_of_a_few_matured_days_counts_for_none(
    last: str, months: int, expected: str
) -> None:
    definition = read_definition(TEMPLATE)
    test = definition.test.model_copy(update={"months": months})
    matured = np.arange(at("2025-06-10"), at(last) + 1, DAY)

    start = start_of_test(matured, definition.model_copy(update={"test": test}))

    assert start == at(expected)


def test_data_of_no_more_months_than_are_asked_are_all_tested() -> None:
    definition = read_definition(TEMPLATE)
    test = definition.test.model_copy(update={"months": 2})
    matured = np.arange(at("2026-03-20"), at("2026-05-03"), DAY)

    start = start_of_test(matured, definition.model_copy(update={"test": test}))

    assert start == at("2026-04-01")
