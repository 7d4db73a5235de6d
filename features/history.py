"""Everything known about a set of leads, ready to be looked back at from any instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, SecondArray
from features.core.clock import DAY, ends_of_days, local_days
from features.core.errors import LeadDataError
from features.definition.lead_definition import LeadDefinition
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.accounts import Accounts
from features.timeline.event_keys import Piece
from features.timeline.facts import FactIndex
from features.timeline.time_index import END_OF_TIME
from features.timeline.timeline import Timeline


class Elsewhere(Protocol):
    """Other machines that hold the tables of a history and look back from there.

    Worth the way from ``fewest_moments`` on.
    """

    @property
    def fewest_moments(self) -> int:
        """How many moments at least."""

    def matrix(
        self, history: "History", catalogue: dict[str, Any], moments: Moments
    ) -> npt.NDArray[np.float64]:
        """Compute every feature of a catalogue at every moment.

        Parameters
        ----------
        history : History
            Of the tables that lie there.
        catalogue : dict
            From :meth:`features.catalogue.Catalogue.to_dict`.
        moments : Moments
            Leads as positions in the history.

        Returns
        -------
        ndarray of shape (n_moments, n_features)
        """


@dataclass(frozen=True, kw_only=True)
class History:
    """The leads of some tables with their timeline and facts; one lead or a million.

    Attributes
    ----------
    lead_ids : ndarray of shape (n_leads,)
        Ascending texts; a lead's code everywhere else is its position here.
    created_at : ndarray of shape (n_leads,)
        Seconds since 1970 UTC.
    day_only : ndarray of shape (n_leads,)
        Whether only the day of creation is known.
    arrival : ndarray of shape (n_leads,)
        Order of arrival in a data set without dates; NaN elsewhere.
    accounts : Accounts or None
        Where the definition asks for features of accounts.
    elsewhere : Elsewhere or None
        Where snapshots are taken, if not here.
    looks : ndarray of shape (n_leads, n_looks), optional
        The seconds from which each lead is looked at, ascending, whenever it is asked about; only
        where the definition looks at set moments: the creation, ages, or an event. ``END_OF_TIME``
        before that event.
    looks_at_event : bool
        Whether that is an event, before which there is nothing to judge.
    computed : set of str
        Features that were computed at some moments: timeline and facts remember what they need of
        all leads.
    """

    lead_ids: npt.NDArray[np.object_]
    created_at: SecondArray
    day_only: npt.NDArray[np.bool_]
    arrival: npt.NDArray[np.float64]
    timeline: Timeline
    facts: FactIndex
    accounts: Accounts | None
    elsewhere: Elsewhere | None = None
    looks: SecondArray | None = None
    looks_at_event: bool = False
    computed: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def from_tables(
        cls,
        tables: LeadTables,
        definition: LeadDefinition,
        *,
        events: Sequence[Piece] | None = None,
    ) -> "History":
        """Index lead tables by what the definition names.

        Parameters
        ----------
        tables : LeadTables
        definition : LeadDefinition
            Behaviours and attributes it does not name are left out.
        events : sequence of Piece, optional
            The events, where they are too many to hold; those of ``tables`` unless given.

        Raises
        ------
        LeadDataError
            If a lead occurs twice in the lead table.
        """
        lead = tables.lead.combine_chunks()
        if lead.num_rows > 1:
            lead = lead.sort_by("lead_id")
        ids = _single_chunk(lead.column("lead_id").cast(pa.string()))
        _check_unique(ids)
        pieces = [lambda: tables.event] if events is None else events
        timeline = Timeline.from_events(pieces, ids, definition)
        facts = FactIndex.from_table(tables.fact, ids, definition)
        created_at, day_only = (lead.column(name).to_numpy() for name in ("created_at", "day_only"))
        return cls(
            lead_ids=ids.to_numpy(zero_copy_only=False),
            created_at=created_at,
            day_only=day_only,
            arrival=lead.column("arrival").cast(pa.float64()).to_numpy(),
            timeline=timeline,
            facts=facts,
            accounts=Accounts.from_tables(
                tables, definition, lead_ids=ids, facts=facts, timeline=timeline
            ),
            looks_at_event=definition.snapshots.at == "event",
            looks=_looks(created_at, day_only, timeline, definition),
        )

    def looked_from(self, moments: Moments) -> Moments:
        """From where leads asked about at some moments are looked at: as those learned from were.

        A lead that is looked at once is judged a year later as it was then, since nothing was
        learned of what came after; one that is looked at at ages, as it was at the last of them.
        """
        if self.looks is None:
            return moments
        return Moments(
            lead=moments.lead, as_of=latest_look(self.looks[moments.lead], moments.as_of)
        )

    def begun(self, as_of: int) -> BoolArray:
        """Which leads there are to look at before a second: created, and with the event if any."""
        begun: BoolArray = self.created_at < as_of
        if self.looks_at_event and self.looks is not None:
            begun &= self.looks[:, 0] <= as_of
        return begun

    @property
    def n_leads(self) -> int:
        """How many leads there are."""
        return len(self.lead_ids)


def creation_look(
    created_at: SecondArray, day_only: npt.NDArray[np.bool_], definition: LeadDefinition
) -> SecondArray:
    """When leads are first looked at: a second after creation, or the end of a day only known.

    Parameters
    ----------
    created_at : ndarray of shape (n_leads,)
        Seconds since 1970 UTC.
    day_only : ndarray of shape (n_leads,)
        Whether only the day is known.
    definition : LeadDefinition
        Whose time zone days end in.
    """
    end_of_day = ends_of_days(local_days(created_at, definition.zone), definition.zone)
    return np.where(day_only, end_of_day, created_at + 1)


def event_look(timeline: Timeline, created_at: SecondArray, behaviour: str) -> SecondArray:
    """A second after each lead's first event of a behaviour; ``END_OF_TIME`` where there is none.

    Parameters
    ----------
    timeline : Timeline
    created_at : ndarray of shape (n_leads,)
        Seconds since 1970 UTC; nobody is looked at before.
    behaviour : str
    """
    group = timeline.group(behaviour)
    starts = timeline.index.starts(group)
    lead = np.flatnonzero(np.diff(starts) > 0)
    look = np.full(len(created_at), END_OF_TIME, dtype=np.int64)
    look[lead] = np.maximum(timeline.index.second(group)[starts[lead]], created_at[lead]) + 1
    return look


def looks_by_age(
    created_at: SecondArray, day_only: npt.NDArray[np.bool_], definition: LeadDefinition
) -> SecondArray | None:
    """When leads are looked at by their age alone; None where the definition looks otherwise.

    Parameters
    ----------
    created_at : ndarray of shape (n_leads,)
        Seconds since 1970 UTC.
    day_only : ndarray of shape (n_leads,)
        Whether only the day is known.
    definition : LeadDefinition

    Returns
    -------
    ndarray of shape (n_leads, n_ages) or None
        Seconds since 1970 UTC, ascending.
    """
    snapshots = definition.snapshots
    if snapshots.at not in ("creation", "age"):
        return None
    days = np.array(snapshots.days or (0,), dtype=np.int64)
    return creation_look(created_at, day_only, definition)[:, None] + days * DAY


def latest_look(looks: SecondArray, as_of: SecondArray) -> SecondArray:
    """The last look that each moment has reached, or the moment itself before the first.

    Parameters
    ----------
    looks : ndarray of shape (n, n_looks)
        Ascending seconds since 1970 UTC.
    as_of : ndarray of shape (n,)
    """
    reached = looks <= as_of[:, None]
    latest = np.where(reached, looks, 0).max(axis=1)
    return np.where(reached[:, 0], latest, as_of)


def _looks(
    created_at: SecondArray,
    day_only: npt.NDArray[np.bool_],
    timeline: Timeline,
    definition: LeadDefinition,
) -> SecondArray | None:
    """The seconds from which leads are looked at; None where they are looked at ever again."""
    if definition.snapshots.at == "event":
        behaviour = str(definition.snapshots.behaviour)
        return event_look(timeline, created_at, behaviour)[:, None]
    return looks_by_age(created_at, day_only, definition)


def _single_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _check_unique(ids: pa.Array) -> None:
    if len(ids) < 2:
        return
    twice = ids[1:].filter(pc.equal(ids[1:], ids[:-1])).unique()
    if len(twice):
        first = ", ".join(twice[:3].to_pylist())
        msg = f"a lead must occur once; got {len(twice)} repeated ({first}). Keep one row of each."
        raise LeadDataError(msg)
