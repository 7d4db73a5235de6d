"""A number, as people write it in plain digits."""

import math

from features.definition.kinds.kind import RANGE_TESTS, AttributeKind, KindColumn, always


def _read(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


NUMBER = AttributeKind(
    name="number",
    kept_as="number",
    columns=(KindColumn(reading=always(_read)),),
    tests=RANGE_TESTS,
    has_unit=True,
    is_segment=True,
)
