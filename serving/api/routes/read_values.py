"""Instants and numbers of requests, read by the very functions that read imported columns.

So a value is taken, or refused in the same words, whichever way it comes. What programs usually
send is recognised first; only the rest goes through a column of one value.
"""

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

import pyarrow as pa
from pydantic_core import PydanticCustomError

from features.core.clock import from_second
from features.importing.imported_file import MUST_BE_GIVEN
from features.importing.mapping.numbers import (
    LARGEST_NUMBER,
    MUST_BE_NUMBER,
    must_be_at_most,
    read_number_texts,
    refuse_too_large,
)
from features.importing.mapping.times import (
    FAULTS,
    FIRST_YEAR,
    LAST_YEAR,
    MUST_BE_TIME,
    read_instants,
)

_USUAL = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-][01][0-9]:[0-5][0-9])"
)


def read_instant(value: object) -> object:
    """An instant in UTC and whole seconds, from a text that carries its offset.

    Raises
    ------
    PydanticCustomError
        If an imported file could not hold it either: a number among them, which nothing tells
        from an id.
    """
    if value is None or isinstance(value, datetime):  # read already, as a part of a request
        return value
    if not isinstance(value, str):
        raise _must(MUST_BE_TIME)
    if _USUAL.fullmatch(value) and FIRST_YEAR < int(value[:4]) <= LAST_YEAR:
        try:
            return datetime.fromisoformat(value).astimezone(UTC).replace(microsecond=0)
        except ValueError:  # such as 30 February: refused below, in our words
            pass
    read = _read_text(unicodedata.normalize("NFKC", value).strip())
    if isinstance(read, str):
        raise _must(read)
    return read


def read_number(value: object, *, largest: int = LARGEST_NUMBER) -> object:
    """A number, from a number or a text that states one.

    Parameters
    ----------
    value : object
        As JSON holds it; ``true`` is no number.
    largest : int
        What is further from 0 is refused.

    Raises
    ------
    PydanticCustomError
        If it is none, or too large.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _must(MUST_BE_NUMBER)
    if not isinstance(value, str):
        if value != value:  # noqa: PLR0124 (NaN)
            raise _must(MUST_BE_NUMBER)
        if abs(value) > largest:
            raise _must(must_be_at_most(largest))
        return float(value)
    text = unicodedata.normalize("NFKC", value).strip()
    read = refuse_too_large(read_number_texts(pa.array([text or None], pa.string())), largest)
    for reason, bad in read.faults.items():
        if bad[0]:
            raise _must(reason)
    return None if read.text[0].as_py() is None else float(read.text[0].as_py())


@lru_cache(maxsize=4_096)
def _read_text(text: str) -> datetime | str:
    """An instant, or why it is none."""
    read = read_instants(pa.array([text or None], pa.string()), ("auto",), None)
    if read.blank[0]:
        return MUST_BE_GIVEN
    fault = int(read.fault[0])
    return FAULTS[fault - 1] if fault else from_second(int(read.start[0]))


def _must(reason: str) -> PydanticCustomError:
    return PydanticCustomError("value", "{reason}", {"reason": reason})
