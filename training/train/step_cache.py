"""Fits that were finished before: a repeated run finds them and need not learn again.

Their key is the content of what would be learned from (:mod:`features.core.kept_results`). Changed
words, points or cut-off rules change neither matrix nor recipe, so an agreement that was revised
gets its new release at once, with the same boosters.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from features.core.atomic_folder import remove_unfinished
from features.core.kept_results import KeptResults, content_key
from features.snapshot_rows import blocks_of
from training.model.trained import Trained, TrainingRows
from training.results.records import to_json

KEPT_AT_MOST = 8
"""Newest fits kept: two for each of the last months, some megabytes."""

MONTHS_KEPT_AT_MOST = 36
"""Newest fits of past months kept: three years."""

LEARNING_CODE = (
    "calibration/calibrator.py",
    "calibration/choose_calibrator.py",
    "learners/boosting/cross_fit.py",
    "calibration/fit_segment_offsets.py",
    "model/fit.py",
    "learners/linear/fit_logistic.py",
    "learners/boosting/folds.py",
    "learners/linear/additive_logistic.py",
    "learners/boosting/blend.py",
    "calibration/segment_offsets.py",
    "learners/hyperparameters.py",
    "metrics/sample_weights.py",
    "learners/linear/scorecard.py",
    "calibration/realised_range.py",
    "metrics/logistic.py",
    "metrics/special.py",
    "contributions/kernels.py",
    "contributions/leaf_paths.py",
    "contributions/tree_shap.py",
)
"""Files of this floor by which the same rows could give another fit after an upgrade."""

_FOLDER = ".finished-steps"
_MONTHS = ".finished-months"


@dataclass(frozen=True, kw_only=True)
class KeptSteps(KeptResults):
    """Finished fits in a folder beside the releases."""

    @classmethod
    def beside(cls, releases_dir: Path) -> "KeptSteps":
        """The kept steps of a workspace, without what killed runs left; needs the run's lock."""
        folder = releases_dir / _FOLDER
        remove_unfinished(folder)
        return cls(folder=folder, at_most=KEPT_AT_MOST)

    @classmethod
    def of_months(cls, releases_dir: Path) -> "KeptSteps":
        """The kept fits of a backtest, one a month: a stopped one goes on where it was."""
        return cls(folder=releases_dir / _MONTHS, at_most=MONTHS_KEPT_AT_MOST)

    def find_or_learn(
        self, training_rows: TrainingRows, learn: Callable[[], Trained]
    ) -> tuple[Trained, bool]:
        """Return the fit of these training rows, and whether it was found finished."""
        return self.find_or_make(
            training_rows_key(training_rows),
            learn,
            to_files=Trained.to_files,
            from_files=Trained.from_files,
        )


def training_rows_key(training_rows: TrainingRows) -> str:
    """Digest of everything that boosters and calibrator depend on."""
    snapshot, young, matrix = training_rows.snapshot, training_rows.young, hashlib.sha256()
    for part in (snapshot,) if young is None else (snapshot, young.snapshot):
        for rows in blocks_of(len(part.moments)):
            matrix.update(np.ascontiguousarray(part.take(rows).matrix).data)
    code = [(Path(__file__).parents[1] / name).read_bytes() for name in LEARNING_CODE]
    return content_key(
        matrix.hexdigest(),
        training_rows.converted,
        training_rows.group,
        training_rows.weight,
        None if young is None else (young.rows, young.chance, young.group),
        snapshot.catalogue.fingerprint,
        to_json(training_rows.recipe),
        version("lightgbm"),
        code,
    )
