"""Rows of the event, outcome and hand-over tables from the cells of one file."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.clock import UNDATED
from features.definition.behaviours import LARGEST_AMOUNT
from features.importing.imported_file import Batch, ImportedFile
from features.importing.mapping.column_types import MappedWord, TimeColumn, When
from features.importing.mapping.fact_values import MUST_BE_YES_OR_NO
from features.importing.mapping.mapped_columns import (
    WordColumn,
    choose,
    read_booleans,
    read_numbers,
)
from features.importing.mapping.mapping import EventColumns, HandOverColumns
from features.importing.mapping.mapping import OutcomeColumns as Outcome
from features.importing.mapping.mapping_columns import rows_are_events
from features.importing.mapping.numbers import LARGEST_NUMBER
from features.store.schema import columns as known_words

UNKNOWN_BEHAVIOUR = "must be listed in the mapping or be a behaviour of the lead definition"
CYCLE_UNKNOWN = -1
"""Cycle of a hand-over that is yet to be counted."""

_SAID = ("reason", "comment", "easy_to_act_on", "by", "value")
"""Columns of the outcome table that the mapping names by the same keys."""


def extract_events(imported_file: ImportedFile) -> None:
    """Add what leads and sales did."""
    behaviours: dict[str, str] = {
        item.name: item.actor for item in imported_file.definition.behaviours
    }
    for event in imported_file.entry.events:
        happened = _read_happening(
            imported_file,
            event.behaviour,
            tuple(behaviours),
            when=event.when,
            at=event.occurred_at,
            known_at=event.known_at,
            blank_is_unknown=rows_are_events(imported_file.entry),
        )
        amount = _numbers(imported_file, event.amount, happened, largest=LARGEST_AMOUNT)
        _add(
            imported_file,
            "event",
            happened,
            {
                "event_id": _event_ids(imported_file, event, happened),
                "lead_id": imported_file.lead_ids(happened.rows),
                "behaviour": happened.words,
                "occurred_at": pa.array(happened.occurred_at),
                "known_at": pa.array(happened.known_at),
                "actor": _actors(imported_file, event, happened, behaviours),
                "amount": amount,
            },
            blamed=event.event_id[-1] if event.event_id else happened.column,
            headers={"amount": event.amount},
        )


def extract_outcomes(imported_file: ImportedFile) -> None:
    """Add what became of leads."""
    for outcome in imported_file.entry.outcomes:
        time = outcome.occurred_at
        happened = _read_happening(
            imported_file,
            outcome.stage,
            known_words.STAGES,
            when=outcome.when,
            at=None if time is None else time.time,
            known_at=outcome.known_at,
        )
        undated = time is not None and time.rule is not None
        if undated:
            happened = _observed(imported_file, happened)
        _add(
            imported_file,
            "outcome",
            happened,
            {
                "lead_id": imported_file.lead_ids(happened.rows),
                "stage": happened.words,
                "occurred_at": pa.array(happened.occurred_at),
                "known_at": pa.array(happened.known_at),
                "reason": _texts(imported_file, outcome.reason, happened),
                "comment": _texts(imported_file, outcome.comment, happened),
                "easy_to_act_on": _booleans(imported_file, outcome, happened),
                "by": _texts(imported_file, outcome.by, happened),
                "value": _numbers(imported_file, outcome.value, happened),
            },
            blamed=(outcome.stage.column or happened.column) if undated else happened.column,
            headers={name: getattr(outcome, name) for name in _SAID},
            undated=undated,
            deals=_deals(imported_file, outcome),
            stages=outcome.stages,
        )


def _deals(imported_file: ImportedFile, outcome: Outcome) -> pa.Array | None:
    if outcome.deal is None:
        return None
    keys = imported_file.cells.keys(outcome.deal)
    imported_file.reject_faults(imported_file.wanted, outcome.deal, keys.faults)
    return keys.text


def _observed(imported_file: ImportedFile, happened: "_Happening") -> "_Happening":
    """What stands on the day of the export: since when is unknown, known by the end of that day."""
    seen = np.full(len(happened.rows), imported_file.observed_at)
    return replace(happened, latest=seen, known_at=seen)


def extract_hand_overs(imported_file: ImportedFile) -> None:
    """Add when leads were passed to sales."""
    for hand_over in imported_file.entry.hand_overs:
        happened = _read_happening(
            imported_file,
            hand_over.qualification,
            known_words.QUALIFICATIONS,
            when=hand_over.when,
            at=hand_over.handed_over_at,
            known_at=None,
        )
        by = choose(
            imported_file.cells, hand_over.by, known_words.HANDED_OVER_BY, blank_is_unknown=True
        )
        _reject_words(imported_file, hand_over.by, by, happened.says, known_words.HANDED_OVER_BY)
        _add(
            imported_file,
            "hand_over",
            happened,
            {
                "lead_id": imported_file.lead_ids(happened.rows),
                "cycle": _cycles(imported_file, hand_over, happened),
                "handed_over_at": pa.array(happened.occurred_at),
                "qualification": happened.words,
                "by": by.words.take(happened.at).fill_null(""),
                "propensity": _numbers(imported_file, hand_over.propensity, happened),
                "definition_version": _texts(imported_file, hand_over.definition_version, happened),
                "release_id": _texts(imported_file, hand_over.release_id, happened),
            },
            blamed=happened.column,
        )


@dataclass(frozen=True, kw_only=True)
class _Happening:
    """Rows of the sheet at which something happened, what and when."""

    says: BoolArray
    rows: IntArray
    words: pa.Array
    occurred_at: SecondArray
    latest: SecondArray
    known_at: SecondArray
    column: str

    @property
    def at(self) -> pa.Array:
        return pa.array(self.rows)


def _read_happening(
    imported_file: ImportedFile,
    choice: MappedWord,
    allowed: tuple[str, ...],
    *,
    when: tuple[When, ...],
    at: TimeColumn | None,
    known_at: TimeColumn | None,
    blank_is_unknown: bool = False,
) -> _Happening:
    chosen = choose(imported_file.cells, choice, allowed, blank_is_unknown=blank_is_unknown)
    wanted = imported_file.wanted & imported_file.cells.rows_of(when)
    _reject_words(imported_file, choice, chosen, wanted, allowed)
    says = wanted & (np.asarray(chosen.words.is_valid()) | chosen.unknown)
    start = latest = known = np.full(imported_file.sheet.n_rows, UNDATED)
    if at is not None:
        if choice.constant is not None:
            # A column of dates beside a lead: blank means that it did not happen.
            says &= np.asarray(imported_file.cells.text(at.column).is_valid())
        instants = imported_file.read_times(at, says, required=True)
        start, latest, known = instants.start, instants.known_by, instants.known_by
    if known_at is not None:
        later = imported_file.read_times(known_at, says, required=False)
        known = np.where(later.blank, known, later.known_by)
    rows = np.flatnonzero(says)
    return _Happening(
        says=says,
        rows=rows,
        words=chosen.words.take(pa.array(rows)).fill_null(""),
        occurred_at=start[rows],
        latest=latest[rows],
        known_at=known[rows],
        column=at.column if at is not None else imported_file.entry.lead_id,
    )


def _add(
    imported_file: ImportedFile,
    table: str,
    happened: _Happening,
    columns: dict[str, pa.Array],
    *,
    blamed: str,
    headers: dict[str, str | None] | None = None,
    undated: bool = False,
    deals: pa.Array | None = None,
    stages: tuple[str, ...] = (),
) -> None:
    imported_file.batches.append(
        Batch(
            table=table,
            rows=pa.table(columns),
            origin=happened.rows,
            column=blamed,
            latest=happened.latest,
            headers={name: column for name, column in (headers or {}).items() if column},
            undated=undated,
            deals=deals,
            stages=stages,
        )
    )


def _reject_words(
    imported_file: ImportedFile,
    choice: MappedWord,
    chosen: WordColumn,
    rows: BoolArray,
    allowed: tuple[str, ...],
) -> None:
    if choice.column is None:
        return
    # Behaviours may be many; stages and the like are few enough to name.
    few = len(allowed) <= len(known_words.STAGES)
    reason = f"must be listed in the mapping or be {', '.join(allowed)}"
    imported_file.reject_rows(
        rows & chosen.unknown, choice.column, reason if few else UNKNOWN_BEHAVIOUR
    )


def _event_ids(imported_file: ImportedFile, event: EventColumns, happened: _Happening) -> pa.Array:
    if event.event_id is None:
        return _counted_ids(imported_file.lead_ids(happened.rows), happened)
    parts = [imported_file.cells.text(column) for column in event.event_id]
    for column, values in zip(event.event_id, parts, strict=True):
        blank = ~np.asarray(values.is_valid())
        imported_file.reject_rows(happened.says & blank, column, "must not be blank")
    taken = [values.take(happened.at).fill_null("") for values in parts]
    return taken[0] if len(taken) == 1 else pc.binary_join_element_wise(*taken, "/")


def _counted_ids(lead_ids: pa.Array, happened: _Happening) -> pa.Array:
    """Identities from what is known: the same file gives the same ones again."""
    alike = pd.DataFrame(
        {
            "lead": _codes(lead_ids),
            "behaviour": _codes(happened.words),
            "second": happened.occurred_at,
        }
    )
    counter = alike.groupby(["lead", "behaviour", "second"], sort=False).cumcount()
    seconds = pa.array(happened.occurred_at).cast(pa.string())
    counted = pa.array(counter.to_numpy()).cast(pa.string())
    return pc.binary_join_element_wise(
        lead_ids.fill_null(""), happened.words, seconds, counted, "/"
    )


def _codes(values: pa.Array) -> IntArray:
    indices: IntArray = np.asarray(values.dictionary_encode().indices.fill_null(-1))
    return indices


def _actors(
    imported_file: ImportedFile,
    event: EventColumns,
    happened: _Happening,
    behaviours: dict[str, str],
) -> pa.Array:
    at = pc.index_in(happened.words, pa.array(list(behaviours), pa.string()))
    usual = pa.array(list(behaviours.values()), pa.string()).take(at).fill_null("lead")
    if event.actor is None:
        return usual
    chosen = choose(imported_file.cells, event.actor, known_words.ACTORS)
    _reject_words(imported_file, event.actor, chosen, happened.says, known_words.ACTORS)
    return pc.coalesce(chosen.words.take(happened.at), usual)


def _cycles(
    imported_file: ImportedFile, hand_over: HandOverColumns, happened: _Happening
) -> pa.Array:
    if hand_over.cycle is None:
        return pa.array(np.full(len(happened.rows), CYCLE_UNKNOWN, dtype=np.int32))
    read = read_numbers(imported_file.cells, hand_over.cycle)
    values = np.asarray(read.numbers.fill_null(0.0))
    wrong = read.bad | (values < 1) | (values != np.floor(values)) | (values > 1e6)
    imported_file.reject_rows(
        happened.says & wrong, hand_over.cycle, "must be a number counted from 1"
    )
    return pa.array(np.where(wrong, 1, values)[happened.rows].astype(np.int32))


def _numbers(
    imported_file: ImportedFile,
    column: str | None,
    happened: _Happening,
    *,
    largest: int = LARGEST_NUMBER,
) -> pa.Array:
    read = read_numbers(imported_file.cells, column, largest=largest)
    imported_file.reject_faults(happened.says, column, read.faults)
    return read.numbers.take(happened.at)


def _booleans(imported_file: ImportedFile, outcome: Outcome, happened: _Happening) -> pa.Array:
    column = outcome.easy_to_act_on
    if column is None:
        return pa.nulls(len(happened.rows), pa.bool_())
    meant, bad = read_booleans(imported_file.cells.plain(column))
    imported_file.reject_rows(happened.says & bad, column, MUST_BE_YES_OR_NO)
    return meant.take(happened.at)


def _texts(imported_file: ImportedFile, column: str | None, happened: _Happening) -> pa.Array:
    if column is None:
        return pa.nulls(len(happened.rows), pa.string())
    return imported_file.cells.text(column).take(happened.at)
