from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from features.core.formats import (
    calendar_date,
    calendar_month,
    day_of,
    days_ago,
    days_ahead,
    local_date,
    local_minute,
)
from features.core.text import Text

TOKYO = ZoneInfo("Asia/Tokyo")


def test_midnight_belongs_to_the_day_that_ends() -> None:
    midnight_in_tokyo = 1_735_657_200  # 2025-01-01T00:00+09:00

    assert day_of(midnight_in_tokyo, TOKYO) == date(2024, 12, 31)
    assert day_of(midnight_in_tokyo + 1, TOKYO) == date(2025, 1, 1)


def test_dates_follow_the_language_not_the_locale() -> None:
    assert calendar_date(date(2026, 3, 5)) == Text(ja="2026年3月5日", en="5 Mar 2026")


def test_days_are_told_as_people_do() -> None:
    assert days_ago(0) == Text(ja="本日", en="today")
    assert days_ago(1) == Text(ja="1日前", en="1 day ago")
    assert days_ahead(30) == Text(ja="30日後", en="in 30 days")
    assert days_ahead(-4) == days_ago(4)


def test_a_month_follows_the_language_not_the_locale() -> None:
    assert calendar_month(date(2026, 3, 5)) == Text(ja="2026年3月", en="March 2026")


def test_an_instant_is_told_in_the_zone_of_its_reader() -> None:
    evening = datetime(2026, 3, 5, 16, 4, 59, tzinfo=UTC)

    assert local_minute(evening, TOKYO) == Text(ja="2026年3月6日 01:04", en="6 Mar 2026 01:04")
    assert local_date(evening, TOKYO) == Text(ja="2026年3月6日", en="6 Mar 2026")
    assert local_date(int(evening.timestamp()), TOKYO) == local_date(evening, TOKYO)
