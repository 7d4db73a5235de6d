"""The day on which a file says what stands: given in the mapping, or held by the file's name."""

import calendar
import re
import unicodedata
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from features.core.clock import UNDATED, ends_of_days
from features.core.errors import LeadDataError
from features.importing.mapping.mapping import FileEntry, Mapping
from features.importing.mapping.times import name_pattern

_EPOCH = date(1970, 1, 1)


def read_observation(file: str, entry: FileEntry, *, mapping: Mapping, zone: ZoneInfo) -> int:
    """The last second of the day on which a file was exported; ``UNDATED`` where none is asked for.

    Parameters
    ----------
    file : str
        Name of the file.
    entry : FileEntry
    mapping : Mapping
    zone : ZoneInfo
        Of the lead definition, for a mapping that names none.

    Raises
    ------
    LeadDataError
        If the name of the file holds no such day.
    """
    observed = entry.observed_at
    if observed is None:
        return UNDATED
    day = observed.day or _day_in(file, str(observed.in_name))
    name = entry.time_zone or mapping.time_zone
    ends = ends_of_days(np.array([(day - _EPOCH).days]), ZoneInfo(name) if name else zone)
    return int(ends[0]) - 1


def _day_in(file: str, form: str) -> date:
    plain = unicodedata.normalize("NFKC", file)
    for found in re.finditer(name_pattern(form), plain):
        parts = found.groupdict()
        year, month = int(parts["year"]), int(parts["month"])
        if not 1 <= month <= 12:
            continue
        days = calendar.monthrange(year, month)[1]
        day = int(parts.get("day") or days)
        if 1 <= day <= days:
            return date(year, month, day)
    msg = (
        f"the name of a file must hold the day of its export, written as {form}; got {file}. "
        "Rename it, or give the day itself as observed_at."
    )
    raise LeadDataError(msg)
