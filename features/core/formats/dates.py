"""Days, months and instants as people write them, and how far off a day is."""

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.text import Text


def day_of(second: int, zone: ZoneInfo) -> date:
    """The local calendar day just before an instant: at midnight, the day that has ended."""
    return from_second(second - 1).astimezone(zone).date()


def calendar_date(day: date) -> Text:
    """A day of the calendar."""
    return Text(
        ja=f"{day.year}年{day.month}月{day.day}日",
        en=f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    )


def calendar_month(day: date) -> Text:
    """A month of the calendar, by any of its days."""
    return Text(ja=f"{day.year}年{day.month}月", en=f"{_WHOLE_MONTHS[day.month - 1]} {day.year}")


def local_date(at: datetime | int, zone: tzinfo) -> Text:
    """The day of an instant in a time zone; whole seconds count from 1970 UTC."""
    return calendar_date(_local(at, zone).date())


def local_month(at: datetime | int, zone: tzinfo) -> Text:
    """The month of an instant in a time zone; seconds as above."""
    return calendar_month(_local(at, zone).date())


def local_minute(at: datetime | int, zone: tzinfo) -> Text:
    """The day and the time of an instant in a time zone; seconds as above."""
    local = _local(at, zone)
    day = calendar_date(local.date())
    return Text(ja=f"{day.ja} {local:%H:%M}", en=f"{day.en} {local:%H:%M}")


def _local(at: datetime | int, zone: tzinfo) -> datetime:
    return (at if isinstance(at, datetime) else from_second(at)).astimezone(zone)


def days_ago(days: int) -> Text:
    """How long ago something was, in whole calendar days."""
    if days <= 0:
        return Text(ja="本日", en="today")
    return Text(ja=f"{days:,}日前", en="1 day ago" if days == 1 else f"{days:,} days ago")


def last_ago(days: int) -> Text:
    """When something was last done, in whole calendar days."""
    ago = days_ago(days)
    near = {0: "今日", 1: "昨日"}.get(max(days, 0), ago.ja)
    return Text(ja=f"最後は{near}", en="last yesterday" if days == 1 else f"last {ago.en}")


def days_ahead(days: int) -> Text:
    """How far off something is, in whole days; the past is said as past."""
    if days <= 0:
        return days_ago(-days)
    return Text(ja=f"{days:,}日後", en="in 1 day" if days == 1 else f"in {days:,} days")


def day_ahead(days: float, today: date) -> date:
    """The day that lies so many days from today."""
    return today + timedelta(days=round(days))


_WHOLE_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTHS = tuple(month[:3] for month in _WHOLE_MONTHS)
# Not strftime: month names must not follow the machine's locale.
