"""When a lead means to buy, from free text, relative to the day it was written.

Which day a text points to: a deadline ("by April", "今期中") is its last day; a period ("来期",
"2026年4月", "next quarter") its first, when the need begins, or its last once it has begun; a
duration ("3ヶ月以内", "半年後") its end, a range of them ("3-6 months") its middle. A text that
says it is not decided (未定, 検討中) states nothing, nor does one that is not recognised. What a
text denies ("not now", 今期は無理) is not read.
"""

import re
from dataclasses import dataclass
from datetime import date

from features.core.parsing.dates.period import Period
from features.core.parsing.dates.timing_phrases import PHRASES, Writing
from features.core.parsing.plain import plain, without_denied

LONGEST_TIMING = 200
"""Characters read; a time named later in a letter is not found."""

# Said of the time itself, these outweigh any date beside them.
_NO_PLAN = re.compile(
    r"予定(?:は|が)?(?:なし|無し|無い|ない|ありません)|導入しない(?!と)|見送|中止|(?:導入|購入|契約)済"
    r"|no plans?|not planning|not interested|already (?:purchased|bought|have)"
)
_NOW = re.compile(
    r"すぐ|至急|即時|即日|即決|早急|できるだけ早|なるべく早|直ちに|ただちに|可及的速やか"
    r"|asap|as soon as possible|immediate|urgent|right away|(?<![a-z])now(?![a-z])"
)
_SOON = re.compile(
    r"近々|近日|近いうち|早め|早い時期|数(?:ヶ月|か月|カ月|ヵ月|ケ月|週間)|(?<![a-z])soon|shortly"
    r"|few (?:weeks|months)|near future"
)
_DEADLINE_AFTER = re.compile(r"(?:の|頃|ごろ)?(?:以内|まで|中(?![旬頃期途])|内|末|いっぱい|前)")
_DEADLINE_BEFORE = re.compile(
    r"(?<![a-z])(?:by|within|before|until|till|than|end of)(?: the)?(?: end of)?(?: the)? $"
)
_DEADLINE_INSIDE = re.compile(r"[内末]$|^(?:end of|eo[ymq])|^年末")


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseTiming:
    """Whether a time was stated, and the day it points to where one can be told."""

    stated: bool
    expected_on: date | None = None


def read_purchase_timing(
    text: str | None, written_on: date, *, fiscal_year_starts: int = 4
) -> PurchaseTiming:
    """Purchase timing stated in a text.

    Parameters
    ----------
    text : str or None
        As typed, Japanese or English.
    written_on : date
        What "next quarter" and "3ヶ月以内" count from.
    fiscal_year_starts : int
        Month in which the fiscal years of the people writing start.

    Returns
    -------
    PurchaseTiming
        ``expected_on`` may lie before ``written_on`` where the text names a day of the past.

    Examples
    --------
    >>> read_purchase_timing("来期に導入予定", date(2026, 1, 15)).expected_on
    datetime.date(2026, 4, 1)
    >>> read_purchase_timing("検討中", date(2026, 1, 15)).stated
    False
    """
    if not text:
        return PurchaseTiming(stated=False)
    timing = plain(text[:LONGEST_TIMING])
    if _NO_PLAN.search(timing):
        return PurchaseTiming(stated=False)
    timing = without_denied(timing)
    writing = Writing(day=written_on, starts=fiscal_year_starts)
    for pattern, read in PHRASES:
        match = pattern.search(timing)
        period = read(match, writing) if match else None
        if match and period:
            day = _day_meant(period, written_on, is_deadline=_is_deadline(timing, match))
            return PurchaseTiming(stated=True, expected_on=day)
    if _NOW.search(timing):
        return PurchaseTiming(stated=True, expected_on=written_on)
    return PurchaseTiming(stated=bool(_SOON.search(timing)))


def _is_deadline(text: str, match: re.Match[str]) -> bool:
    return bool(
        _DEADLINE_INSIDE.search(match[0])
        or _DEADLINE_AFTER.match(text, match.end())
        or _DEADLINE_BEFORE.search(text, 0, match.start())
    )


def _day_meant(period: Period, written_on: date, *, is_deadline: bool) -> date:
    if is_deadline or period.first < written_on:
        return period.last
    return period.first
