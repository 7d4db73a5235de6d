"""What one fit learns from, and what it learned: the model, and what its own rows were given."""

import io
from dataclasses import dataclass, field

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.atomic_folder import Files
from features.snapshot_rows import SnapshotRows
from training.calibration.calibrator import Calibrator
from training.learners.hyperparameters import Hyperparameters
from training.model.trained_model import TrainedModel
from training.results.calibration_records import CalibratorTrial
from training.results.records import from_json, to_json

HELD_OUT, SUMMARY = "held_out.npy", "learned.json"
YOUNG, YOUNG_HELD_OUT = "young.npy", "young_held_out.npy"


@dataclass(frozen=True, kw_only=True)
class LearnedSummary:
    """What of a learned fit is neither booster nor array.

    ``calibrators`` are the kinds that were tried; ``platt`` is what would be used, had another not
    surely won, None where it is used.
    """

    base_rate: float
    recipe: Hyperparameters
    calibrators: tuple[CalibratorTrial, ...] = ()
    platt: Calibrator | None = None


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A fit and the out-of-fold probability of each row it learned from.

    Attributes
    ----------
    held_out : ndarray of shape (n_matured,)
    young : ndarray of shape (n_young,)
        Positions of young rows among the moments of the data set, ascending.
    young_held_out : ndarray of shape (n_young,)
    """

    model: TrainedModel
    held_out: FloatArray
    summary: LearnedSummary
    young: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    young_held_out: FloatArray = field(default_factory=lambda: np.empty(0))

    def to_files(self) -> dict[str, bytes]:
        """Everything as plain files."""
        return {
            **self.model.to_files(),
            HELD_OUT: _as_npy(self.held_out),
            YOUNG: _as_npy(self.young),
            YOUNG_HELD_OUT: _as_npy(self.young_held_out),
            SUMMARY: to_json(self.summary).encode(),
        }

    @classmethod
    def from_files(cls, files: Files) -> "Trained":
        """What :meth:`to_files` gave."""
        held_out, young, young_held_out = (
            np.load(io.BytesIO(files[name]), allow_pickle=False)
            for name in (HELD_OUT, YOUNG, YOUNG_HELD_OUT)
        )
        return cls(
            model=TrainedModel.from_files(files),
            held_out=held_out,
            young=young,
            young_held_out=young_held_out,
            summary=from_json(LearnedSummary, files[SUMMARY], SUMMARY),
        )


def _as_npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


@dataclass(frozen=True, kw_only=True)
class YoungRows:
    """Rows whose horizon has not passed, with what is known of their outcome.

    Attributes
    ----------
    rows : ndarray of shape (n,)
        Their positions among the moments of the data set, ascending.
    snapshot : SnapshotRows
    chance : ndarray of shape (n,)
        That each converts within its horizon, given what was seen of it; 1 where it has.
    group : ndarray of shape (n,)
    """

    rows: IntArray
    snapshot: SnapshotRows
    chance: FloatArray
    group: IntArray


@dataclass(frozen=True, kw_only=True)
class TrainingRows:
    """What one fit learns from: everything its boosters and calibrator depend on.

    Attributes
    ----------
    snapshot : SnapshotRows
        Matured rows.
    converted, group : ndarray of shape (n_snapshots,)
    recipe : Hyperparameters
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands, in all as many as they are worth.
    young : YoungRows, optional
        What boosters and line learn from besides; only where nothing is weighted.
    """

    snapshot: SnapshotRows
    converted: BoolArray
    group: IntArray
    recipe: Hyperparameters
    weight: FloatArray | None = None
    young: YoungRows | None = None
