"""What one fit learns from, and what it learned: the model, and what its own rows were given."""

import io
from dataclasses import dataclass

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
    """A fit and the out-of-fold probability of each row it learned from."""

    model: TrainedModel
    held_out: FloatArray
    summary: LearnedSummary

    def to_files(self) -> dict[str, bytes]:
        """Everything as plain files."""
        array = io.BytesIO()
        np.save(array, self.held_out, allow_pickle=False)
        return {
            **self.model.to_files(),
            HELD_OUT: array.getvalue(),
            SUMMARY: to_json(self.summary).encode(),
        }

    @classmethod
    def from_files(cls, files: Files) -> "Trained":
        """What :meth:`to_files` gave."""
        return cls(
            model=TrainedModel.from_files(files),
            held_out=np.load(io.BytesIO(files[HELD_OUT]), allow_pickle=False),
            summary=from_json(LearnedSummary, files[SUMMARY], SUMMARY),
        )


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
    """

    snapshot: SnapshotRows
    converted: BoolArray
    group: IntArray
    recipe: Hyperparameters
    weight: FloatArray | None = None
