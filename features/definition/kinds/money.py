"""An amount of money, read in the currency of the attribute."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from features.core.parsing.money import read_money
from features.definition.kinds.kind import RANGE_TESTS, AttributeKind, KindColumn, Reading, or_nan


def _read(currency: str, _zone: ZoneInfo) -> Reading:
    return lru_cache(maxsize=1 << 16)(lambda text: or_nan(read_money(text, currency)))


MONEY = AttributeKind(
    name="money",
    kept_as="quantity",
    columns=(KindColumn(reading=_read),),
    tests=RANGE_TESTS,
    has_unit=True,
    is_segment=True,
)
