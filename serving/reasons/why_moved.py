"""Why a lead's points moved between two decisions, split without a remainder.

The split goes from the first decision to the second in a fixed order, changing one thing at a time:
time passing, new information, new behaviour, new model, new calibration. Each part is the
difference of two totals, so the parts add up to the whole whatever the model does; a different
order would share interactions out differently, which is why the order never changes.

Records that were imported late but dated back change what the first decision *would* have seen.
Where the row that was decided on is at hand, that difference is told apart as a correction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import FloatArray
from features.core.text import Text
from features.feature import Axis
from features.history import History
from features.lookback.lead_rows import LeadRows
from features.moments import Moments
from features.snapshot import take_lead_snapshot, take_snapshot
from features.store.lead_tables import LeadTables
from serving.reasons.explainer import Explained, Explainer
from serving.reasons.phrases import fixed as words
from serving.reasons.points import in_points


class Cause(StrEnum):
    """What changes between two decisions, in the order in which a move is split."""

    CORRECTION = "correction"
    TIME = "time"
    INFORMATION = "information"
    BEHAVIOUR = "behaviour"
    MODEL = "model"
    CALIBRATION = "calibration"


LABELS = {
    Cause.CORRECTION: words.CORRECTED_RECORDS,
    Cause.TIME: words.TIME_PASSING,
    Cause.INFORMATION: words.NEW_INFORMATION,
    Cause.BEHAVIOUR: words.NEW_BEHAVIOUR,
    Cause.MODEL: words.NEW_MODEL,
    Cause.CALIBRATION: words.NEW_CALIBRATION,
}


SMALLEST_MOVE = 0.05
"""Points below which a move is written as none."""


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """One of the two decisions: when it looked, what explains it, and the row it saw.

    ``row`` of shape (n_features,) is the feature vector in the ledger; None where it is not kept.
    """

    as_of: int
    explainer: Explainer
    row: FloatArray | None = None


@dataclass(frozen=True, kw_only=True)
class ConceptMove:
    """How far one concept's reason moved."""

    concept: str
    axis: Axis
    label: Text
    points: float


@dataclass(frozen=True, kw_only=True)
class MovePart:
    """What one cause did to the points; ``concepts`` is empty where the model itself changed."""

    cause: Cause
    label: Text
    points: float
    concepts: tuple[ConceptMove, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExplainedMove:
    """The way from one decision to the next: ``points_after - points_before`` is the parts' sum."""

    points_before: float
    points_after: float
    probability_before: float
    probability_after: float
    parts: tuple[MovePart, ...]

    @property
    def has_moved(self) -> bool:
        """Whether any cause did as much as a list of causes shows."""
        return any(abs(part.points) >= SMALLEST_MOVE for part in self.parts)


def explain_move(
    tables: LeadTables, *, before: Viewpoint, after: Viewpoint, lead_id: str | None = None
) -> ExplainedMove:
    """Split the change between two decisions on one lead.

    Parameters
    ----------
    tables : LeadTables
        Of that lead, as known today; of its colleagues too where the definition asks about them.
    before, after : Viewpoint
        ``before`` looked earlier, or from the same instant with another release.
    lead_id : str, optional
        Which lead of the tables; the only one unless given.
    """
    explainer = before.explainer
    take = partial(take_row, lead_id=lead_id)
    then = known_before(tables, before.as_of)
    informed = replace(then, fact=tables.fact)
    api_services_of = [
        (Cause.CORRECTION, _explain(explainer, take(explainer, then, as_of=before.as_of))),
        (Cause.TIME, _explain(explainer, take(explainer, then, as_of=after.as_of))),
        (Cause.INFORMATION, _explain(explainer, take(explainer, informed, as_of=after.as_of))),
        (Cause.BEHAVIOUR, _explain(explainer, take(explainer, tables, as_of=after.as_of))),
    ]
    start = api_services_of[0][1] if before.row is None else _explain(explainer, before.row)
    row = take(after.explainer, tables, as_of=after.as_of)
    end = _explain(after.explainer, row)
    parts = list(_same_model(explainer, start, api_services_of))
    parts += _new_release(row, before, after, last=api_services_of[-1][1])
    return ExplainedMove(
        points_before=float(start.points.total[0]),
        points_after=float(end.points.total[0]),
        probability_before=float(start.probability[0]),
        probability_after=float(end.probability[0]),
        parts=tuple(part for part in parts if part.cause is not Cause.CORRECTION or part.points),
    )


def known_before(tables: LeadTables, as_of: int) -> LeadTables:
    """Only the events, facts and outcomes that counted strictly before an instant."""
    instant, fact = pa.scalar(as_of, pa.int64()), tables.fact
    return replace(
        tables,
        event=_counted_before(tables.event, instant),
        outcome=_counted_before(tables.outcome, instant),
        fact=fact.filter(pc.less(fact.column("known_at"), instant)),
    )


def _counted_before(rows: pa.Table, instant: pa.Scalar) -> pa.Table:
    counts_from = pc.max_element_wise(rows.column("occurred_at"), rows.column("known_at"))
    return rows.filter(pc.less(counts_from, instant))


def take_row(
    explainer: Explainer, tables: LeadTables, *, as_of: int, lead_id: str | None = None
) -> FloatArray:
    """Take one lead's row of a snapshot, an ndarray of shape (n_features,).

    Parameters
    ----------
    explainer : Explainer
        Gives the definition and the catalogue.
    tables : LeadTables
        With the lead, and its colleagues where features of accounts need them.
    as_of : int
        Instant to look from, in seconds since 1970 UTC.
    lead_id : str, optional
        May be left out where the tables hold one lead only.
    """
    definition, catalogue = explainer.definition, explainer.catalogue
    if definition.judged_account is None:
        rows = LeadRows.of_tables(tables, lead_id or tables.lead.column("lead_id")[0].as_py())
        return take_lead_snapshot(rows, definition, catalogue=catalogue, as_of=as_of).matrix[0]
    history = History.from_tables(tables, definition)
    place = 0 if lead_id is None else int(np.searchsorted(history.lead_ids, lead_id))
    return take_snapshot(history, catalogue, Moments.of([place], [as_of])).matrix[0]


def _explain(explainer: Explainer, row: FloatArray) -> Explained:
    return explainer.explain(row[None])


def _same_model(
    explainer: Explainer, start: Explained, api_services_of: Iterable[tuple[Cause, Explained]]
) -> Iterable[MovePart]:
    last = start
    for cause, api_services in api_services_of:
        moved = api_services.points.reasons[0] - last.points.reasons[0]
        concepts = [
            ConceptMove(
                concept=concept.name, axis=concept.axis, label=concept.label, points=float(points)
            )
            for concept, points in zip(explainer.concepts, moved, strict=True)
            if points
        ]
        yield MovePart(
            cause=cause,
            label=LABELS[cause],
            points=float(api_services.points.total[0] - last.points.total[0]),
            concepts=tuple(sorted(concepts, key=lambda concept: -abs(concept.points))),
        )
        last = api_services


def _new_release(
    row: FloatArray, before: Viewpoint, after: Viewpoint, *, last: Explained
) -> list[MovePart]:
    new, old = after.explainer, before.explainer
    contributions = new.tables.explain(row[None])
    by_old = in_points(contributions, old.calibrator, new.belongs).total[0]
    by_new = in_points(contributions, new.calibrator, new.belongs).total[0]
    return [
        MovePart(
            cause=Cause.MODEL,
            label=LABELS[Cause.MODEL],
            points=float(by_old - last.points.total[0]),
        ),
        MovePart(
            cause=Cause.CALIBRATION,
            label=LABELS[Cause.CALIBRATION],
            points=float(by_new - by_old),
        ),
    ]
