import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.parsing.company import normalise_company, read_company_size

HERE = Path(__file__).parent


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows("company_sizes.csv"), ids=lambda row: row["text"])
def test_a_size_is_read_as_a_person_reads_it(row: dict[str, str]) -> None:
    expected = float(row["employees"]) if row["employees"] else None

    assert read_company_size(row["text"]) == expected


@pytest.mark.parametrize("row", _rows("companies.csv"), ids=lambda row: row["text"])
def test_two_spellings_of_a_company_match_and_two_companies_do_not(row: dict[str, str]) -> None:
    same = normalise_company(row["text"]) == normalise_company(row["other"])

    assert same == (row["same"] == "yes")


def test_a_blank_names_no_company_and_no_size() -> None:
    assert normalise_company(None) == normalise_company("") == ""
    assert read_company_size(None) is None


def test_a_company_named_like_a_legal_form_keeps_its_name() -> None:
    assert normalise_company("Limited") == "limited"


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail(text: str) -> None:
    size = read_company_size(text)

    assert size is None or size >= 0
    assert normalise_company(normalise_company(text).upper()) is not None
