"""The number of a company's employees."""

from functools import lru_cache

from features.core.parsing.company import read_company_size
from features.definition.kinds.kind import RANGE_TESTS, AttributeKind, KindColumn, always, or_nan

BANDS = (50.0, 300.0, 1000.0)
"""Employees: the bounds of small firms in Japan's SME Basic Act (services, manufacturing), and of
large ones."""


@lru_cache(maxsize=1 << 16)
def _read(text: str) -> float:
    return or_nan(read_company_size(text))


COMPANY_SIZE = AttributeKind(
    name="company_size",
    kept_as="quantity",
    columns=(KindColumn(reading=always(_read)),),
    tests=RANGE_TESTS,
    has_unit=True,
    is_segment=True,
    bands=BANDS,
)
