"""A recipe found by a search, kept in the workspace until somebody deletes it.

Why a file of its own: a search takes long and its result is good for months, so retrains after it
use what it found; and a data scientist can read it, change it or take it away.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from features.core.atomic_folder import write_whole_file
from features.core.estimate import Measured
from features.core.json_records import from_json, to_json
from training.learners.hyperparameters import Hyperparameters

TUNED = "recipe.json"


@dataclass(frozen=True, kw_only=True)
class SearchedHyperparameters:
    """What a search may change of :class:`~training.learners.hyperparameters.Hyperparameters`."""

    depth: int
    learning_rate: float
    min_snapshots_per_leaf: int
    lambda_l2: float
    category_smoothing: float
    feature_share: float
    row_share: float

    @classmethod
    def of(cls, recipe: Hyperparameters) -> "SearchedHyperparameters":
        """The settings of a recipe."""
        return cls(**{name: getattr(recipe, name) for name in cls.__dataclass_fields__})

    def apply(self, recipe: Hyperparameters) -> Hyperparameters:
        """A recipe with these settings; a scorecard has none of them and stays."""
        return recipe if recipe.scorecard is not None else replace(recipe, **asdict(self))


@dataclass(frozen=True, kw_only=True)
class TunedHyperparameters:
    """What a search found.

    Attributes
    ----------
    settings : SearchedHyperparameters
        Of the shipped recipe where nothing was surely better.
    adopted : bool
        Whether another recipe than the shipped one is used.
    n_trials : int
        Finished, those of interrupted searches of the same data included.
    log_loss, shipped_log_loss : float
        Of the best trial and of the shipped recipe, over the inner folds.
    difference : Measured
        Best less shipped, row by row; the interval resamples accounts or leads.
    """

    settings: SearchedHyperparameters
    adopted: bool
    n_trials: int
    log_loss: float
    shipped_log_loss: float
    difference: Measured | None


def read_tuned(path: Path | None) -> TunedHyperparameters | None:
    """What an earlier search left; None where there was none.

    Raises
    ------
    LeadDataError
        If the file is not what a search writes.
    """
    if path is None or not path.is_file():
        return None
    return from_json(TunedHyperparameters, path.read_bytes(), str(path))


def write_tuned(path: Path, tuned: TunedHyperparameters) -> None:
    """Keep what a search found, whole or not at all."""
    write_whole_file(path, to_json(tuned).encode())
