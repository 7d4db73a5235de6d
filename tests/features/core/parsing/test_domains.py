import csv
from pathlib import Path

import pytest

from features.core.parsing.domains import is_disposable, is_free_mail, read_domain

with (Path(__file__).parent / "domains.csv").open(encoding="utf-8", newline="") as file:
    DOMAINS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row["domain"])
def test_a_domain_is_told_apart(row: dict[str, str]) -> None:
    domain = row["domain"]

    assert is_free_mail(domain) == (row["free_mail"] == "yes")
    assert is_disposable(domain) == (row["disposable"] == "yes")


@pytest.mark.parametrize("text", [None, "", "unknown", "-", "taro@", "山田", "a" * 1000 + ".com"])
def test_what_is_no_domain_is_unknown(text: str | None) -> None:
    assert read_domain(text) is None
    assert is_free_mail(text) is None
    assert is_disposable(text) is None
