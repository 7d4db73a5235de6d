"""The clock of the data: up to which instant they are complete, and which rows lie beyond it.

Why not the newest row: one webinar booked for next month, or one year mistyped as 2062, would put
every open lead months ahead, where it has done nothing for long and its horizon has passed without
an outcome. So the clock is set by what cannot be booked ahead: the wall clock, the moment of the
newest import, and the pace at which rows and outcomes used to arrive. What lies beyond is kept as
future, named, and moves nothing.

Two instants follow from it. *Reach* is one second after the newest row that is not future: from
there leads are looked at unless told otherwise. The *data cut-off* is reach too, unless outcomes
have stopped arriving: a horizon that passed while nobody delivered outcomes says nothing of a lead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import SecondArray
from features.core.clock import DAY, from_second, to_second
from features.core.errors import LeadDataError, Refusal
from features.core.pace import FOREVER, ArrivalPace
from features.definition import LeadDefinition
from features.store import Store
from features.store.arrivals import known_until as last_known
from features.store.lead_tables import LeadTables

MOST_NAMED = 3
"""Leads of future rows that are named; the others are counted."""

_COUNTS_FROM = {
    "lead": ("created_at",),
    "fact": ("known_at",),
    "event": ("occurred_at", "known_at"),
    "outcome": ("occurred_at", "known_at"),
}
"""Columns of which the latest is when a row begins to count. Hand-overs do not: Awase makes them
itself, and looking must not move what is known."""


@dataclass(frozen=True, kw_only=True)
class FutureRows:
    """Rows of one table that lie beyond the data: how many, when, and of whom (a few named).

    Attributes
    ----------
    after : int
        Second of the newest row that is not future.
    """

    table: str
    rows: int
    after: int
    first_at: int
    last_at: int
    lead_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DataClock:
    """How far tables reach.

    Attributes
    ----------
    known_until : int
        The last second of which anything could be known: now, or the newest import.
    newest_at : int
        Second of the newest row that is not future.
    arrivals, outcomes : ArrivalPace or None
        Of all rows; of the stage that counts. None without any, or without dates.
    outcome_delay : int
        Seconds until an outcome is surely recorded.
    future : tuple of FutureRows
    """

    known_until: int
    newest_at: int
    arrivals: ArrivalPace | None
    outcomes: ArrivalPace | None
    outcome_delay: int
    future: tuple[FutureRows, ...]

    @property
    def reach(self) -> int:
        """From where leads are looked at: a second after the newest row that is not future."""
        return self.newest_at + 1

    @property
    def outcomes_until(self) -> int:
        """Up to which second the lack of outcomes is no sign that they stopped arriving."""
        pace = self.outcomes
        return FOREVER if pace is None else pace.newest_at + self.outcome_delay + pace.pause

    @property
    def outcomes_stopped(self) -> bool:
        """Whether everything else reaches further than outcomes can be trusted to."""
        return self.outcomes_until < self.reach

    @property
    def data_cutoff(self) -> int:
        """Second up to which the tables are complete, outcomes included."""
        return min(self.reach, self.outcomes_until)

    @property
    def latest_cutoff(self) -> int:
        """The latest second that may be given as data cut-off."""
        pace = self.arrivals
        rows_until = FOREVER if pace is None else pace.newest_at + pace.pause
        return min(self.known_until + 1, self.outcomes_until, rows_until)


def clock_of(tables: LeadTables, definition: LeadDefinition, *, known_until: int) -> DataClock:
    """How far tables reach.

    Parameters
    ----------
    tables : LeadTables
        Of which only keys and instants are read, and the stages of outcomes.
    definition : LeadDefinition
        Says which stage counts, and whether there are dates.
    known_until : int
        Second of which something could last be known, for instance now.

    Raises
    ------
    LeadDataError
        If there is no lead, or nothing that was known by then.
    """
    counts_from = {name: _counts_from(tables, name) for name in _COUNTS_FROM}
    everything = np.concatenate(list(counts_from.values()))
    if not tables.lead.num_rows:
        msg = "the tables must hold leads; got none. Import some with `awase import`."
        raise LeadDataError(msg)
    if not definition.dated:
        return DataClock(
            known_until=known_until,
            newest_at=int(everything.max()),
            arrivals=None,
            outcomes=None,
            outcome_delay=0,
            future=(),
        )
    is_known = everything <= known_until
    known = everything if is_known.all() else everything[is_known]
    if not len(known):
        msg = (
            f"the tables must hold rows known by {_minute(known_until, definition.zone)}; got "
            f"{len(everything)}, all later. Look at how the mapping reads dates, and at the clock "
            "of this machine."
        )
        raise LeadDataError(msg)
    arrivals = ArrivalPace.of(known)
    newest_at = int(known.max()) if arrivals is None else arrivals.newest_at
    return DataClock(
        known_until=known_until,
        newest_at=newest_at,
        arrivals=arrivals,
        outcomes=_pace_of_outcomes(tables, definition, until=newest_at),
        outcome_delay=definition.outcome.outcome_delay_days * DAY,
        future=tuple(_future(tables, counts_from, newest_at)),
    )


def read_future(store: Store, definition: LeadDefinition) -> tuple[FutureRows, ...]:
    """Rows of a store that lie beyond its data, by table; all of them if nothing was known by now.

    To be asked when something has just arrived: the present is then the newest arrival.
    """
    tables, now = store.read_instants(), to_second(datetime.now(UTC))
    counts_from = {name: _counts_from(tables, name) for name in _COUNTS_FROM}
    if not definition.dated or not tables.lead.num_rows:
        return ()
    if not any((second <= now).any() for second in counts_from.values()):
        return tuple(_future(tables, counts_from, now))
    return clock_of(tables, definition, known_until=now).future


def read_clock(store: Store, definition: LeadDefinition) -> DataClock:
    """How far the tables of a store reach by now.

    Raises
    ------
    LeadDataError
        As :func:`clock_of`.
    """
    return clock_of(store.read_instants(), definition, known_until=last_known(store))


def _pace_of_outcomes(
    tables: LeadTables, definition: LeadDefinition, *, until: int
) -> ArrivalPace | None:
    """The pace of the stage that counts, by when it happened or by when it was recorded.

    Whichever excuses the longer silence: some exports record every outcome on the day of the
    export, others record them weeks after they happened.
    """
    outcome = tables.outcome
    stage = pc.equal(outcome.column("stage"), definition.outcome.stage)
    recorded = _counts_from(tables, "outcome")
    counts = np.asarray(stage, dtype=np.bool_) & (recorded <= until)
    happened = outcome.column("occurred_at").to_numpy()
    paces = [ArrivalPace.of(instants[counts]) for instants in (recorded, happened)]
    return max(
        (pace for pace in paces if pace is not None),
        key=lambda pace: pace.newest_at + pace.pause,
        default=None,
    )


def settle_cutoff(
    tables: LeadTables, definition: LeadDefinition, *, asked: int | None, known_until: int
) -> int:
    """The data cut-off that a person asked for, or that of the data.

    Parameters
    ----------
    tables : LeadTables
        Whole, whatever is asked.
    definition : LeadDefinition
        Says which stage counts, and in which time zone days are told.
    asked : int or None
        Second; None leaves it to the clock of the data.
    known_until : int
        See :func:`clock_of`.

    Raises
    ------
    Refusal
        If it lies beyond the data.
    LeadDataError
        As :func:`clock_of`.
    """
    if not definition.dated:
        return (
            clock_of(tables, definition, known_until=known_until).reach if asked is None else asked
        )
    if asked is None:
        return clock_of(tables, definition, known_until=known_until).data_cutoff
    zone = definition.zone
    if asked > known_until + 1:
        msg = (
            "a data cut-off must not lie beyond the data; got "
            f"{_minute(asked, zone)}, where nothing can be known after "
            f"{_minute(known_until, zone)}: that is now, or the newest import. "
            "Import what is missing, or choose an earlier --data-cutoff."
        )
        raise Refusal(msg)
    clock = clock_of(tables, definition, known_until=asked - 1)
    if asked > clock.latest_cutoff:
        raise Refusal(_beyond(asked, clock, zone))
    return asked


def outcomes_missing(clock: DataClock, zone: ZoneInfo, *, until: int) -> str | None:
    """Since when outcomes are missing at an instant, in words; None where they are not.

    Parameters
    ----------
    clock : DataClock
        How far the tables reach.
    zone : ZoneInfo
        In which days are told.
    until : int
        Second.
    """
    pace = clock.outcomes
    if pace is None or until <= clock.outcomes_until:
        return None
    silent = until - clock.outcome_delay - pace.newest_at
    return (
        f"the newest outcome is of {_day(pace.newest_at, zone)}, and at their pace "
        f"{pace.expected(silent):,.0f} more would have come by {_day(until, zone)}"
    )


def _beyond(asked: int, clock: DataClock, zone: ZoneInfo) -> str:
    why = outcomes_missing(clock, zone, until=asked)
    if why is None:
        why = f"the newest row is of {_day(clock.newest_at, zone)}"
    return (
        f"a data cut-off must not lie beyond the data; got {_day(asked, zone)}, where {why}. "
        "Import what is missing, or choose a --data-cutoff of at most "
        f"{_day(clock.latest_cutoff, zone)}."
    )


def _counts_from(tables: LeadTables, name: str) -> SecondArray:
    """From which second each row counts; shape (n_rows,)."""
    table: pa.Table = getattr(tables, name)
    # By Arrow, chunk by chunk: as arrays of thirty million events the columns take 0.7 GB more.
    counts_from = pc.max_element_wise(*(table.column(column) for column in _COUNTS_FROM[name]))
    return np.asarray(counts_from.to_numpy(), dtype=np.int64)


def _future(
    tables: LeadTables, counts_from: dict[str, SecondArray], newest_at: int
) -> Iterator[FutureRows]:
    for name, second in counts_from.items():
        beyond = np.flatnonzero(second > newest_at)
        if len(beyond):
            leads = getattr(tables, name).column("lead_id").take(pa.array(beyond[:1_000]))
            yield FutureRows(
                table=name,
                rows=len(beyond),
                after=newest_at,
                first_at=int(second[beyond].min()),
                last_at=int(second[beyond].max()),
                lead_ids=tuple(pc.unique(leads).to_pylist()[:MOST_NAMED]),
            )


def _day(second: int, zone: ZoneInfo) -> str:
    return f"{_local(second, zone):%Y-%m-%d}"


def _minute(second: int, zone: ZoneInfo) -> str:
    return f"{_local(second, zone):%Y-%m-%d %H:%M}"


def _local(second: int, zone: ZoneInfo) -> datetime:
    return from_second(second).astimezone(zone)
