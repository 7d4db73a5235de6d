"""Probabilities of named leads by a fit that knew nothing of them, for comparing row by row.

The fit learns from the definition's snapshots of all *other* leads that had matured by the earliest
moment asked for, with outcomes as they were recorded by then; without dates, from all other leads.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import build_catalogue
from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.clock import DAY, from_second
from features.core.errors import LeadDataError, Refusal
from features.core.text import Text
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.snapshot_rows import SnapshotRows, read_in_blocks
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from training.dataset.groups import account_groups
from training.dataset.outcomes import Outcomes, OutcomesKnown, observe_outcomes
from training.dataset.readiness import refuse_unready
from training.dataset.snapshot_grid import UNDATED_AS_OF, grid_moments, known_end
from training.dataset.split import refuse_too_few_drawn, split_before
from training.dataset.undated_outcomes import creation_moment, undated_note
from training.learners.boosting.cross_fit import FEWEST_OF_EACH, Progress
from training.learners.boosting.ensemble import FEWEST_SNAPSHOTS
from training.metrics.sample_weights import as_effective
from training.model.fit import fit
from training.model.out_of_range import OutOfRange, find_out_of_range, ranges_seen
from training.model.trained import TrainingRows
from training.results.scored import ScoredSnapshots
from training.train.choose_hyperparameters import choose_hyperparameters
from training.train.young_snapshots import with_young_snapshots


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Named leads with their probability and outcome, in the order they were asked for.

    Attributes
    ----------
    lead_ids : tuple of str
    scored : ScoredSnapshots
        ``matured`` is False where the outcome is not known by the data cut-off.
    base_rate : float
        Share that converted in the training data.
    n_train : int
        Snapshots the fit learned from.
    trained_before : int
        Everything it learned from had matured by then; seconds since 1970 UTC.
    forecast : bool
        False where the data set has no dates.
    notes : tuple of Text
        What must be said of the outcomes, such as that they have no dates.
    out_of_range : tuple of OutOfRange
        Inputs that most test leads hold outside the range learned from.
    n_converted_leads : int
        Leads with an outcome that the fit learned from.
    """

    lead_ids: tuple[str, ...]
    scored: ScoredSnapshots
    base_rate: float
    n_train: int
    trained_before: int
    forecast: bool
    notes: tuple[Text, ...] = ()
    out_of_range: tuple[OutOfRange, ...] = ()
    n_converted_leads: int = 0

    def to_frame(self) -> pd.DataFrame:
        """lead_id, as_of, probability, outcome.

        The outcome is 1, 0, or missing while unknown or where the lead had ended before.
        """
        as_of = pd.to_datetime(pd.Series(self.scored.as_of), unit="s", utc=True)
        outcome = pd.Series(self.scored.converted.astype(np.int8), dtype="Int8")
        return pd.DataFrame(
            {
                "lead_id": self.lead_ids,
                "as_of": as_of if self.forecast else pd.Series(pd.NaT, index=as_of.index),
                "probability": self.scored.probability,
                "outcome": outcome.mask(~self.scored.matured),
            }
        )


def evaluate_leads(
    tables: LeadTables,
    definition: LeadDefinition,
    asked: pd.DataFrame,
    *,
    data_cutoff: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Score the leads of a table by a fit on others, and report what became of them.

    Parameters
    ----------
    tables : LeadTables
    definition : LeadDefinition
    asked : DataFrame
        ``lead_id`` and optionally ``as_of`` (instants with a time zone, or naive ones in the
        definition's); without it, or where it is missing, the creation snapshot, or the first
        age's.
    data_cutoff : int
        Seconds since 1970 UTC, up to which the tables are complete.
    seed : int
        Of the fit.
    progress : callable, optional
        Called with the share that is done after each booster.

    Raises
    ------
    LeadDataError
        If a lead is not in the tables, or ``lead_id`` is missing.
    Refusal
        If there is too little to learn from.
    """
    history, found = _apart(tables, definition, asked, data_cutoff=data_cutoff, seed=seed)
    try:
        fitted = fit(found.learned, progress)
    except Refusal as refused:
        learnable = _learnable(
            tables,
            history,
            found.asked.moments.lead.astype(np.int64),
            definition=definition,
            until=data_cutoff,
        )
        earliest = _Earliest(at=found.before, learned=found.learned, definition=definition)
        raise earliest.refusal(learnable) or refused from None
    moments, learned = found.asked.moments, found.learned.snapshot
    scored = ScoredSnapshots(
        probability=fitted.model.probability(found.asked.matrix),
        converted=found.outcomes.converted,
        matured=found.outcomes.matured,
        lead=moments.lead,
        group=found.group,
        as_of=moments.as_of,
    )
    note = undated_note(tables, definition)
    return Evaluation(
        lead_ids=tuple(asked["lead_id"].astype(str)),
        scored=scored.take(np.argsort(found.order)),
        base_rate=fitted.summary.base_rate,
        n_train=len(found.learned.converted),
        trained_before=found.before,
        forecast=definition.dated,
        notes=() if note is None else (note,),
        out_of_range=_out_of_range(found.asked, learned_from=learned),
        n_converted_leads=len(np.unique(learned.moments.lead[found.learned.converted])),
    )


@dataclass(frozen=True, kw_only=True)
class AskedLeads:
    """Named leads at their moments, and the rows of other leads that a fit may learn from.

    Attributes
    ----------
    learned : TrainingRows
        Of other leads, matured before the earliest moment asked for.
    asked : Snapshot
        One row per lead asked for, in order of lead and moment.
    outcomes : Outcomes
        Of the same rows; unknown where a lead had ended before its moment.
    group : ndarray of shape (n_asked,)
    order : ndarray of shape (n_asked,)
        Which line of the table each row is.
    before : int
        The earliest moment asked for; seconds since 1970 UTC.
    """

    learned: TrainingRows
    asked: Snapshot
    outcomes: Outcomes
    group: IntArray
    order: IntArray
    before: int


def set_apart(
    tables: LeadTables,
    definition: LeadDefinition,
    asked: pd.DataFrame,
    *,
    data_cutoff: int,
    seed: int = 0,
) -> AskedLeads:
    """Separate named leads from what may be learned of all others, for any model to be judged on.

    Errors are those of :func:`evaluate_leads`.

    Parameters
    ----------
    tables : LeadTables
    definition : LeadDefinition
    asked : DataFrame
        As :func:`evaluate_leads` takes it.
    data_cutoff : int
        Seconds since 1970 UTC, up to which the tables are complete.
    seed : int
        Of the folds and boosters that the recipe names.
    """
    return _apart(tables, definition, asked, data_cutoff=data_cutoff, seed=seed)[1]


def _apart(
    tables: LeadTables,
    definition: LeadDefinition,
    asked: pd.DataFrame,
    *,
    data_cutoff: int,
    seed: int,
) -> tuple[History, AskedLeads]:
    refuse_unready(tables, definition)
    history = History.from_tables(tables, definition)
    lead, as_of = _asked_moments(asked, history, definition)
    order = np.lexsort((as_of, lead))
    moments = Moments(lead=lead[order].astype(np.int32), as_of=as_of[order])
    before = int(as_of.min())
    grid = grid_moments(tables, history, definition, until=before)
    others = grid.take(~np.isin(grid.lead, lead))
    train = split_before(tables, history, others, definition=definition, when=before)
    catalogue = build_catalogue(definition, fit_levels(history, definition, before))
    groups = account_groups(history, definition)
    outcomes = observe_outcomes(
        tables, history, moments, definition=definition, data_cutoff=data_cutoff
    )
    if definition.dated:
        # Nobody asks about a lead that is known to have ended, and none like it is learned from.
        was_open = known_end(tables, history, definition)[moments.lead] >= moments.as_of
        outcomes = replace(outcomes, matured=outcomes.matured & was_open)
    refuse_too_few_drawn(train)
    learned = Moments(lead=others.lead[train.rows], as_of=others.as_of[train.rows])
    recipe = choose_hyperparameters(
        catalogue,
        definition,
        n_snapshots=train.n_worth,
        n_converted_leads=len(np.unique(learned.lead[train.converted])),
        seed=seed,
    )
    matured = TrainingRows(
        snapshot=read_in_blocks(history, catalogue, learned),
        converted=train.converted,
        group=groups[learned.lead],
        recipe=recipe,
        weight=None if train.weight is None else as_effective(train.weight),
    )
    known = OutcomesKnown.of(tables, history, definition=definition, data_cutoff=before)
    return history, AskedLeads(
        learned=with_young_snapshots(
            matured, known, history=history, moments=others, matured=train.rows, group=groups
        ),
        asked=take_snapshot(history, catalogue, moments),
        outcomes=outcomes,
        group=groups[moments.lead],
        order=order,
        before=before,
    )


def _out_of_range(asked_about: Snapshot, *, learned_from: SnapshotRows) -> tuple[OutOfRange, ...]:
    """Inputs of the test leads beyond those learned from.

    How long ago something was depends on the moment asked for, not on the data.
    """
    timed = {feature.name for feature in asked_about.catalogue if feature.unit == "days"}
    found = find_out_of_range(asked_about, ranges_seen(learned_from))
    return tuple(out for out in found if out.column not in timed)


@dataclass(frozen=True, kw_only=True)
class _Learnable:
    """Snapshots of other leads by the data cut-off: when each had matured, and what became of it.

    Arrays of shape (n,), seconds and whether the lead converted.
    """

    matured_at: SecondArray
    converted: BoolArray

    def enough_from(self) -> int | None:
        """From which second there was enough to learn from; None if not even by the cut-off."""
        reached = [
            (self.matured_at, FEWEST_SNAPSHOTS),
            (self.matured_at[self.converted], FEWEST_OF_EACH),
            (self.matured_at[~self.converted], FEWEST_OF_EACH),
        ]
        if any(len(at) < needed for at, needed in reached):
            return None
        return max(int(np.sort(at)[needed - 1]) for at, needed in reached)


def _learnable(
    tables: LeadTables,
    history: History,
    test_leads: IntArray,
    *,
    definition: LeadDefinition,
    until: int,
) -> _Learnable:
    grid = grid_moments(tables, history, definition, until=until)
    others = grid.take(~np.isin(grid.lead, test_leads))
    known = split_before(tables, history, others, definition=definition, when=until)
    outcome = definition.outcome
    settles = ((outcome.horizon_days or 0) + outcome.outcome_delay_days) * DAY
    return _Learnable(matured_at=others.as_of[known.rows] + settles, converted=known.converted)


@dataclass(frozen=True, kw_only=True)
class _Earliest:
    """The earliest test moment: everything is learned from what had matured before it."""

    at: int
    learned: TrainingRows
    definition: LeadDefinition

    def refusal(self, learnable: _Learnable) -> Refusal | None:
        """What to say where one early test lead left nothing to learn from; None elsewhere.

        Parameters
        ----------
        learnable : _Learnable
            What there is by the data cut-off.
        """
        enough_from = learnable.enough_from()
        if not self.definition.dated or enough_from is None or enough_from < self.at:
            return None
        first, later = (
            f"{from_second(second).astimezone(self.definition.zone):%Y-%m-%d}"
            for second in (self.at, enough_from + DAY)
        )
        converted = self.learned.converted
        msg = (
            f"learning needs {FEWEST_SNAPSHOTS} snapshots that had matured before the earliest "
            f"test moment, at least {FEWEST_OF_EACH} that converted and {FEWEST_OF_EACH} that did "
            f"not; got {len(converted)}, of which {int(converted.sum())} converted, "
            f"before {first}, where there are {len(learnable.converted)} by the data cut-off. "
            f"Leave out test leads from before {later}, or give them a later as_of."
        )
        return Refusal(msg)


def _asked_moments(
    asked: pd.DataFrame, history: History, definition: LeadDefinition
) -> tuple[IntArray, SecondArray]:
    if "lead_id" not in asked.columns or not len(asked):
        msg = (
            "the table of test leads must have a column lead_id and at least one row; got "
            f"{len(asked)} rows of {', '.join(map(str, asked.columns)) or 'no columns'}. "
            "Add them."
        )
        raise LeadDataError(msg)
    ids = asked["lead_id"].astype(str)
    lead = codes_of(pa.array(ids, type=pa.string()), pa.array(history.lead_ids))
    unknown = ids[lead == ABSENT].tolist()
    if unknown:
        msg = (
            f"every test lead must have been imported; got {len(unknown)} of {len(ids)} that were "
            f"not ({', '.join(unknown[:3])}). Import them first."
        )
        raise LeadDataError(msg)
    if not definition.dated:
        return lead.astype(np.int64), np.full(len(lead), UNDATED_AS_OF, dtype=np.int64)
    first = creation_moment(history, definition)
    if history.looks is not None and definition.snapshots.at == "age":
        first = history.looks[:, 0]
    as_of = first[lead]
    if "as_of" in asked.columns:
        given = _seconds(asked["as_of"], definition)
        as_of = np.where(given < 0, as_of, given)
    return lead.astype(np.int64), as_of


def _seconds(instants: pd.Series, definition: LeadDefinition) -> SecondArray:
    """Whole seconds since 1970 UTC; -1 where missing."""
    try:
        parsed = pd.to_datetime(instants, format="ISO8601")
    except (ValueError, TypeError) as fault:
        msg = (
            f"as_of must be an ISO 8601 instant on every row; got a fault: {fault}. Mend the file."
        )
        raise LeadDataError(msg) from fault
    if parsed.dt.tz is None:
        parsed = parsed.dt.tz_localize(definition.zone, nonexistent="shift_forward", ambiguous=True)
    utc = parsed.dt.tz_convert("UTC")
    seconds = pd.DatetimeIndex(utc).as_unit("s").asi8
    return np.where(utc.isna(), -1, seconds)
