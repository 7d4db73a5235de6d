"""What a lead's rows amount to, and how a row changes it; compiled, on numpy records.

Records, because handing a record over costs one pointer, in compiling as in running; a tuple of
thirty arrays costs thirty reference counts at every call.

numba's cache of a function only watches the file the function is in: after changing this file,
`rates`, `draws` or `codes`, touch `walk.py` and `futures.py`, or delete
training/company/__pycache__. The hazards' numbers come in as a record, so tuning them needs
neither.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from features.core.clock import DAY
from training.simulation.behaviour import codes as c
from training.simulation.behaviour import hazards as h
from training.simulation.records.titles import TITLES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
Record = Any  # np.void, whose fields a type checker cannot see

JST = 9 * 3600
"""Japan is 9 hours ahead of UTC and never changes its clocks."""
OPENS, CLOSES = 9 * 3600, 19 * 3600
HOURS = CLOSES - OPENS
RING = 128
"""Days of daily counts kept: a power of two above the longest window."""
NEVER_YET = -1
"""The day of what never happened."""

STATE = np.dtype(
    [
        ("ring", "u1", (c.N_BEHAVIOURS, RING)),  # events per day
        ("on_day", "u1", (RING,)),  # events of all behaviours
        ("count", "i8", (c.N_BEHAVIOURS, len(c.WINDOWS) + 1)),
        ("last_day", "i8", (c.N_BEHAVIOURS,)),
        ("known", "f8", (c.N_ATTRIBUTES,)),  # NaN while unknown
        ("known_day", "i8", (c.N_ATTRIBUTES,)),
        ("day", "i8"),  # local day the counts stand at
        ("created_day", "i8"),
        ("phase", "i8"),  # FREE, PENDING, IN_WORK or SENT_BACK
        ("phase_day", "i8"),
        ("cycle", "i8"),
        ("stage", "i8"),  # OPEN, IN_DEAL or CLOSED
        ("stage_day", "i8"),
        # What follows is working memory of the day, not history.
        ("term", "f8", (len(h.TERMS),)),
        ("rate", "f8", (c.N_ARRIVALS,)),  # per day
        ("qualification", "i8"),  # as the rulebook judged at the start of the day
        ("stream", "u8"),
        ("second", "i8"),  # the last one in which something happened
        ("n_rows", "i8"),  # rows written to the journal
    ],
    align=True,
)
"""One lead."""

ROW = np.dtype([("at", "i8"), ("kind", "i4"), ("code", "i4"), ("value", "f8")], align=True)
"""One row of the journal: something that happened, see codes."""

HAZARDS = np.dtype(
    [
        ("base", "f8", (len(h.ROWS),)),  # log rates and log-odds
        ("first", "i8", (len(h.ROWS) + 1,)),  # where a row's coefficients begin; zeros are left out
        ("term_of", "i8", (h.N_COEFFICIENTS,)),
        ("coefficient", "f8", (h.N_COEFFICIENTS,)),
        ("log1p", "f8", (256,)),  # log(1 + count) by count; higher counts are taken as the last
        ("handing_over", "f8", (3,)),  # rate per qualification
        ("points", "f8", (h.N_RULES + 2,)),  # of the rulebook; then what MQL and SQL ask
        ("channel_effect", "f8", (len(h.CHANNELS),)),
        ("industry_effect", "f8", (len(h.INDUSTRIES),)),
        ("department_effect", "f8", (len(h.DEPARTMENTS),)),
        ("forms", "f8", (c.N_BEHAVIOURS + 1, len(h.FORM_ATTRIBUTES))),
        # Shares of values, cumulated.
        ("first_touch", "f8", (len(h.CHANNELS), len(h.FIRST_TOUCHES))),
        ("titles", "f8", (2, len(TITLES))),
        ("industries", "f8", (len(h.INDUSTRIES),)),
        ("departments", "f8", (len(h.DEPARTMENTS),)),
        ("timings", "f8", (2, len(h.TIMING_MONTHS))),
        ("budgets", "f8", (3, len(h.BUDGETS))),
        ("title_is_senior", "f8", (len(TITLES),)),
        ("channel_is_senior", "i8", (len(h.CHANNELS),)),
        ("timing_months", "f8", (len(h.TIMING_MONTHS),)),
        ("budget_jpy", "f8", (len(h.BUDGETS),)),
        ("decides", "f8", (3,)),
        ("size_log_mean", "f8"),
        ("size_log_sd", "f8"),
        ("next_page", "f8"),
        ("restated", "f8"),
        ("reopens_after", "i8"),
        ("weekend", "f8"),
        ("explores", "f8"),  # probability per month
        ("drift_day", "i8"),
        ("drift_factor", "f8"),
        ("size_factor", "f8"),
    ],
    align=True,
)
"""The tables of `hazards` and the rulebook's points; filled by `tables`."""


@njit(cache=True)
def local_day(second: int) -> int:
    """Day in Japan, counted from 1970-01-01 there."""
    return (second + JST) // DAY


@njit(cache=True)
def reset(state: Record, created_at: int) -> None:
    """Make the state that of a lead created now, with nothing known."""
    state.ring[:] = 0
    state.on_day[:] = 0
    state.count[:] = 0
    state.last_day[:] = NEVER_YET
    state.known[:] = np.nan
    state.known_day[:] = NEVER_YET
    state.created_day = local_day(created_at)
    state.day = state.created_day
    state.phase = c.FREE
    state.phase_day = NEVER_YET
    state.cycle = 0
    state.stage = c.OPEN
    state.stage_day = NEVER_YET
    state.second = created_at


@njit(cache=True)
def advance(state: Record, day: int) -> None:
    """Move to the start of a day: counts then cover the 7, 30 and 90 whole days before it."""
    for entered in range(state.day + 1, day + 1):
        for window, days in enumerate(c.WINDOWS):
            left = (entered - days - 1) & (RING - 1)
            if state.on_day[left] > 0:
                for behaviour in range(c.N_BEHAVIOURS):
                    state.count[behaviour, window] -= state.ring[behaviour, left]
        today = entered & (RING - 1)
        if state.on_day[today] > 0:
            state.on_day[today] = 0
            state.ring[:, today] = 0
    state.day = day


@njit(cache=True)
def apply(state: Record, kind: int, code: int, value: float) -> None:
    """Let one row of today change the state."""
    day = state.day
    if kind == c.EVENT:
        state.ring[code, day & (RING - 1)] += 1
        state.on_day[day & (RING - 1)] += 1
        state.count[code] += 1
        state.last_day[code] = day
    elif kind == c.FACT:
        state.known[code] = value
        state.known_day[code] = day
    elif kind == c.HAND_OVER:
        state.cycle += 1
        state.phase = c.PENDING
        state.phase_day = day
    elif kind in (c.ACCEPTED, c.RETURNED):
        state.phase = c.IN_WORK if kind == c.ACCEPTED else c.SENT_BACK
        state.phase_day = day
    else:
        state.stage = c.IN_DEAL if kind == c.OPPORTUNITY_MADE else c.CLOSED
        state.stage_day = day


@njit(cache=True)
def put(state: Record, journal: Records, kind: int, code: int, value: float) -> None:
    """Write a row of this second, where the journal has room, and let it take effect."""
    if state.n_rows < len(journal):
        row = journal[state.n_rows]
        row.at = state.second
        row.kind = kind
        row.code = code
        row.value = value
    state.n_rows += 1
    apply(state, kind, code, value)
