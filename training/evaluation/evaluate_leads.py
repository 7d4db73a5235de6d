"""Probabilities of named leads by a fit that knew nothing of them, for comparing row by row.

The fit learns from the definition's snapshots of all *other* leads that had matured by the earliest
moment asked for, with outcomes as they were recorded by then; without dates, from all other leads.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import build_catalogue
from features.core.arrays import IntArray, SecondArray
from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, codes_of
from training.dataset.groups import account_groups
from training.dataset.outcomes import observe_outcomes
from training.dataset.readiness import refuse_unready
from training.dataset.snapshot_grid import UNDATED_AS_OF, creation_moment, grid_moments
from training.dataset.split import refuse_too_few_drawn, split_before
from training.learners.boosting.cross_fit import Progress
from training.metrics.sample_weights import as_effective
from training.model.fit import fit
from training.results.scored import ScoredSnapshots
from training.train.choose_hyperparameters import choose_hyperparameters


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
    """

    lead_ids: tuple[str, ...]
    scored: ScoredSnapshots
    base_rate: float
    n_train: int
    trained_before: int
    forecast: bool

    def to_frame(self) -> pd.DataFrame:
        """lead_id, as_of, probability, outcome; outcome is 1, 0, or missing while unknown."""
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
    """Judge the leads of a table by a fit on others, and say what became of them.

    Parameters
    ----------
    asked : DataFrame
        ``lead_id`` and optionally ``as_of`` (instants with a time zone, or naive ones in the
        definition's); without it, or where it is missing, the creation snapshot.
    data_cutoff : int
        Instant up to which the tables are complete.

    Raises
    ------
    LeadDataError
        If a lead is not in the tables, or ``lead_id`` is missing.
    Refusal
        If there is too little to learn from.
    """
    refuse_unready(tables, definition)
    history = History.from_tables(tables, definition)
    lead, as_of = _asked_moments(asked, history, definition)
    order = np.lexsort((as_of, lead))
    moments = Moments(lead=lead[order].astype(np.int32), as_of=as_of[order])
    before = int(as_of.min())
    grid = grid_moments(tables, history, definition, until=before)
    others = grid.take(~np.isin(grid.lead, lead))
    train = split_before(tables, history, others, definition=definition, when=before)
    levels = fit_levels(history, definition, before)
    catalogue = build_catalogue(definition, levels)
    groups = account_groups(history, definition)
    refuse_too_few_drawn(train)
    learned = Moments(lead=others.lead[train.rows], as_of=others.as_of[train.rows])
    fitted = fit(
        take_snapshot(history, catalogue, learned),
        train.converted,
        groups[learned.lead],
        recipe=choose_hyperparameters(
            catalogue,
            definition,
            n_snapshots=train.n_worth,
            n_converted_leads=len(np.unique(learned.lead[train.converted])),
            seed=seed,
        ),
        weight=None if train.weight is None else as_effective(train.weight),
        progress=progress,
    )
    outcomes = observe_outcomes(
        tables, history, moments, definition=definition, data_cutoff=data_cutoff
    )
    scored = ScoredSnapshots(
        probability=fitted.probability(take_snapshot(history, catalogue, moments).matrix),
        converted=outcomes.converted,
        matured=outcomes.matured,
        lead=moments.lead,
        group=groups[moments.lead],
        as_of=moments.as_of,
    )
    back = np.argsort(order)
    return Evaluation(
        lead_ids=tuple(asked["lead_id"].astype(str)),
        scored=scored.take(back),
        base_rate=fitted.base_rate,
        n_train=len(train),
        trained_before=before,
        forecast=definition.dated,
    )


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
    as_of = creation_moment(history, definition)[lead]
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
