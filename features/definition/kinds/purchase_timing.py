"""When a lead means to buy, in its own words, which mean another day each time they are said."""

import math
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from features.core.clock import start_of_day
from features.core.parsing.dates.timing import read_purchase_timing
from features.core.text import Text
from features.definition.kinds.kind import DAYS, YES_NO, AttributeKind, DatedReading, KindColumn

# Two columns read each timing, and a lead is read anew at every request.
_timing = lru_cache(maxsize=1 << 16)(read_purchase_timing)


def _expected_at(_unit: str, zone: ZoneInfo) -> DatedReading:
    def read(text: str, written_on: date) -> float:
        expected = _timing(text, written_on).expected_on
        return math.nan if expected is None else start_of_day(expected, zone)

    return read


def _stated(text: str, written_on: date) -> float:
    # "Undecided" is an answer, not a timing.
    return float(_timing(text, written_on).stated)


PURCHASE_TIMING = AttributeKind(
    name="purchase_timing",
    columns=(
        KindColumn(
            name="{}_days",
            label=Text(ja="{}までの日数", en="Days until: {}"),
            unit=DAYS,
            reading=_expected_at,
            is_dated=True,
            is_instant=True,
        ),
        KindColumn(
            name="{}_known",
            label=Text(ja="{}が明確", en="{} is stated"),
            unit=YES_NO,
            is_flag=True,
        ),
    ),
    tests=("within_days",),
    stated=_stated,
)
