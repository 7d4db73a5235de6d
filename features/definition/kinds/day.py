"""A day."""

import math
from datetime import date
from zoneinfo import ZoneInfo

from features.core.clock import start_of_day
from features.core.text import Text
from features.definition.kinds.kind import DAYS, AttributeKind, KindColumn, Reading


def _begins_at(_unit: str, zone: ZoneInfo) -> Reading:
    def read(text: str) -> float:
        try:
            return start_of_day(date.fromisoformat(text[:10]), zone)
        except ValueError:
            return math.nan

    return read


DATE = AttributeKind(
    name="date",
    kept_as="day",
    columns=(
        KindColumn(
            name="days_until_{}",
            label=Text(ja="{}までの日数", en="Days until: {}"),
            unit=DAYS,
            reading=_begins_at,
            is_instant=True,
        ),
    ),
    tests=("within_days",),
)
