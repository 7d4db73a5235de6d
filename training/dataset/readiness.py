"""Whether tables and definition fit each other, asked before anything is learned.

A definition outlives the exports it was written for. When a CRM renames its stages or behaviours
everything still runs, on columns that are all unknown; saying so first is cheaper than a puzzling
refusal by the gate.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.clock import UNDATED
from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.store.lead_tables import LeadTables
from features.timeline.time_index import END_OF_TIME
from training.dataset.outcomes import NEVER, first_reached
from training.dataset.selection_weights import FEWEST_DRAWN, HandOvers
from training.dataset.snapshot_grid import wanted_leads
from training.dataset.undated_outcomes import count_undated

MOST_MISSING = 0.5
"""Share of the definition's behaviours and attributes that may be wholly absent from the tables."""

FEWEST_NAMES = 4
"""A definition of fewer names may well find half of them missing."""

MOST_UNDATED = 0.01


def refuse_unready(tables: LeadTables, definition: LeadDefinition) -> None:
    """Refuse tables that this definition cannot be learned from, with all reasons at once.

    Raises
    ------
    Refusal
        If there are no leads, dates are missing, the outcome never comes, most of what the
        definition names is not in the tables, or randomised hand-overs are to be learned from and
        there are none.
    """
    refuse_no_leads(tables)
    reasons = [
        reason
        for reason in (
            _dates(tables, definition),
            _outcome(tables, definition),
            _names(tables, definition),
            _lots(tables, definition),
        )
        if reason is not None
    ]
    if reasons:
        raise Refusal("\n".join(reasons))


def refuse_no_leads(tables: LeadTables) -> None:
    """Refuse tables without any lead.

    Raises
    ------
    Refusal
        With what to do.
    """
    if not tables.lead.num_rows:
        msg = "learning needs leads; got none. Import some with `awase import`."
        raise Refusal(msg)


def _dates(tables: LeadTables, definition: LeadDefinition) -> str | None:
    if not definition.dated:
        return None
    if n_undated := count_undated(tables, definition):
        return _as_of_export(n_undated, definition)
    counts = {
        "leads": _undated(tables.lead, "created_at"),
        "outcomes": _undated(tables.outcome, "known_at"),
    }
    rows = {"leads": tables.lead.num_rows, "outcomes": tables.outcome.num_rows}
    lacking = [name for name, n in counts.items() if n > MOST_UNDATED * max(rows[name], 1)]
    if not lacking:
        return None
    found = " and ".join(f"{counts[name]} of {rows[name]} {name}" for name in lacking)
    return (
        f"a horizon of {definition.outcome.horizon_days} days needs the date of every lead and "
        f"outcome; got none for {found}. Map their dates, or set snapshots.at to undated and "
        "outcome.horizon_days to null."
    )


def _as_of_export(n_undated: int, definition: LeadDefinition) -> str | None:
    """Outcomes that only an export showed can be learned from at creation, and nowhere else."""
    if definition.snapshots.at == "creation":
        return None
    return (
        f"outcomes must have dates where leads are looked at {definition.snapshots.at}; got "
        f"{n_undated} of which only the day of the export is known. Set snapshots.at to creation, "
        "or map their dates."
    )


def refuse_reached_early(
    tables: LeadTables, history: History, *, moments: Moments, definition: LeadDefinition
) -> None:
    """Refuse outcomes that were mostly reached before the first snapshot of their leads.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Of the snapshot grid.
    definition : LeadDefinition

    Raises
    ------
    Refusal
        If more leads reached the stage before they are looked at than after, and the latter are
        fewer than the gate asks for.
    """
    early = count_reached_early(tables, history, moments=moments, definition=definition)
    if early.n_early > early.n_later and early.n_later < definition.gate.min_outcomes:
        raise Refusal(early.sentence)


@dataclass(frozen=True, kw_only=True)
class ReachedEarly:
    """Leads that reached the stage that counts before, and after, they are first looked at."""

    n_early: int
    n_later: int

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return (
            f"{self.n_early} outcomes lie at or before the moment leads are looked at, "
            f"{self.n_later} after it; what has come by then cannot be foretold. If their date is "
            "not that of the outcome, map `occurred_at: unknown` with observed_at; if it is, look "
            "at leads earlier (snapshots.at)."
        )


def count_reached_early(
    tables: LeadTables, history: History, *, moments: Moments, definition: LeadDefinition
) -> ReachedEarly:
    """Count leads by whether the outcome came before they are first looked at.

    Parameters
    ----------
    tables : LeadTables
    history : History
        Of the same tables.
    moments : Moments
        Of the definition's grid.
    definition : LeadDefinition
    """
    if not definition.dated:
        return ReachedEarly(n_early=0, n_later=0)
    reached = first_reached(tables, history, definition, data_cutoff=END_OF_TIME)
    first_look = np.full(history.n_leads, NEVER, dtype=np.int64)
    np.minimum.at(first_look, moments.lead, moments.as_of)
    counts = (reached != NEVER) & wanted_leads(history, definition)
    early = counts & (reached < first_look)
    return ReachedEarly(n_early=int(early.sum()), n_later=int((counts & ~early).sum()))


def _outcome(tables: LeadTables, definition: LeadDefinition) -> str | None:
    stage = definition.outcome.stage
    stages = Counter(tables.outcome.column("stage").to_pylist())
    n_leads = pc.count_distinct(
        tables.outcome.filter(pc.equal(tables.outcome.column("stage"), stage)).column("lead_id")
    ).as_py()
    if n_leads == 0:
        found = ", ".join(f"{n} {name}" for name, n in sorted(stages.items())) or "no outcomes"
        return (
            f"leads must reach the stage that counts ({stage}); got {found}. Import these "
            "outcomes, mend the mapping's stages, or choose another outcome.stage."
        )
    if n_leads == tables.lead.num_rows:
        return (
            f"some leads must not reach the stage that counts ({stage}); got all {n_leads}. "
            "Import the leads that did not as well."
        )
    return None


def _names(tables: LeadTables, definition: LeadDefinition) -> str | None:
    behaviours = [behaviour.name for behaviour in definition.lead_behaviours]
    attributes = [attribute.name for attribute in definition.feature_attributes]
    absent = _absent(tables.event, "behaviour", behaviours)
    absent += _absent(tables.fact, "attribute", attributes)
    n_names = len(behaviours) + len(attributes)
    if n_names < FEWEST_NAMES or len(absent) <= MOST_MISSING * n_names:
        return None
    return (
        f"the tables must hold most of what the definition names; got nothing of {len(absent)} of "
        f"{n_names} behaviours and attributes ({', '.join(absent[:3])}). The definition no longer "
        "fits these data: mend the mapping, or revise the definition."
    )


def _lots(tables: LeadTables, definition: LeadDefinition) -> str | None:
    if not definition.learning.weight_by_propensity:
        return None
    found = HandOvers.of(tables, tables.lead.column("lead_id").combine_chunks())
    n_by_chance = int(found.explored.sum())
    n_drawn = int((found.explored & found.drawn).sum())
    if n_drawn >= FEWEST_DRAWN:
        return None
    return (
        f"weighting by propensity needs {FEWEST_DRAWN} hand-overs by exploration that kept their "
        f"propensity; got {n_drawn}, of {n_by_chance} by exploration and {len(found.at)} in all. "
        "Set exploration.share and wait for outcomes, map the propensity, or set "
        "learning.weight_by_propensity to false."
    )


def _undated(table: pa.Table, column: str) -> int:
    return int(np.sum(table.column(column).to_numpy() == UNDATED))


def _absent(table: pa.Table, column: str, names: list[str]) -> list[str]:
    present = set(pc.unique(table.column(column)).to_pylist())
    return [name for name in names if name not in present]
