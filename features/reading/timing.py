"""When a lead means to buy, from free text, relative to the day it was written."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseTiming:
    """Whether a time was stated, and the day it points to where one can be told."""

    stated: bool
    expected_on: date | None = None


def read_purchase_timing(
    text: str | None, written_on: date, *, fiscal_year_starts: int = 4
) -> PurchaseTiming:
    """Purchase timing stated in a text."""
    raise NotImplementedError
