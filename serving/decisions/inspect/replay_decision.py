"""A past decision made again from what the ledger kept, and compared bit for bit.

Nothing of today goes into it: not the lead's rows, which may have grown, nor the champion, nor the
definition in force. The feature vector is the decision's own; release and definition are those it
names.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.clock import to_second
from features.core.errors import LeadDataError, Refusal
from features.core.qualification import Qualification
from features.definition import LeadDefinition, parse_definition
from features.moments import Moments
from features.snapshot import Snapshot
from features.store import Store
from features.store.releases import read_definitions
from serving.decisions.decide import decide
from serving.decisions.in_force.apply import catalogue_of
from serving.ledger.decisions import Decision, read_decisions
from serving.workspace.workspace import Workspace
from training.model.release import Release, load_release


@dataclass(frozen=True, kw_only=True)
class ReplayedFigure:
    """One figure of a decision: as the ledger has it, and made again."""

    name: str
    kept: str | float | None
    again: str | float | None

    @property
    def is_same(self) -> bool:
        """Whether both are the same, to the last bit."""
        if isinstance(self.kept, float) and isinstance(self.again, float):
            return _bits(self.kept) == _bits(self.again)
        return self.kept == self.again


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A decision and the result of making it again."""

    decision: Decision
    figures: tuple[ReplayedFigure, ...]

    @property
    def is_same(self) -> bool:
        """Whether every figure is the same."""
        return all(figure.is_same for figure in self.figures)


def replay_decision(workspace: Workspace, decision_id: int) -> Replay:
    """Make a decision of the ledger again.

    Raises
    ------
    LeadDataError
        If there is no such decision, or its release or definition is gone or damaged.
    Refusal
        If its lead was forgotten: the feature vector went with it.
    """
    store = workspace.store()
    decision = read_decisions(store, [decision_id]).get(decision_id)
    if decision is None:
        msg = f"a decision is named by its number; got {decision_id}, which is none. See the card."
        raise LeadDataError(msg)
    if decision.row is None:
        msg = (
            f"a decision is made again from its feature vector; decision {decision_id} has none, "
            "since its lead was forgotten. What was decided stands; from what is gone for good."
        )
        raise Refusal(msg)
    definition = _definition(store, decision)
    release = None
    if decision.release_id is not None:
        release = load_release(workspace.releases_dir / decision.release_id)
    return Replay(decision=decision, figures=_again(decision, decision.row, definition, release))


def _again(
    decision: Decision,
    row: npt.NDArray[np.float64],
    definition: LeadDefinition,
    release: Release | None,
) -> tuple[ReplayedFigure, ...]:
    catalogue = catalogue_of(release, definition)
    if len(row) != len(catalogue):
        msg = (
            f"a feature vector must fit its release's {len(catalogue)} features; got {len(row)}. "
            "The ledger was changed."
        )
        raise LeadDataError(msg)
    moments = Moments.of([0], [to_second(decision.as_of)])
    snapshot = Snapshot(moments=moments, matrix=np.array([row]), catalogue=catalogue)
    made = decide(snapshot, definition=definition, release=release)
    probability = None if release is None else float(made.probability[0])
    return (
        ReplayedFigure(name="probability", kept=decision.probability, again=probability),
        ReplayedFigure(
            name="qualification",
            kept=decision.qualification,
            again=Qualification(int(made.qualification[0])).name,
        ),
        ReplayedFigure(
            name="rulebook_points",
            kept=decision.rulebook_points,
            again=float(made.rulebook_points[0]),
        ),
        ReplayedFigure(
            name="rulebook_qualification",
            kept=decision.rulebook_qualification,
            again=Qualification(int(made.rulebook_qualification[0])).name,
        ),
    )


def _definition(store: Store, decision: Decision) -> LeadDefinition:
    for kept in read_definitions(store):
        if kept.version == decision.definition_version:
            return parse_definition(kept.definition, f"definition {kept.version}")
    msg = (
        "a decision is made again by the definition it names; got none of version "
        f"{decision.definition_version!r} in the ledger. Restore the database."
    )
    raise LeadDataError(msg)


def _bits(number: float) -> bytes:
    return np.float64(number).tobytes()
