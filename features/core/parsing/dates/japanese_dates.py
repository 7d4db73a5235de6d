"""Dates and times as Japanese systems write them, as years first, hours to 24."""

import re

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988, "S": 1925}
"""The year before the first of each era."""

_WEEKDAY = re.compile(r"\s*(?:\([月火水木金土日](?:曜日?)?\)|[月火水木金土日]曜日?)")
_ERA = re.compile(rf"^({'|'.join(_ERAS)})\s*(元|\d{{1,2}})\s*(?=[年./-])", re.IGNORECASE)
_HALF = re.compile(r"(午前|午後)\s*(\d{1,2})(?=[:時])")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?)?$")
_TOKYO = re.compile(r"\s*(?:JST|日本時間)$")


def years_first(text: str) -> str:
    """The same date with its year first and its hours to 24; other text as it is.

    Parameters
    ----------
    text : str
        In plain (not full-width) digits.

    Examples
    --------
    >>> years_first("令和8年4月1日(水) 午後3:15")
    '2026年4月1日 15:15'
    >>> years_first("20260401")
    '2026-04-01'
    """
    text = _WEEKDAY.sub("", text)
    text = _ERA.sub(lambda found: _year(found[1], found[2]), text)
    text = _HALF.sub(_hour, text)
    text = _COMPACT.sub(_spread, text)
    return _TOKYO.sub("+09:00", text)


def _year(era: str, year: str) -> str:
    return str(_ERAS[era.upper()] + (1 if year == "元" else int(year)))


def _hour(found: re.Match[str]) -> str:
    hour = int(found[2])
    if hour > 12:
        return found[0]  # 午後15時 says two things: left as it is, to be rejected
    return str(hour % 12 + (12 if found[1] == "午後" else 0))


def _spread(found: re.Match[str]) -> str:
    day = "-".join(found.group(1, 2, 3))
    clock = [part for part in found.group(4, 5, 6) if part]
    return f"{day} {':'.join(clock)}" if clock else day
