"""The phrases by which people name a time, each with the stretch of the calendar it means.

Tried in order, the first that fits wins: the more exact a phrase, the earlier it stands. Fiscal
words (期, 年度, FY, 四半期, 2Q) follow the fiscal year, "Q2" is the calendar's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from features.core.parsing.dates.period import (
    Period,
    add_months,
    fiscal_year_of,
    months_from,
    on,
    quarter_of,
    week_of,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """The day a text was written and the month in which its fiscal years start."""

    day: date
    starts: int


Match = re.Match[str]
Reader = Callable[[Match, Writing], Period | None]

_COUNTS = {kanji: count for count, kanji in enumerate("一二三四五六七八九十", start=1)}
_COUNTS |= {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}
_COUNTS |= {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_COUNTS |= {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_LATER = {"今": 0, "本": 0, "当": 0, "来": 1, "次": 1, "翌": 1, "再来": 2}
_LATER |= {"this": 0, "current": 0, "the": 0, "coming": 1, "next": 1}
_SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12}
_SEASONS |= {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_THIRDS = {"上旬": (1, 10), "初旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}
_EDGES = {"early": (1, 3), "mid": (5, 3), "late": (10, 3), "end of": (10, 3)}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS_PER = {"日": 1, "d": 1, "週": 7, "w": 7}
_MONTHS_PER = {"月": 1, "m": 1, "年": 12, "y": 12, "q": 3, "四": 3}
_REIWA_BEGAN_AFTER = 2018

_PART = r"(?P<part>上半期|下半期|上期|下期|前半|後半|第?[1-4一二三四]四半期|[1-4]q|q[1-4]|h[12])"
_NEAR = r"(?P<later>再来|今|本|当|来|次|翌)"
_THIRD = r"(?:の?(?P<third>[上初中下]旬))?"
_COUNT = (
    r"(?:(?<!\d)\d{1,3}(?:\.5)?|[一二三四五六七八九十]"
    r"|(?<![a-z])(?:an?|one|two|three|four|six|twelve))"
)
_UNIT = (
    r"(?:[ヶかカヵケ箇個](?P<m1>月)|(?P<m2>months?|mos?)|(?P<y>年|years?|yrs?)"
    r"|(?P<w>週|weeks?|wks?)|(?P<d>日|days?)|(?P<q>四半期|quarters?))"
)


def _count(written: str) -> float:
    return _COUNTS[written] if written in _COUNTS else float(written)


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _full_date(match: Match, _: Writing) -> Period | None:
    return _on(int(match["y"]), int(match["m"]), int(match["d"]))


def _american_date(match: Match, _: Writing) -> Period | None:
    month, day = int(match["m"]), int(match["d"])
    if month > 12:
        month, day = day, month
    return _on(int(match["y"]), month, day)


def _on(year: int, month: int, day: int) -> Period | None:
    try:
        return on(date(year, month, day))
    except ValueError:
        return None


def _month(year: int, month: int, third: str | None = None) -> Period | None:
    if not 1 <= month <= 12:
        return None
    whole = months_from(year, month)
    if third is None:
        return whole
    first, last = _THIRDS[third]
    return Period(
        first=whole.first.replace(day=first),
        last=min(whole.last, whole.first + timedelta(days=last - 1)),
    )


def _year_and_month(match: Match, _: Writing) -> Period | None:
    return _month(_year(match["y"]), int(match["m"]), match.groupdict().get("third"))


def _era_and_month(match: Match, _: Writing) -> Period | None:
    era = 1 if match["era"] == "元" else int(match["era"])
    return _month(_REIWA_BEGAN_AFTER + era, int(match["m"]))


def _month_of_near_year(match: Match, writing: Writing) -> Period | None:
    return _month(writing.day.year + _LATER[match["later"]], int(match["m"]), match["third"])


def _coming_month(match: Match, writing: Writing) -> Period | None:
    return _coming(int(match["m"]), match["third"], writing.day)


def _coming(month: int, third: str | None, day: date) -> Period | None:
    period = _month(day.year, month, third)
    return period if period is None or period.last >= day else _month(day.year + 1, month, third)


def _english_month(match: Match, writing: Writing) -> Period | None:
    month = _MONTHS.index(match["name"][:3]) + 1
    if match["y"]:
        return _month(_year(match["y"]), month)
    return _coming(month, None, writing.day)


def _months_of_part(part: str | None) -> tuple[int, int]:
    """Months into a year at which a named part of it starts, and its length in months."""
    if not part:
        return 0, 12
    if part in ("上半期", "上期", "前半", "h1"):
        return 0, 6
    if part in ("下半期", "下期", "後半", "h2"):
        return 6, 6
    number = next(character for character in part if character in "1234一二三四")
    return 3 * (int(_count(number)) - 1), 3


def _part_of_year(year: int, starts: int, part: str | None) -> Period:
    into, length = _months_of_part(part)
    return months_from(year, starts + into, length)


def _fiscal_year(match: Match, writing: Writing) -> Period | None:
    return _in_fiscal_year(match, _year(match["y"]), writing)


def _near_fiscal_year(match: Match, writing: Writing) -> Period | None:
    year = fiscal_year_of(writing.day, writing.starts) + _LATER[match["later"]]
    return _in_fiscal_year(match, year, writing)


def _in_fiscal_year(match: Match, year: int, writing: Writing) -> Period | None:
    groups = match.groupdict()
    if groups.get("m"):
        month = int(groups["m"])
        return _month(year if month >= writing.starts else year + 1, month)
    return _part_of_year(year, writing.starts, groups.get("part"))


def _this_fiscal_year(_: Match, writing: Writing) -> Period:
    return _part_of_year(fiscal_year_of(writing.day, writing.starts), writing.starts, None)


def _coming_fiscal_part(match: Match, writing: Writing) -> Period:
    year = fiscal_year_of(writing.day, writing.starts)
    period = _part_of_year(year, writing.starts, match["part"])
    if period.last >= writing.day:
        return period
    return _part_of_year(year + 1, writing.starts, match["part"])


def _calendar_part(match: Match, writing: Writing) -> Period:
    groups = match.groupdict()
    part = groups.get("part") or f"{groups['unit'][0]}{int(_count(groups['ordinal']))}"
    if groups["y"]:
        return _part_of_year(_year(groups["y"]), 1, part)
    period = _part_of_year(writing.day.year, 1, part)
    return period if period.last >= writing.day else _part_of_year(writing.day.year + 1, 1, part)


def _edge_of_year(match: Match, writing: Writing) -> Period:
    start, length = _EDGES[match["edge"]]
    near = {"next": 1, "this": 0}
    year = writing.day.year + near[match["y"][:4]] if match["y"][:4] in near else int(match["y"])
    return months_from(year, start, length)


def _season(match: Match, writing: Writing) -> Period:
    groups = match.groupdict()
    month = _SEASONS[groups["season"]]
    if groups.get("y"):
        return months_from(_year(groups["y"]), month, 3)
    if groups.get("later"):
        return months_from(writing.day.year + _LATER[groups["later"]], month, 3)
    period = months_from(writing.day.year, month, 3)
    return period if period.last >= writing.day else months_from(writing.day.year + 1, month, 3)


def _new_year(_: Match, writing: Writing) -> Period:
    return months_from(writing.day.year + 1, 1)


def _near_year(match: Match, writing: Writing) -> Period:
    later = match.groupdict().get("later") or "this"
    return months_from(writing.day.year + _LATER[later], 1, 12)


def _near_quarter(match: Match, writing: Writing) -> Period:
    return quarter_of(writing.day, _LATER[match.groupdict().get("later") or "this"])


def _near_month(match: Match, writing: Writing) -> Period | None:
    later = _LATER[match.groupdict().get("later") or "this"]
    first = add_months(writing.day.replace(day=1), later)
    return _month(first.year, first.month, match.groupdict().get("third"))


def _near_week(match: Match, writing: Writing) -> Period:
    return week_of(writing.day, _LATER[match["later"]])


def _duration(match: Match, writing: Writing) -> Period:
    count = _count(match["count"])
    if match["low"] and not (match["within"] or match["at_most"]):
        count = (_count(match["low"]) + count) / 2
    if match["half"]:
        count += 0.5
    unit = next(u for u in ("m1", "m2", "y", "w", "d", "q") if match[u])
    return on(_after(writing.day, count, match[unit][0]))


def _half_a_year(_: Match, writing: Writing) -> Period:
    return on(add_months(writing.day, 6))


def _after(day: date, count: float, unit: str) -> date:
    if unit in _DAYS_PER:
        return day + timedelta(days=round(count * _DAYS_PER[unit]))
    months = count * _MONTHS_PER[unit]
    whole = int(months)
    # Half a month, from the middle of a range, is 15 days.
    return add_months(day, whole) + timedelta(days=round((months - whole) * 30))


def _bare_year(match: Match, _: Writing) -> Period:
    return months_from(_year(match["y"]), 1, 12)


_MONTH_NAMES = (
    r"january|jan|february|feb|april|apr|june|jun|july|jul|august|aug|september|sept|sep"
    r"|october|oct|november|nov|december|dec"
)
_CALENDAR_PART = (
    r"(?P<part>(?<![a-z])(?:q[1-4]|h[12]))(?!\d)[ ,/]*(?:of )?(?:'?(?P<y>20\d\d|(?<=')\d\d))?"
)
_NAMED_PART = (
    r"(?P<ordinal>first|second|third|fourth|last|1st|2nd|3rd|4th) (?P<unit>quarter|half)"
    r"(?: (?:of )?(?P<y>20\d\d))?"
)
# "may" and "march" are words too: a month only beside a preposition or a year.
_ENGLISH_MONTH = (
    rf"(?<![a-z])(?P<name>{_MONTH_NAMES}|(?<=by )(?:may|march)|(?<=in )(?:may|march)"
    r"|(?:may|march|mar)(?= ?,? ?20\d\d))(?![a-z])[., ']*(?P<y>20\d\d)?"
)
_DURATION = (
    r"(?P<at_most>(?:within|less than|under|up to) (?:the next )?)?"
    rf"(?:(?P<low>{_COUNT})[ヶかカヵケ箇年月週間日 ]{{0,3}}(?:months?)?(?:~|-|から| to | or ) ?)?"
    rf"(?P<count>{_COUNT})\+? ?-?{_UNIT}間?(?P<half>半)?(?P<within>以内|未満|まで)?(?!度)"
)

_DECLARED: tuple[tuple[str, Reader], ...] = (
    (r"(?P<y>20\d\d)[年/.\-] ?(?P<m>\d{1,2})[月/.\-] ?(?P<d>\d{1,2})(?!\d)", _full_date),
    (r"(?<!\d)(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>20\d\d)", _american_date),
    (rf"(?<!\d)(?P<y>20\d\d|\d\d)年度の?(?:{_PART}|(?P<m>\d{{1,2}})月)?", _fiscal_year),
    (rf"(?<![a-z])fy ?'?(?P<y>20\d\d|\d\d)(?: ?{_PART})?", _fiscal_year),
    (rf"{_PART},? ?(?:of )?fy ?'?(?P<y>20\d\d|\d\d)", _fiscal_year),
    (
        rf"(?P<y>20\d\d|(?<!\d)\d\d(?=年))[年/.\-] ?(?P<m>\d{{1,2}})(?!\d)月?{_THIRD}",
        _year_and_month,
    ),
    (r"(?:令和|(?<![a-z])r)(?P<era>\d{1,2}|元)[年.] ?(?P<m>\d{1,2})", _era_and_month),
    (r"(?<![\d/])(?P<m>\d{1,2})/(?P<y>20\d\d)", _year_and_month),
    (rf"{_NEAR}年の?(?P<m>\d{{1,2}})月{_THIRD}", _month_of_near_year),
    (r"(?P<y>20\d\d)年?の? ?(?P<part>q[1-4]|h[12]|前半|後半)", _calendar_part),
    (_CALENDAR_PART, _calendar_part),
    (_NAMED_PART, _calendar_part),
    (_ENGLISH_MONTH, _english_month),
    (r"(?P<y>20\d\d)年?の?(?P<season>[春夏秋冬])", _season),
    (r"(?P<season>spring|summer|autumn|fall|winter)(?: (?:of )?(?P<y>20\d\d))?", _season),
    (r"(?P<edge>early|mid|late|end of)[ -](?P<y>20\d\d|next year|this year)", _edge_of_year),
    (rf"{_NEAR}(?:期|年度)の?(?:{_PART}|(?P<m>\d{{1,2}})月)?", _near_fiscal_year),
    (r"(?P<later>this|current|next) (?:fiscal|financial|business) year", _near_fiscal_year),
    (r"(?P<later>this|current|next) fy", _near_fiscal_year),
    (rf"{_NEAR}の?四半期", _near_quarter),
    (r"(?P<later>this|current|next|coming) quarter", _near_quarter),
    (r"end of (?:the )?quarter|eoq", _near_quarter),
    (r"(?<!\d)(?P<part>上半期|下半期|上期|下期|第[1-4一二三四]四半期|[1-4]q)", _coming_fiscal_part),
    (r"年度(?:内|末|中)|期(?:内|末)", _this_fiscal_year),
    (r"年明け|年始|年初", _new_year),
    (r"(?P<later>再来|今|来)(?:年の?)?(?P<season>[春夏秋冬])", _season),
    (r"(?<!\d)年内|年末|年の?瀬", _near_year),
    (rf"{_NEAR}年(?!間|度)", _near_year),
    (r"(?P<later>this|current|next) (?:calendar )?year", _near_year),
    (r"end of (?:the )?year|eoy|year[ -]end", _near_year),
    (rf"{_NEAR}の?月{_THIRD}", _near_month),
    (r"(?P<later>this|current|next) month", _near_month),
    (r"end of (?:the )?month|eom(?![a-z])", _near_month),
    (r"(?P<later>再来|今|来|翌)週", _near_week),
    (r"(?P<later>this|current|next) week", _near_week),
    (r"(?<!\d)半年|half[ -](?:a )?year", _half_a_year),
    (_DURATION, _duration),
    (rf"(?<!\d)(?P<m>\d{{1,2}})月{_THIRD}", _coming_month),
    (r"(?<![a-z一-龠])(?P<season>[春夏秋冬])", _season),
    (r"(?<!\d)(?P<y>20\d\d)(?:年|(?!\d))", _bare_year),
)

PHRASES: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), read) for pattern, read in _DECLARED
)
