"""What is learned from and what is tested on: always later in time, purged of one horizon.

To judge a month as it would have been judged, the tested fit learns only from what had matured by
the start of the test window, from outcomes as they were recorded by then. A lead that is open at
that start may be on both sides, at different moments: leaving it out of training would leave out
just the leads that had not converted yet, and leaving it out of the test would test on new leads
only. Within the training rows, folds keep accounts and leads whole.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, UNDATED, month_starts
from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from training.dataset.groups import account_groups
from training.dataset.outcomes import Outcomes
from training.dataset.selection_weights import FEWEST_DRAWN, observe_handed_over
from training.metrics.sample_weights import effective_rows

FEWEST_DAYS = 14
"""Matured days from which a month counts as one that a release is tested on."""


@dataclass(frozen=True, kw_only=True)
class Subset:
    """Rows of the moments, ascending, and whether each converted.

    Attributes
    ----------
    weight : ndarray of shape (n,), optional
        One over the propensity, where only hand-overs are learned from.
    """

    rows: IntArray
    converted: BoolArray
    weight: FloatArray | None = None

    @classmethod
    def of(cls, outcomes: Outcomes, rows: IntArray) -> "Subset":
        """Some rows with what became of them."""
        some = outcomes.take(rows)
        return cls(rows=rows, converted=some.converted, weight=some.weight)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_worth(self) -> int:
        """How many unweighted snapshots would say as much."""
        return len(self) if self.weight is None else round(effective_rows(self.weight))


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows to learn from and later rows to test on.

    Attributes
    ----------
    train, test : Subset
    test_from : int
        Seconds since 1970 UTC. Outcomes of ``train`` are those known by then. Where the data set
        has no dates, ``UNDATED``.
    forecast : bool
        False where the data set has no dates: then the test says how well leads are told apart,
        not how well the future is foretold, and every report must say so.
    """

    train: Subset
    test: Subset
    test_from: int
    forecast: bool


def split_later(
    tables: LeadTables,
    history: History,
    moments: Moments,
    *,
    definition: LeadDefinition,
    data_cutoff: int,
    seed: int = 0,
) -> Split:
    """Split off the definition's test: the last months, or a share where there are no dates.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Of the snapshot grid.
    definition : LeadDefinition
    data_cutoff : int
        Seconds since 1970 UTC.
    seed : int
        Of the draw where there are no dates.

    Raises
    ------
    Refusal
        If nothing has matured in the test window, or before it.
    """
    outcomes = observe_handed_over(
        tables, history, moments, definition=definition, data_cutoff=data_cutoff
    )
    if not definition.dated:
        return _split_undated(history, moments, outcomes, definition=definition, seed=seed)
    if not outcomes.matured.any():
        msg = (
            f"a test needs snapshots whose horizon of {definition.outcome.horizon_days} days has "
            f"passed by the data cut-off; got none of {len(moments)}. "
            "Wait, choose a later data cut-off, or a shorter horizon."
        )
        raise Refusal(msg)
    test_from = start_of_test(moments.as_of[outcomes.matured], definition)
    is_test = outcomes.matured & (moments.as_of >= test_from)
    test = np.flatnonzero(is_test)
    before = split_before(tables, history, moments, definition=definition, when=test_from)
    if not len(before):
        msg = (
            "learning needs snapshots that had matured before the test window; got none of "
            f"{len(moments)}. Test on fewer months, shorten the horizon, or import older leads."
        )
        raise Refusal(msg)
    return Split(
        train=before,
        test=Subset.of(outcomes, test),
        test_from=test_from,
        forecast=True,
    )


def split_before(
    tables: LeadTables,
    history: History,
    moments: Moments,
    *,
    definition: LeadDefinition,
    when: int,
) -> Subset:
    """Give what could be learned from at an instant: all matured, with outcomes known then.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Of the snapshot grid.
    definition : LeadDefinition
    when : int
        Seconds since 1970 UTC.
    """
    known = observe_handed_over(tables, history, moments, definition=definition, data_cutoff=when)
    return Subset.of(known, np.flatnonzero(known.matured))


def refuse_too_few_drawn(part: Subset) -> None:
    """Refuse hand-overs that are to stand for all leads where next to none was drawn.

    Raises
    ------
    Refusal
        If fewer than ``FEWEST_DRAWN`` were.
    """
    if part.weight is None:
        return
    n_drawn = int((part.weight > 1).sum())
    if n_drawn < FEWEST_DRAWN:
        msg = (
            f"weighting by propensity needs {FEWEST_DRAWN} matured hand-overs by exploration to "
            f"learn from; got {n_drawn} of {len(part)} hand-overs. Wait until more have matured, "
            "raise exploration.share, or set learning.weight_by_propensity to false."
        )
        raise Refusal(msg)


def start_of_test(matured_as_of: IntArray, definition: LeadDefinition) -> int:
    """Start of the last so many months that have matured snapshots.

    A month of which fewer than ``FEWEST_DAYS`` have matured is tested along and counts for none: on
    its own it would be a test of a few leads, and their number would be told as that of a month.

    Parameters
    ----------
    matured_as_of : ndarray of shape (n,)
        Seconds of matured snapshots, at least one.
    definition : LeadDefinition
    """
    last = int(matured_as_of.max())
    first = int(matured_as_of.min())
    # A snapshot at the very start of a month is the end of the last day before it.
    starts = month_starts(min(first, last - 1) - 1, last - 1, definition.zone)
    months = definition.test.months
    if len(starts) > months and last - int(starts[-1]) < FEWEST_DAYS * DAY:
        starts = starts[:-1]
    return int(starts[-months]) if len(starts) >= months else first


def _split_undated(
    history: History,
    moments: Moments,
    outcomes: Outcomes,
    *,
    definition: LeadDefinition,
    seed: int,
) -> Split:
    usable = np.flatnonzero(outcomes.matured)
    arrival = history.arrival[moments.lead[usable]]
    if definition.test.order == "arrival" and not np.isnan(arrival).any():
        order = np.argsort(arrival, kind="stable")
    else:
        # By account, so that none stands on both sides.
        group = account_groups(history, definition)[moments.lead[usable]]
        _, position = np.unique(group, return_inverse=True)
        drawn = np.random.default_rng(seed).permutation(int(position.max(initial=-1)) + 1)
        order = np.argsort(drawn[position], kind="stable")
    n_test = round(len(usable) * definition.test.share)
    train, test = usable[np.sort(order[: len(order) - n_test])], usable[np.sort(order[-n_test:])]
    return Split(
        train=Subset.of(outcomes, train),
        test=Subset.of(outcomes, test),
        test_from=UNDATED,
        forecast=False,
    )
