"""Local days against pandas, in zones with and without clock changes."""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features.core.clock import DAY, local_days


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Tokyo", "Europe/London", "America/New_York", "Africa/Casablanca"]
)
def test_local_days_are_those_of_pandas(zone: str) -> None:
    seconds = np.random.default_rng(0).integers(0, 1 << 31, 20_000)
    aware = pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True)).tz_convert(zone)
    expected = aware.tz_localize(None).as_unit("s").asi8 // DAY

    np.testing.assert_array_equal(local_days(seconds, ZoneInfo(zone)), expected)
