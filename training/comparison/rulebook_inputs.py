"""What there is for a rulebook to ask about, and which phase each lead was in."""

import numpy as np
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.phases import ENTRY_POINTS, phase_of
from features.history import History
from features.timeline.codes import ABSENT, codes_of, column_codes
from training.comparison.replay import ReplayCohort
from training.dataset.dataset import Dataset
from training.dataset.segments import Segment

IDENTIFIER = "identifier"
"""Kind of attributes that name something and say nothing about a lead."""

PHASE = "phase"
NO_PHASE = "-"


def behaviours_that_occur(history: History, definition: LeadDefinition) -> tuple[Text, ...]:
    """Labels of the behaviours of leads that any lead showed."""
    timeline = history.timeline
    return tuple(
        behaviour.label
        for behaviour in definition.lead_behaviours
        if timeline.index.size(timeline.group(behaviour.name))
    )


def attributes_with_values(history: History, definition: LeadDefinition) -> tuple[Text, ...]:
    """Labels of the attributes of which anything is known, those that only name left out."""
    facts = history.facts
    return tuple(
        attribute.label
        for attribute in definition.attributes
        if attribute.kind != IDENTIFIER
        and (facts.codes[facts.group(attribute.name)] != ABSENT).any()
    )


def phases_of(dataset: Dataset, cohort: ReplayCohort) -> Segment | None:
    """The phase of each lead of a cohort as the period began; None where none is declared."""
    rows = cohort.first_rows
    return phases_at(dataset, cohort.lead[rows], cohort.as_of[rows])


def phases_at(dataset: Dataset, lead: IntArray, as_of: IntArray) -> Segment | None:
    """Look up the phase of leads at moments; None where no phase is declared or nothing has a date.

    Parameters
    ----------
    dataset : Dataset
    lead : ndarray of shape (n,)
        Positions in the history.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC.
    """
    definition = dataset.definition
    if not definition.phases or not definition.dated:
        return None
    reached = np.zeros(len(lead), dtype=np.int64)
    for point, happened in _happened(dataset).items():
        came = happened[lead] < as_of
        reached[came] = np.maximum(reached[came], ENTRY_POINTS.index(point))
    phases = {place: phase_of(definition, point) for place, point in enumerate(ENTRY_POINTS)}
    names = np.array([phase.name if phase else NO_PHASE for phase in phases.values()])
    return Segment(
        attribute=PHASE,
        value=names[reached],
        label=Text(ja="フェーズ", en="Phase"),
        value_labels={phase.name: phase.label for phase in phases.values() if phase is not None},
    )


def _happened(dataset: Dataset) -> dict[str, IntArray]:
    """When each lead first got to every entry point, shape (n_leads,)."""
    hand_over, outcome = dataset.tables.hand_over, dataset.tables.outcome
    qualified = codes_of(hand_over.column("qualification").combine_chunks(), ("MQL", "SQL"))
    stage = codes_of(outcome.column("stage").combine_chunks(), ("accepted", "opportunity"))
    handed, came = (hand_over, "handed_over_at"), (outcome, "known_at")
    return {
        "MQL": _first(dataset, *handed, qualified != ABSENT),
        "SQL": _first(dataset, *handed, qualified == 1),
        "accepted": _first(dataset, *came, stage == 0),
        "opportunity": _first(dataset, *came, stage == 1),
    }


def _first(dataset: Dataset, table: pa.Table, column: str, rows: BoolArray) -> IntArray:
    lead = column_codes(table.column("lead_id"), pa.array(dataset.history.lead_ids))
    counts = rows & (lead != ABSENT)
    first = np.full(dataset.history.n_leads, np.iinfo(np.int64).max)
    np.minimum.at(first, lead[counts], table.column(column).to_numpy()[counts])
    return first
