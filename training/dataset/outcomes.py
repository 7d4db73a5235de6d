"""What became of each snapshot by the data cut-off: converted, not converted, or not yet known.

*Matured* means that the horizon and the delay with which outcomes are recorded lie before the
data cut-off. A snapshot that has not matured has no outcome even when it has already converted:
keeping the quick successes of young leads without their slow failures would overstate every rate.
Counting young leads as lost instead left predictions .2 to .35 log-odds too low. What they still
teach: :mod:`training.train.young_snapshots`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, UNDATED
from features.core.errors import DefinitionError
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from features.timeline.time_index import END_OF_TIME, probes
from training.dataset.undated_outcomes import count_undated, outcome_instants

LOST = "lost"

NEVER = END_OF_TIME
"""Later than any instant: the outcome has not been reached."""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """One entry per moment.

    Attributes
    ----------
    converted : ndarray of shape (n,)
        Whether the outcome came with ``as_of <= t < as_of + horizon``. Means nothing where not
        matured.
    matured : ndarray of shape (n,)
        False is unknown, never lost.
    weight : ndarray of shape (n,), optional
        Where only hand-overs are learned from: one over the propensity, 0 where nobody handed the
        lead over; see :mod:`training.dataset.selection_weights`.
    """

    converted: BoolArray
    matured: BoolArray
    weight: FloatArray | None = None

    @property
    def young(self) -> BoolArray:
        """What may still become known: not yet matured, and handed over where only that counts."""
        return ~self.matured if self.weight is None else ~self.matured & (self.weight > 0)

    def take(self, rows: BoolArray | IntArray) -> "Outcomes":
        """The outcomes of a mask or of positions."""
        return Outcomes(
            converted=self.converted[rows],
            matured=self.matured[rows],
            weight=None if self.weight is None else self.weight[rows],
        )


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """How long each moment could be followed, and when the outcome came; arrays of shape (n,).

    Attributes
    ----------
    followed : ndarray
        Seconds, at most the horizon; 0 where nothing can be said.
    came_after : ndarray
        Seconds from the moment to the outcome; ``NEVER`` where it has not come.
    horizon : int
        Seconds.
    """

    followed: IntArray
    came_after: IntArray
    horizon: int

    @property
    def converted(self) -> BoolArray:
        """Whether the outcome came while the moment was followed."""
        return self.came_after < self.followed

    @property
    def whole(self) -> BoolArray:
        """Whether the moment was followed to its horizon: it has matured."""
        return self.followed == self.horizon

    def take(self, rows: BoolArray | IntArray) -> "FollowUp":
        """The moments of a mask or of positions."""
        return FollowUp(
            followed=self.followed[rows], came_after=self.came_after[rows], horizon=self.horizon
        )


@dataclass(frozen=True, kw_only=True)
class OutcomesKnown:
    """What had become of every lead by a data cut-off, for any moments to be looked up in.

    Attributes
    ----------
    reached : ndarray
        Packed (lead, occurred_at) pairs of the stage that counts, ascending.
    decided : ndarray of shape (n_leads,), optional
        Leads that are won or lost, where only those count.
    undated : bool
        Whether some outcomes have no date in a data set that has dates.
    """

    definition: LeadDefinition
    data_cutoff: int
    reached: IntArray
    decided: BoolArray | None
    undated: bool = False

    @classmethod
    def of(
        cls,
        tables: LeadTables,
        history: History,
        *,
        definition: LeadDefinition,
        data_cutoff: int,
    ) -> "OutcomesKnown":
        """Read from the tables what was known of every lead at the data cut-off.

        Parameters
        ----------
        tables : LeadTables
        history : History
            Of the same tables.
        definition : LeadDefinition
        data_cutoff : int
            Seconds since 1970 UTC.
        """
        stage = definition.outcome.stage
        decided = None
        if definition.outcome.only_decided or _tells_lost(tables, definition):
            ends = owners(_instants(tables, history, definition, (stage, LOST), data_cutoff))
            decided = np.isin(np.arange(history.n_leads), ends)
        return cls(
            definition=definition,
            data_cutoff=data_cutoff,
            reached=_instants(tables, history, definition, (stage,), data_cutoff),
            decided=decided,
            undated=count_undated(tables, definition) > 0,
        )

    def at(self, moments: Moments) -> Outcomes:
        """Outcomes of moments.

        Where the data set has no dates an outcome counts whenever it exists, and everything has
        matured.
        """
        reached, definition = self.reached, self.definition
        matured = matured_by(moments, definition, self.data_cutoff)
        if self.decided is not None:
            matured &= self.decided[moments.lead]
        if not definition.dated:
            return Outcomes(converted=np.isin(moments.lead, owners(reached)), matured=matured)
        first_possible = np.searchsorted(reached, probes(moments.lead, moments.as_of))
        end = moments.as_of + _horizon(definition)
        too_late = np.searchsorted(reached, probes(moments.lead, end))
        had_come = self._had_come(moments, first_possible)
        return Outcomes(converted=too_late > first_possible, matured=matured & ~had_come)

    def follow(self, moments: Moments) -> FollowUp:
        """How long moments could be followed by the data cut-off, and what came meanwhile.

        Nothing is followed where an outcome is told only of leads that have ended: what has not
        come by then is not known to be still open. Nor where some outcomes have no date.
        """
        reached, horizon = self.reached, _horizon(self.definition)
        delay = self.definition.outcome.outcome_delay_days * DAY
        next_one = np.searchsorted(reached, probes(moments.lead, moments.as_of))
        followed = np.clip(self.data_cutoff - delay - moments.as_of, 0, horizon)
        followed[self._had_come(moments, next_one)] = 0
        if self.decided is not None or self.undated:
            followed[:] = 0
        came_after = np.full(len(moments), NEVER, dtype=np.int64)
        has_one = np.append(owners(reached), -1)[next_one] == moments.lead
        came_at = reached[next_one[has_one]] % END_OF_TIME
        came_after[has_one] = came_at - moments.as_of[has_one]
        return FollowUp(followed=followed, came_after=came_after, horizon=horizon)

    def _had_come(self, moments: Moments, next_one: IntArray) -> BoolArray:
        """Whether it had come before ``as_of``, though nobody had recorded it yet.

        That is neither success nor failure.
        """
        of_lead = np.searchsorted(self.reached, probes(moments.lead, np.zeros_like(moments.as_of)))
        return next_one > of_lead


def observe_outcomes(
    tables: LeadTables,
    history: History,
    moments: Moments,
    *,
    definition: LeadDefinition,
    data_cutoff: int,
) -> Outcomes:
    """Read outcomes of moments as far as they were known at the data cut-off.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Shape (n,); leads as positions in the history.
    definition : LeadDefinition
    data_cutoff : int
        Seconds since 1970 UTC.
    """
    known = OutcomesKnown.of(tables, history, definition=definition, data_cutoff=data_cutoff)
    return known.at(moments)


def matured_by(moments: Moments, definition: LeadDefinition, when: int) -> BoolArray:
    """Tell which moments had matured by an instant: horizon and delay lie before it.

    Parameters
    ----------
    moments : Moments
        Shape (n,).
    definition : LeadDefinition
    when : int
        Seconds since 1970 UTC.

    Returns
    -------
    ndarray of shape (n,)
        All True where nothing has a date.
    """
    if not definition.dated:
        return np.ones(len(moments), dtype=np.bool_)
    delay = definition.outcome.outcome_delay_days * DAY
    return moments.as_of + _horizon(definition) + delay <= when


def first_reached(
    tables: LeadTables, history: History, definition: LeadDefinition, *, data_cutoff: int
) -> IntArray:
    """Find when each lead first reached the stage that counts; ``NEVER`` where it has not.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    definition : LeadDefinition
    data_cutoff : int
        Seconds since 1970 UTC.

    Returns
    -------
    ndarray of shape (n_leads,)
    """
    reached = _instants(tables, history, definition, (definition.outcome.stage,), data_cutoff)
    first = np.full(history.n_leads, NEVER, dtype=np.int64)
    np.minimum.at(first, owners(reached), reached % END_OF_TIME)
    return first


def owners(packed: IntArray) -> IntArray:
    """The leads of packed (lead, second) pairs."""
    return packed // END_OF_TIME


def _horizon(definition: LeadDefinition) -> int:
    days = definition.outcome.horizon_days
    if days is None:
        msg = (
            "an outcome needs a horizon where the data set has dates; got none. "
            "Set outcome.horizon_days, or snapshots.at to undated."
        )
        raise DefinitionError(msg)
    return days * DAY


def _tells_lost(tables: LeadTables, definition: LeadDefinition) -> bool:
    """Whether a data set without dates says which leads were lost: the others are still open.

    Without a date nobody can tell that an open one has had its time, so it is unknown, not lost.
    """
    return not definition.dated and LOST in tables.outcome.column("stage").unique().to_pylist()


def _instants(
    tables: LeadTables,
    history: History,
    definition: LeadDefinition,
    stages: tuple[str, ...],
    data_cutoff: int,
) -> IntArray:
    """Sorted (lead, occurred_at) pairs, packed, of outcomes known at the data cut-off.

    Undated ones are known whenever: nothing tells by when they were, and without them every lead
    of the past would look lost.
    """
    outcome = tables.outcome
    lead = codes_of(outcome.column("lead_id").combine_chunks(), pa.array(history.lead_ids))
    stage = codes_of(outcome.column("stage").combine_chunks(), stages)
    occurred_at = outcome.column("occurred_at").to_numpy()
    known = outcome.column("known_at").to_numpy() <= data_cutoff
    counts = (lead != ABSENT) & (stage != ABSENT) & (known | (occurred_at == UNDATED))
    instants = outcome_instants(tables, history, definition=definition, lead=lead)
    return np.sort(probes(lead[counts], instants[counts]))
