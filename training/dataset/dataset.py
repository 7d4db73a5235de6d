"""Everything one retrain looks at: the tables as they were at the data cut-off, laid out in rows.

The store is read once, and nothing known only after the data cut-off comes along, so that the same
cut-off gives the same release whatever was imported since.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.core.arrays import BoolArray, IntArray
from features.core.clock import from_second
from features.core.errors import Refusal
from features.core.kept_results import content_key
from features.core.memory import give_back
from features.core.progress import Share, ignore_share
from features.data_clock import clock_of, outcomes_missing, settle_cutoff
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store import Store
from features.store import lead_tables as arrow
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from training.dataset.groups import account_groups
from training.dataset.outcomes import Outcomes, observe_outcomes
from training.dataset.readiness import refuse_no_leads, refuse_reached_early, refuse_unready
from training.dataset.row_counts import EventCounts, FactCounts, rows_digest
from training.dataset.selection_weights import count_handed_over, observe_handed_over
from training.dataset.snapshot_grid import grid_moments
from training.dataset.split import Split, Subset, split_later
from training.results.records import HandedOverCounts, RowCounts


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Tables and what follows from them without any learning.

    Attributes
    ----------
    tables : LeadTables
        Events without their ids, repeated texts as dictionaries; or neither events nor facts, where
        their index and their counts are enough.
    events : EventCounts
    facts : FactCounts
        Of events and facts, whether the tables still hold them or not.
    moments : Moments
        Every snapshot of the definition's grid up to the data cut-off.
    group : ndarray of shape (n_leads,)
        Account of each lead, or a code of its own.
    outcomes_stopped : str or None
        Since when outcomes are missing while everything else goes on, where nobody chose the data
        cut-off; None where they arrive.
    """

    tables: LeadTables
    definition: LeadDefinition
    data_cutoff: int
    seed: int
    history: History
    moments: Moments
    group: IntArray
    events: EventCounts
    facts: FactCounts
    outcomes_stopped: str | None = None

    @classmethod
    def of(
        cls, tables: LeadTables, definition: LeadDefinition, *, data_cutoff: int, seed: int = 0
    ) -> "Dataset":
        """Lay out tables that hold nothing known after the data cut-off.

        Parameters
        ----------
        tables : LeadTables
        definition : LeadDefinition
        data_cutoff : int
            Seconds since 1970 UTC.
        seed : int
            Of everything that is drawn from this dataset.
        """
        history = History.from_tables(tables, definition)
        return cls(
            tables=tables,
            definition=definition,
            data_cutoff=data_cutoff,
            seed=seed,
            history=history,
            moments=grid_moments(tables, history, definition, until=data_cutoff),
            group=account_groups(history, definition),
            events=EventCounts.of(tables.event, data_cutoff=data_cutoff),
            facts=FactCounts.of(tables.fact, tables.lead.column("lead_id")),
        )

    @cached_property
    def outcomes(self) -> Outcomes:
        """What had become of each moment by the data cut-off, as far as it may be learned from."""
        return observe_handed_over(
            self.tables,
            self.history,
            self.moments,
            definition=self.definition,
            data_cutoff=self.data_cutoff,
        )

    @cached_property
    def matured(self) -> Subset:
        """Everything the shipped fit may learn from."""
        return Subset.of(self.outcomes, np.flatnonzero(self.outcomes.matured))

    @cached_property
    def handed_over(self) -> HandedOverCounts | None:
        """What hand-overs there are to learn from; None where everything is learned from."""
        return count_handed_over(
            self.tables,
            self.history,
            self.moments,
            definition=self.definition,
            outcomes=self.outcomes,
        )

    @cached_property
    def split(self) -> Split:
        """What the tested fit learns from, and what it is tested on.

        Raises
        ------
        Refusal
            If nothing has matured in the test window, or before it.
        """
        return split_later(
            self.tables,
            self.history,
            self.moments,
            definition=self.definition,
            data_cutoff=self.data_cutoff,
            seed=self.seed,
        )

    @cached_property
    def content(self) -> str:
        """Digest of everything in it: whatever follows from the data set alone has this as key."""
        return content_key(
            self.events.digest,
            self.facts.digest,
            *(
                rows_digest(rows)
                for name, rows in vars(self.tables).items()
                if name not in _COUNTED
            ),
            self.definition.model_dump_json(),
            self.data_cutoff,
            self.seed,
        )

    @property
    def recorded_test(self) -> Subset:
        """The test's snapshots with outcomes as recorded, whoever was handed over.

        What policies are compared on: they are weighted by their own randomised hand-overs
        (:mod:`training.comparison.propensity_weighting`).
        """
        test = self.split.test
        if test.weight is None:
            return test
        recorded = observe_outcomes(
            self.tables,
            self.history,
            self.moments,
            definition=self.definition,
            data_cutoff=self.data_cutoff,
        )
        rows = np.flatnonzero(recorded.matured & (self.moments.as_of >= self.split.test_from))
        return Subset.of(recorded, rows)

    @property
    def n_converted_leads(self) -> int:
        """Leads whose outcome can be learned from."""
        return self.converted_leads(self.matured)

    def converted_leads(self, part: Subset) -> int:
        """Leads of a part that reached the outcome."""
        return len(np.unique(self.moments.lead[part.rows[part.converted]]))

    def count_rows(self, *, n_train: int, n_test: int, n_young: int = 0) -> RowCounts:
        """How many leads and snapshots went where.

        Parameters
        ----------
        n_train, n_test : int
        n_young : int
            Learned from by their chance to convert.
        """
        return RowCounts(
            n_leads=self.history.n_leads,
            n_events=self.events.n_events,
            n_facts=self.facts.n_facts,
            n_snapshots=len(self.moments),
            n_matured=len(self.matured),
            n_censored=int(self.outcomes.young.sum()),
            n_train=n_train,
            n_test=n_test,
            n_young=n_young,
        )

    def at(self, rows: IntArray | BoolArray) -> Moments:
        """The moments of ascending rows."""
        return Moments(lead=self.moments.lead[rows], as_of=self.moments.as_of[rows])

    def groups_at(self, rows: IntArray | BoolArray) -> IntArray:
        """The group of each row's lead."""
        return self.group[self.moments.lead[rows]]


_COUNTED = ("event", "fact")
"""Tables whose digest is taken when they are counted."""

READ, INDEXED = 0.45, 0.8
"""Shares of the time of loading that have gone by once the tables are read and indexed; measured on
600,000 events."""


def load_dataset(
    store: Store,
    definition: LeadDefinition,
    *,
    data_cutoff: int | None,
    seed: int,
    keep_rows: bool = True,
    told: Share = ignore_share,
) -> Dataset:
    """Read the tables as they were at the data cut-off, and lay out the snapshots.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    data_cutoff : int or None
        Seconds since 1970 UTC; that of the clock of the data unless given
        (:mod:`features.data_clock`).
    seed : int
        Of everything that is drawn from this dataset.
    keep_rows : bool
        Whether the tables of events and facts are held, most of what the tables take.
    told : callable
        Told what share of it is done.

    Raises
    ------
    Refusal
        If the definition does not fit the tables, or the data cut-off lies beyond them.
    """
    tables = store.read_narrow_tables()
    told(READ)
    refuse_no_leads(tables)
    until, stopped = known_until(store), None
    cutoff = settle_cutoff(tables, definition, asked=data_cutoff, known_until=until)
    if data_cutoff is None:
        clock = clock_of(tables, definition, known_until=until)
        stopped = outcomes_missing(clock, definition.zone, until=clock.reach)
    if definition.dated:
        tables = tables.known_before(cutoff)
    refuse_unready(tables, definition)
    events = EventCounts.of(tables.event, data_cutoff=cutoff)
    facts = FactCounts.of(tables.fact, tables.lead.column("lead_id"))
    history = History.from_tables(tables, definition)
    if not keep_rows:
        tables = replace(tables, event=arrow.EVENT.empty_table(), fact=arrow.FACT.empty_table())
    give_back()
    told(INDEXED)
    moments = grid_moments(tables, history, definition, until=cutoff)
    refuse_reached_early(tables, history, moments=moments, definition=definition)
    give_back()
    return Dataset(
        tables=tables,
        definition=definition,
        data_cutoff=cutoff,
        seed=seed,
        history=history,
        moments=moments,
        group=account_groups(history, definition),
        events=events,
        facts=facts,
        outcomes_stopped=stopped,
    )


def refuse_stopped_outcomes(dataset: Dataset) -> None:
    """Refuse to learn where outcomes stopped arriving and nobody said up to when they are complete.

    Raises
    ------
    Refusal
        With the data cut-off that would do.
    """
    if dataset.outcomes_stopped is not None:
        until = from_second(dataset.data_cutoff).astimezone(dataset.definition.zone)
        msg = (
            f"learning needs outcomes that go on arriving; got: {dataset.outcomes_stopped}. "
            "Import the missing ones, or learn from what is complete: "
            f"--data-cutoff {until:%Y-%m-%d}."
        )
        raise Refusal(msg)
